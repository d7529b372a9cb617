import { expect, test } from "vitest";

import { Attempts } from "./attempts.svelte";

const done = () => Promise.resolve();
const refused = (why: string) => () => Promise.reject(new Error(why));

test("what the user did and was refused stays until it was read, whatever is refreshed meanwhile", async () => {
  const attempts = new Attempts();
  expect(await attempts.act(refused("no room"))).toBe(false);
  expect(await attempts.load(done), "the refresh itself succeeds").toBe(true);
  expect(attempts.failure).toBe("no room");
  attempts.dismiss();
  expect(attempts.failure).toBeNull();
});

test("the next action settles the last one's refusal", async () => {
  const attempts = new Attempts();
  await attempts.act(refused("no room"));
  await attempts.act(done);
  expect(attempts.failure).toBeNull();
});

test("what could not be shown is told until it can", async () => {
  const attempts = new Attempts();
  await attempts.load(refused("gone"));
  await attempts.act(done);
  expect(attempts.failure, "what was done brings nothing back").toBe("gone");
  await attempts.load(done);
  expect(attempts.failure).toBeNull();
});
