/** Engines on other machines. Every action returns the new list. */
import { SvelteMap } from "svelte/reactivity";

import { Attempts } from "../attempts.svelte";
import type { RemoteEngineForm } from "../bindings/RemoteEngineForm";
import type { RemoteState } from "../bindings/RemoteState";
import type { RemoteUpdate } from "../bindings/RemoteUpdate";
import * as ipc from "../ipc";
import { coalesce, follow } from "../live";

/** The outcome of a connection test. */
export interface Trial {
  /** The time of one tiny completion in milliseconds; `null` while it runs and if it failed. */
  ms: number | null;
  /** Why the test failed; `null` if it did not. */
  problem: string | null;
}

export class RemoteStore {
  state = $state<RemoteState | null>(null);
  isLoaded = $state(false);
  /** The tests of connections, by the engine's name. */
  readonly trials = new SvelteMap<string, Trial>();

  readonly attempts = new Attempts();

  readonly #refresh = coalesce(() => this.load());

  /** Subscribes to events and loads; returns a function that ends the subscriptions. */
  start(): () => void {
    return follow(this.attempts, [ipc.onSettingsChanged(() => void this.#refresh())], () => this.load());
  }

  async load(): Promise<void> {
    this.isLoaded = await this.attempts.load(async () => {
      this.state = await ipc.queryRemote();
    });
  }

  set = (update: RemoteUpdate) => this.#act(() => ipc.setRemote(update));
  remove = (id: string) => this.#act(() => ipc.removeEngine(id));
  removeKey = (id: string) => this.#act(() => ipc.removeEngineKey(id));

  /** Saves an entry. `old` is its previous name, `null` for a new entry. With an empty key the server's key stays. */
  save(old: string | null, engine: RemoteEngineForm, key: string): Promise<boolean> {
    return this.#act(() => ipc.saveEngine(old, engine, key === "" ? null : key));
  }

  async check(id: string): Promise<void> {
    this.trials.set(id, { ms: null, problem: null });
    try {
      this.trials.set(id, { ms: await ipc.checkEngine(id), problem: null });
    } catch (error) {
      this.trials.set(id, { ms: null, problem: ipc.toCommandError(error).message });
    }
  }

  #act(action: () => Promise<RemoteState>): Promise<boolean> {
    return this.attempts.act(async () => {
      this.state = await action();
    });
  }
}
