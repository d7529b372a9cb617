import { expect, test, vi } from "vitest";

import { Attempts } from "./attempts.svelte";
import { coalesce, follow } from "./live";

test("calls during a run become a single run after it", async () => {
  const finish: (() => void)[] = [];
  const refresh = coalesce(() => new Promise((resolve) => finish.push(resolve)));

  const runs = [refresh(), refresh(), refresh()];
  expect(finish, "the second and third call wait").toHaveLength(1);
  finish[0]?.();
  await Promise.resolve();
  expect(finish, "one run follows, which sees what all of them saw").toHaveLength(2);
  finish[1]?.();
  await Promise.all(runs);

  void refresh();
  expect(finish, "afterwards a call runs at once again").toHaveLength(3);
});

test("a run that fails does not block the next one", async () => {
  let runs = 0;
  const refresh = coalesce(() => {
    runs += 1;
    return runs === 1 ? Promise.reject(new Error("gone")) : Promise.resolve();
  });
  await expect(refresh()).rejects.toThrow("gone");
  await refresh();
  expect(runs).toBe(2);
});

test("loading waits for every subscription, and stopping ends those that are still being made", async () => {
  const events: string[] = [];
  let subscribe: (end: () => void) => void = () => undefined;
  const late = new Promise<() => void>((resolve) => (subscribe = resolve));
  const early = Promise.resolve(() => void events.push("early ended"));
  const stop = follow(new Attempts(), [early, late], () => Promise.resolve(void events.push("loaded")));
  await early;
  expect(events, "what happens before the last subscription would be missed").toEqual([]);
  stop();
  subscribe(() => void events.push("late ended"));
  await vi.waitFor(() => expect(events).toHaveLength(3));
  expect(events.toSorted()).toEqual(["early ended", "late ended", "loaded"]);
});

test("a refused subscription is reported and nothing is loaded", async () => {
  const attempts = new Attempts();
  let isLoaded = false;
  follow(attempts, [Promise.reject(new Error("event.listen not allowed"))], () => {
    isLoaded = true;
    return Promise.resolve();
  });
  await vi.waitFor(() => expect(attempts.failure).toBe("event.listen not allowed"));
  expect(isLoaded).toBe(false);
});
