/** Runs what may be refused and keeps the last refusal, for the screen to show until something succeeds. */
import { toCommandError } from "./ipc";

export class Attempts {
  failure = $state<string | null>(null);

  /** Whether `task` succeeded; a refusal is kept, never thrown. */
  async run(task: () => Promise<void>): Promise<boolean> {
    try {
      await task();
      this.failure = null;
    } catch (error) {
      this.failure = toCommandError(error).message;
    }
    return this.failure === null;
  }

  dismiss(): void {
    this.failure = null;
  }
}
