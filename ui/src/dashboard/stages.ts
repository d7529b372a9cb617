/** The stages of a request in the order in which they happen, with their colours on the dashboard. */
import type { Stages } from "../bindings/Stages";

/** A stage, named by its field on the wire. */
export type Stage = keyof Stages;

export interface StageColor {
  stage: Stage;
  /** A CSS colour, which follows the colour scheme. */
  color: string;
}

export const STAGES: readonly StageColor[] = [
  { stage: "clipboard_ms", color: "var(--stage-clipboard)" },
  { stage: "tokenize_ms", color: "var(--stage-tokenize)" },
  { stage: "encode_ms", color: "var(--stage-encode)" },
  { stage: "first_token_ms", color: "var(--stage-first-token)" },
  { stage: "decode_ms", color: "var(--stage-decode)" },
  { stage: "detokenize_ms", color: "var(--stage-detokenize)" },
  { stage: "write_ms", color: "var(--stage-write)" },
  { stage: "other_ms", color: "var(--stage-other)" },
];
