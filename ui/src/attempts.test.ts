import { expect, test } from "vitest";

import { Attempts } from "./attempts.svelte";

const done = () => Promise.resolve();
const refused = (why: string) => () => Promise.reject(new Error(why));

test("the refusal of an action stays until it is dismissed, also during refreshes", async () => {
  const attempts = new Attempts();
  expect(await attempts.act(refused("no room"))).toBe(false);
  expect(await attempts.load(done), "the refresh itself succeeds").toBe(true);
  expect(attempts.failure).toBe("no room");
  attempts.dismiss();
  expect(attempts.failure).toBeNull();
});

test("the next action replaces the refusal of the last one", async () => {
  const attempts = new Attempts();
  await attempts.act(refused("no room"));
  await attempts.act(done);
  expect(attempts.failure).toBeNull();
});

test("a refusal to load is shown until loading succeeds", async () => {
  const attempts = new Attempts();
  await attempts.load(refused("gone"));
  await attempts.act(done);
  expect(attempts.failure, "what was done brings nothing back").toBe("gone");
  await attempts.load(done);
  expect(attempts.failure).toBeNull();
});
