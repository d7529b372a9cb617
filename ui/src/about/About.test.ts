import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { installBackend } from "../../test/backend";
import About from "./About.svelte";

test("version, licence, log and help are there, and folders open", async () => {
  const backend = installBackend();
  render(About);
  await vi.waitFor(() => expect(document.body.dataset["ready"]).toBe("true"));
  expect(screen.getByRole("heading", { name: "Pounce 0.1.0" })).toBeTruthy();
  expect(screen.queryByText(/Permission is hereby granted/), "the licence is long").toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "The MIT licence", expanded: false }));
  expect(screen.getByText(/Permission is hereby granted/)).toBeTruthy();
  expect(screen.getByText("/home/ada/.local/state/pounce/logs")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Open folder: Log" }));
  expect(backend.calls.at(-1)).toEqual({ command: "do_open_folder", args: { folder: "logs" } });
});
