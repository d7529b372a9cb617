/**
 * Runs tasks that may be refused and keeps the last refusal for the screen to show: that of an action until it is
 * dismissed, that of loading until loading succeeds.
 */
import { toCommandError } from "./ipc";

type Cause = "action" | "load";

export class Attempts {
  #refusals = $state<Record<Cause, string | null>>({ action: null, load: null });

  readonly failure = $derived(this.#refusals.action ?? this.#refusals.load);

  /** Runs an action and returns whether it succeeded. A refusal stays until the next action or its dismissal. */
  act = (task: () => Promise<void>) => this.#run("action", task);

  /** Loads the screen's data and returns whether that succeeded. A refusal stays until loading succeeds. */
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
