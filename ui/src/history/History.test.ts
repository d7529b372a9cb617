import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { installBackend } from "../../test/backend";
import { sampleCompletions } from "../../test/sample";
import History from "./History.svelte";

async function open(history = sampleCompletions()) {
  const backend = installBackend({ history });
  render(History);
  await vi.waitFor(() => expect(document.body.dataset["ready"]).toBe("true"));
  return { backend, user: userEvent.setup() };
}

test("a completion stands behind its snippet and can be copied again", async () => {
  const { backend, user } = await open();
  expect(screen.getByText("a + b").previousSibling?.textContent).toMatch(/return $/);
  expect(screen.getByText("likely")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: /Copy the completion of .*Rust/ }));
  expect(backend.calls).toContainEqual({ command: "do_verb", args: { verb: { copy: 1 } } });
});

test("all are forgotten at once", async () => {
  const { user } = await open();
  await user.click(screen.getByRole("button", { name: "Forget all" }));
  await vi.waitFor(() => expect(screen.getByText("Nothing was completed yet.")).toBeTruthy());
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Forget all" }).disabled).toBe(true);
});
