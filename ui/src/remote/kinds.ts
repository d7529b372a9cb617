/** The kinds of server, in the order in which they are offered. */
import type { RemoteKind } from "../bindings/RemoteKind";

export const KINDS: readonly RemoteKind[] = ["openai", "llama-cpp", "fim", "plain"];
