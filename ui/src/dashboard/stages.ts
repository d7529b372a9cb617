/** The stages of a request in the order in which they happen, with their names and colours on the dashboard. */
import type { Stages } from "../bindings/Stages";

/** A stage, named by its field on the wire. */
export type Stage = keyof Stages;

export interface StageLook {
  stage: Stage;
  name: string;
  /** A CSS colour, which follows the colour scheme. */
  color: string;
}

export const STAGES: readonly StageLook[] = [
  { stage: "clipboard_ms", name: "Clipboard", color: "var(--stage-clipboard)" },
  { stage: "tokenize_ms", name: "Tokenize", color: "var(--stage-tokenize)" },
  { stage: "encode_ms", name: "Encode", color: "var(--stage-encode)" },
  { stage: "first_token_ms", name: "First token", color: "var(--stage-first-token)" },
  { stage: "decode_ms", name: "Decode", color: "var(--stage-decode)" },
  { stage: "detokenize_ms", name: "Detokenize", color: "var(--stage-detokenize)" },
  { stage: "write_ms", name: "Write", color: "var(--stage-write)" },
  { stage: "other_ms", name: "Other", color: "var(--stage-other)" },
];
