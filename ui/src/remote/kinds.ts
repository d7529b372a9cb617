/** The kinds of server in words. */
import type { RemoteKind } from "../bindings/RemoteKind";

export const KINDS: readonly { value: RemoteKind; label: string }[] = [
  { value: "openai", label: "Prompt and suffix: Ollama" },
  { value: "llama-cpp", label: "llama.cpp's own server (/infill)" },
  { value: "fim", label: "Fill-in-the-middle prompt: vLLM, Ray Serve, LM Studio" },
  { value: "plain", label: "Completions of the prefix alone" },
];

export function kindName(kind: RemoteKind): string {
  return KINDS.find(({ value }) => value === kind)?.label ?? kind;
}
