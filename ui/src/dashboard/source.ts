/** What answered a request: its kind, and the model if one did. */
import type { CompletionSource } from "../bindings/CompletionSource";

export type SourceKind = CompletionSource["kind"];

/** Returns the model that answered; `null` for a copy, closed brackets or no answer. */
export function modelOf(source: CompletionSource): string | null {
  return "model" in source ? source.model : null;
}
