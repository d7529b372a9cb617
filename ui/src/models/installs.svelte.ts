/** The catalogue, the installs under way and the outcomes of the last installs. */
import { SvelteMap, SvelteSet } from "svelte/reactivity";

import { Attempts } from "../attempts.svelte";
import type { CatalogueEntry } from "../bindings/CatalogueEntry";
import type { InstallEnded } from "../bindings/InstallEnded";
import type { InstallInfo } from "../bindings/InstallInfo";
import type { Chosen } from "../bindings/Chosen";
import * as ipc from "../ipc";
import { follow } from "../live";

export class InstallsStore {
  catalogue = $state<CatalogueEntry[]>([]);
  isLoaded = $state(false);
  /** Whether files are being dragged over the window. */
  isDraggedOver = $state(false);
  /** The installs under way, by id. */
  readonly running = new SvelteMap<string, InstallInfo>();
  /** The outcome of a model's last install, by id; a cancelled one has none. */
  readonly ends = new SvelteMap<string, InstallEnded>();
  /** Why an install did not start, by its source. */
  readonly refusals = new SvelteMap<string, string>();
  /** The sources of converted models, which the user has to trust first. */
  readonly untrusted = new SvelteSet<string>();

  readonly attempts = new Attempts();

  /** Installs that ended while their start is under way: an install may fail before the command has returned. */
  readonly #starting = new SvelteSet<SvelteSet<string>>();

  /**
   * Subscribes to events and loads; `ondrop` gets the files that are dropped onto the window. Returns a function that
   * ends the subscriptions.
   */
  start(ondrop: (paths: string[]) => void): () => void {
    const subscriptions = [
      ipc.onDragDrop((event) => {
        this.isDraggedOver = event.type === "enter" || event.type === "over";
        if (event.type === "drop") ondrop(event.paths);
      }),
      ipc.onInstallProgress((install) => this.running.set(install.id, install)),
      ipc.onInstallEnded((end) => this.#end(end)),
    ];
    return follow(this.attempts, subscriptions, () => this.load());
  }

  async load(): Promise<void> {
    this.isLoaded = await this.attempts.load(async () => {
      const [catalogue, installs] = await Promise.all([ipc.queryCatalogue(), ipc.queryInstalls()]);
      this.catalogue = catalogue;
      this.running.clear();
      for (const install of installs) this.running.set(install.id, install);
    });
  }

  /** Starts an install of a catalogue id, repository, folder or file, and returns whether it has started. */
  async install(source: string, isTrusted = false): Promise<boolean> {
    this.refusals.delete(source);
    this.untrusted.delete(source);
    this.ends.delete(source);
    const ended = new SvelteSet<string>();
    this.#starting.add(ended);
    try {
      const install = await ipc.installModel(source, isTrusted);
      const isRunning = !this.running.has(install.id) && !ended.has(install.id);
      if (isRunning) this.running.set(install.id, install);
      return true;
    } catch (error) {
      const { code, message } = ipc.toCommandError(error);
      if (code === "untrusted") this.untrusted.add(source);
      else this.refusals.set(source, message);
      return false;
    } finally {
      this.#starting.delete(ended);
    }
  }

  /** Opens the dialog for a file or folder; resolves to `null` if none was chosen. */
  async choose(place: Chosen): Promise<string | null> {
    let path: string | null = null;
    await this.attempts.act(async () => {
      path = await ipc.choosePath(place);
    });
    return path;
  }

  cancel = (id: string) => this.attempts.act(() => ipc.cancelInstall(id));

  /** Dismisses the outcome of an install. */
  forget(id: string): void {
    this.ends.delete(id);
    this.refusals.delete(id);
  }

  #end(end: InstallEnded): void {
    this.running.delete(end.id);
    for (const ended of this.#starting) ended.add(end.id);
    if (end.outcome === "cancelled") this.ends.delete(end.id);
    else this.ends.set(end.id, end);
  }
}
