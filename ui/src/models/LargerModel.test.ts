import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { installBackend, type World } from "../../test/backend";
import { sampleModels, sampleSettings } from "../../test/sample";
import LargerModel from "./LargerModel.svelte";

const QWEN = "qwen2.5-coder-0.5b";

async function open(change: Partial<World> = {}) {
  const backend = installBackend(change);
  render(LargerModel);
  const has = (name: string) => backend.calls.some(({ command }) => command === name);
  await vi.waitFor(() => expect(has("query_installs") && has("query_settings")).toBe(true));
  return { backend, user: userEvent.setup() };
}

test("the offer says what a larger model brings, and one click installs it", async () => {
  const { backend, user } = await open();
  const figures = /82 of 100 short snippets are completed rightly instead of 42; 507 MiB to download/;
  await vi.waitFor(() => screen.getByText(figures));
  await user.click(screen.getByRole("button", { name: "Install Qwen2.5-Coder 0.5B" }));
  expect(backend.calls.at(-1)).toEqual({ command: "do_install_model", args: { source: QWEN } });
  await vi.waitFor(() => screen.getByRole("progressbar"));
  expect(screen.queryByRole("button", { name: "No, thanks" }), "it can be cancelled now").toBeNull();
});

test("who declines is not asked again", async () => {
  const { backend, user } = await open();
  await vi.waitFor(() => screen.getByText("A larger model"));
  await user.click(screen.getByRole("button", { name: "No, thanks" }));
  expect(backend.calls.at(-1)).toEqual({
    command: "set_settings",
    args: { update: { "models.offer_larger": false } },
  });
  await vi.waitFor(() => expect(screen.queryByText("A larger model")).toBeNull());
});

test("nothing is offered to those who declined before, or have a larger model", async () => {
  const settings = sampleSettings();
  settings.settings.models.offer_larger = false;
  await open({ settings });
  expect(screen.queryByText("A larger model")).toBeNull();
  const models = sampleModels();
  models.models = models.models.map((model) => ({ ...model, tier: "large" as const }));
  await open({ models });
  expect(screen.queryByText("A larger model")).toBeNull();
});
