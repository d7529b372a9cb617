/** The installed models, kept live by events; every action returns the new list. */
import { SvelteMap } from "svelte/reactivity";

import { Attempts } from "../attempts.svelte";
import type { Calibration } from "../bindings/Calibration";
import type { Models } from "../bindings/Models";
import * as ipc from "../ipc";
import { coalesce, follow } from "../live";

export class ModelsStore {
  models = $state<Models | null>(null);
  calibration = $state<Calibration | null>(null);
  isLoaded = $state(false);
  /** The id of the model with an action under way. */
  busy = $state<string | null>(null);
  /** The bytes of each model whose checksums were verified, by id. */
  readonly verified = new SvelteMap<string, number>();

  readonly attempts = new Attempts();

  readonly #refresh = coalesce(async () => {
    await this.attempts.load(async () => {
      this.models = await ipc.queryModels();
    });
  });

  readonly #reload = coalesce(() => this.load());

  /** Subscribes to events and loads; returns a function that ends the subscriptions. */
  start(): () => void {
    const subscriptions = [
      ipc.onModelState(() => void this.#refresh()),
      ipc.onModelsChanged(() => void this.#reload()),
      ipc.onSettingsChanged(() => void this.#reload()),
      ipc.onCalibrated((calibration) => (this.calibration = calibration)),
    ];
    return follow(this.attempts, subscriptions, () => this.load());
  }

  async load(): Promise<void> {
    this.isLoaded = await this.attempts.load(async () => {
      [this.models, this.calibration] = await Promise.all([ipc.queryModels(), ipc.queryCalibration()]);
    });
  }

  /** `null` lets the router choose. */
  pin = (id: string | null) => this.#act(id, () => ipc.pinModel(id));
  /** Loads or unloads a model. */
  setLoaded = (id: string, isLoaded: boolean) =>
    this.#act(id, () => (isLoaded ? ipc.loadModel(id) : ipc.unloadModel(id)));
  remove = (id: string) => this.#act(id, () => ipc.removeModel(id));
  /** Reads every file again and compares checksums. */
  async verify(id: string): Promise<void> {
    this.verified.delete(id);
    this.busy = id;
    await this.attempts.act(async () => {
      this.verified.set(id, await ipc.verifyModel(id));
    });
    this.busy = null;
  }
  resetBreaker = (id: string) => this.#act(id, () => ipc.resetBreaker(id));
  openFolder = () => this.attempts.act(() => ipc.openFolder("models"));

  async #act(id: string | null, action: () => Promise<Models>): Promise<void> {
    this.busy = id;
    await this.attempts.act(async () => {
      this.models = await action();
    });
    this.busy = null;
  }
}
