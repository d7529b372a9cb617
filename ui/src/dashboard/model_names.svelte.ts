/** What people call the models: the dashboard's records have ids, by which commands know a model. */
import { SvelteMap } from "svelte/reactivity";

import type { Models } from "../bindings/Models";

const names = new SvelteMap<string, string>();

/** Learns the names of the installed models; those of models that were removed since are remembered. */
export function learnNames({ models }: Models): void {
  for (const { id, name } of models) names.set(id, name);
}

/** The name of a model; its id before its name is known. */
export function nameOf(id: string): string {
  return names.get(id) ?? id;
}
