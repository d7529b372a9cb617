/** The last completions, which the app keeps in memory alone, kept live by events. */
import { Attempts } from "../attempts.svelte";
import type { CompletionInfo } from "../bindings/CompletionInfo";
import * as ipc from "../ipc";
import { coalesce, follow } from "../live";

export class HistoryStore {
  completions = $state.raw<CompletionInfo[]>();
  readonly attempts = new Attempts();
  readonly #reload = coalesce(() => this.load());

  /** Subscribes to events and loads; returns a function that ends the subscription. */
  start(): () => void {
    return follow(this.attempts, [ipc.onStatusChanged(() => void this.#reload())], () => this.load());
  }

  async load(): Promise<void> {
    await this.attempts.load(async () => {
      this.completions = await ipc.queryHistory();
    });
  }

  copy = (id: number) => this.attempts.act(() => ipc.doVerb({ copy: id }));
  forget = () => this.attempts.act(() => ipc.doVerb("forget"));
}
