/**
 * Runs what may be refused and keeps the last refusal, for the screen to show: of what the user did until it was read,
 * of what the screen shows until asking for it succeeds.
 */
import { toCommandError } from "./ipc";

type Cause = "action" | "load";

export class Attempts {
  #refusals = $state<Record<Cause, string | null>>({ action: null, load: null });

  readonly failure = $derived(this.#refusals.action ?? this.#refusals.load);

  /** Does what the user wants, and whether that succeeded; a refusal is kept until it was read, or the next action. */
  act = (task: () => Promise<void>) => this.#run("action", task);

  /** Asks for what the screen shows, and whether that succeeded; a refusal is kept until it does. */
  load = (task: () => Promise<void>) => this.#run("load", task);

  dismiss(): void {
    this.#refusals = { action: null, load: null };
  }

  async #run(cause: Cause, task: () => Promise<void>): Promise<boolean> {
    try {
      await task();
      this.#refusals[cause] = null;
      return true;
    } catch (error) {
      this.#refusals[cause] = toCommandError(error).message;
      return false;
    }
  }
}
