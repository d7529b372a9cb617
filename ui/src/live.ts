/**
 * What every store needs to stay live: refreshing without piling up, and subscriptions that end together.
 */
import type { Attempts } from "./attempts.svelte";

/** Makes `task` safe to call at every event: calls during a run become a single run after it. */
export function coalesce(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let isAskedAgain = false;

  async function runUntilCurrent(): Promise<void> {
    do {
      isAskedAgain = false;
      await task();
    } while (isAskedAgain);
  }

  return () => {
    if (running) isAskedAgain = true;
    running ??= runUntilCurrent().finally(() => {
      running = null;
    });
    return running;
  };
}

/**
 * Subscribes and only then loads, so that nothing that happens in between is missed. Returns how to stop, which also
 * ends the subscriptions that are not made yet.
 */
export function follow(
  attempts: Attempts,
  subscriptions: Promise<() => void>[],
  load: () => Promise<void>,
): () => void {
  const listening = attempts.load(async () => {
    await Promise.all(subscriptions);
  });
  void listening.then((isListening) => (isListening ? load() : undefined));
  return () => {
    // A subscription that was refused has been told already, and has nothing to end.
    for (const subscription of subscriptions) subscription.then((end) => end()).catch(() => undefined);
  };
}
