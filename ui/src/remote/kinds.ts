/** The kinds of server in words. */
import type { RemoteKind } from "../bindings/RemoteKind";

export const KINDS: readonly { value: RemoteKind; label: string }[] = [
  { value: "openai", label: "OpenAI completions: Ollama, llama-cpp-python" },
  { value: "llama_cpp", label: "llama.cpp's own server (/infill)" },
  { value: "fim", label: "vLLM or Ray Serve (fill-in-the-middle prompt)" },
  { value: "plain", label: "Completions of the prefix alone" },
];

export function kindName(kind: RemoteKind): string {
  return KINDS.find(({ value }) => value === kind)?.label ?? kind;
}
