/**
 * What every store needs to stay live: refreshing without piling up, and subscriptions that end together.
 */

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

/** Joins subscriptions that are still being made into one function that ends them all, at once or when they are made. */
export function endAll(subscriptions: Promise<() => void>[]): () => void {
  return () => {
    for (const subscription of subscriptions) void subscription.then((end) => end());
  };
}
