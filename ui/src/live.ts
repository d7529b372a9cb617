/**
 * Helpers that keep stores live: refreshes that do not pile up, and subscriptions that end together.
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
 * Subscribes to events before loading, so that no change in between is missed. Returns a function that ends all
 * subscriptions, also those that are still being made.
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
    // A refused subscription has been reported already, and there is nothing to end.
    for (const subscription of subscriptions) subscription.then((end) => end()).catch(() => undefined);
  };
}
