import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import type { KeptLevel } from "../bindings/KeptLevel";
import { installBackend, refusal, sampleWorld, type World } from "../../test/backend";
import { sampleRequest, sampleRequests, sampleStatus } from "../../test/sample";
import Dashboard from "./Dashboard.svelte";

async function open(change: Partial<World> = {}) {
  const backend = installBackend(change);
  render(Dashboard);
  await vi.waitFor(() => expect(document.body.dataset["ready"]).toBe("true"));
  return { backend, user: userEvent.setup(), commands: () => backend.calls.map(({ command }) => command) };
}

test("the empty state says which keys work", async () => {
  await open();
  expect(screen.getByText("No requests yet")).toBeTruthy();
  expect(screen.getAllByText("Space"), "the line's hotkey").toHaveLength(1);
  const steps = screen.getAllByRole("listitem").map(({ textContent }) => textContent);
  expect(steps.filter((step) => step?.trim().startsWith("To complete its line, press"))).toHaveLength(1);
  expect(screen.queryByRole("button", { name: "Clear…" }), "there is nothing to clear").toBeNull();
});

test("without a working hotkey the empty state says why, and the command that works", async () => {
  const hotkeys = sampleStatus().hotkeys.map((hotkey) => ({
    ...hotkey,
    state: "taken" as const,
    message: `${hotkey.keys} belongs to another program`,
  }));
  await open({ status: sampleStatus({ hotkeys }) });
  expect(screen.getByText("pounce trigger --mode line")).toBeTruthy();
  expect(screen.getByText("Ctrl+Alt+Space belongs to another program")).toBeTruthy();
});

test("the table shows a request's stages, which add up to its total", async () => {
  const { user } = await open({ requests: sampleRequests(20) });
  await user.click(screen.getByRole("radio", { name: "Table" }));
  const rows = screen.getByTestId("requests").querySelectorAll("tbody tr");
  expect(rows).toHaveLength(20);
  expect(rows[0]?.getAttribute("data-request"), "the newest first").toBe("20");
  const value = (cell: Element) => Number(cell.getAttribute("data-value"));
  for (const row of rows) {
    const stages = [...row.querySelectorAll("[data-stage]")].map(value);
    const total = row.querySelector("[data-total]");
    expect(stages.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(total ? value(total) : NaN, 6);
  }
});

test("how many completions were kept is told by level, and nothing where none was looked for", async () => {
  const none = { kept: 0, gone: 0 };
  const kept: KeptLevel[] = [
    { level: "sure", half_minute: { kept: 3, gone: 1 }, five_minutes: none },
    { level: "unsure", half_minute: none, five_minutes: none },
  ];
  const counters = { ...sampleWorld().counters, kept };
  const { backend } = await open({ requests: sampleRequests(3), counters });
  const row = screen.getByRole("row", { name: /75.?% of 4/ });
  expect(within(row).getByRole("rowheader").textContent, "the level").toMatch(/sure/i);
  expect(screen.queryByText(/looked for yet/), "something was looked for").toBeNull();
  backend.world.counters.kept = [];
  await backend.emit("completion", sampleRequest({ id: 4 }));
  expect(await screen.findByText(/looked for yet/)).toBeTruthy();
});

test("a row says which engine was sent the code, even if another one answered", async () => {
  const requests = [
    sampleRequest({ source: { kind: "copy" }, sent_to: "far" }),
    sampleRequest({ id: 2, source: { kind: "remote", model: "far" }, sent_to: "far" }),
  ];
  const { user } = await open({ requests });
  await user.click(screen.getByRole("radio", { name: "Table" }));
  expect(screen.getByText("Copied from the snippet, code sent to far")).toBeTruthy();
  expect(screen.getByText("Remote engine, far"), "which says as much").toBeTruthy();
});

test("a row says over which protocol another program asked", async () => {
  const { user } = await open({ requests: [sampleRequest({ origin: "llama_cpp" })] });
  await user.click(screen.getByRole("radio", { name: "Table" }));
  expect(screen.getByText("Model, Pounce 50M, asked over llama.cpp")).toBeTruthy();
});

test("a row says which filters repaired the completion, and why there is none", async () => {
  const requests = [
    sampleRequest({ applied: ["rest-of-line", "trailing-blanks"], is_partial: true }),
    sampleRequest({ id: 2, source: { kind: "none" }, rejections: ["the model repeated the line below"] }),
  ];
  const { user } = await open({ requests });
  await user.click(screen.getByRole("radio", { name: "Table" }));
  expect(screen.getByText("complete, partial, repaired by rest-of-line and trailing-blanks")).toBeTruthy();
  expect(screen.getByText("complete, not used: the model repeated the line below")).toBeTruthy();
});

test("a filter without results says so and can be changed back", async () => {
  const { user } = await open({ requests: [sampleRequest({ at_ms: Date.now() - 7_200_000 })] });
  await user.click(screen.getByRole("radio", { name: "1 h" }));
  expect(screen.getByText("No request passes this filter.")).toBeTruthy();
  await user.click(screen.getByRole("radio", { name: "All" }));
  expect(screen.getByRole("slider")).toBeTruthy();
});

test("filtering by model counts only its requests", async () => {
  const requests = [
    sampleRequest(),
    sampleRequest({ id: 2, source: { kind: "model", model: "codet5p-220m" } }),
    sampleRequest({ id: 3 }),
  ];
  const { user } = await open({ requests });
  await user.selectOptions(screen.getByRole("combobox", { name: "Model" }), "codet5p-220m");
  expect(screen.getByText("1 request")).toBeTruthy();
});

test("clearing asks first; refusing it keeps the requests", async () => {
  const { user, commands } = await open({ requests: sampleRequests(3) });
  await user.click(screen.getByRole("button", { name: "Clear…" }));
  await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Cancel" }));
  expect(commands()).not.toContain("do_clear_metrics");
  await user.click(screen.getByRole("button", { name: "Clear…" }));
  await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Clear" }));
  await vi.waitFor(() => expect(screen.getByText("No requests yet")).toBeTruthy());
});

test("the CSV file holds the filtered requests", async () => {
  const requests = [
    sampleRequest(),
    sampleRequest({ id: 2, source: { kind: "model", model: "codet5p-220m" } }),
  ];
  const { user, backend } = await open({ requests });
  await user.selectOptions(screen.getByRole("combobox", { name: "Model" }), "codet5p-220m");
  await user.click(screen.getByRole("button", { name: "Save as CSV" }));
  await vi.waitFor(() => expect(screen.getByText(/^Saved .*\.csv$/)).toBeTruthy());
  const { file } = backend.calls.at(-1)?.args as { file: { content: string } };
  expect(file.content.trim().split("\n").slice(1), "one row, of the chosen model").toEqual([
    expect.stringContaining("codet5p-220m"),
  ]);
});

test("an open breaker can be reset", async () => {
  const { user, backend } = await open();
  await user.click(screen.getByRole("button", { name: "Reset the breaker of CodeT5+ 220M" }));
  expect(backend.calls.at(-1)).toEqual({ command: "do_reset_breaker", args: { id: "codet5p-220m" } });
  await vi.waitFor(() => expect(screen.queryByText(/Breaker open/)).toBeNull());
});

test("a paused app can be resumed here", async () => {
  const { user } = await open({ status: sampleStatus({ state: "paused" }) });
  await user.click(screen.getByRole("button", { name: "Resume" }));
  await vi.waitFor(() => expect(screen.getByText("Ready", { selector: ".state *" })).toBeTruthy());
});

test("without a tray the dashboard has its actions", async () => {
  const { backend, user, commands } = await open({
    status: sampleStatus({ has_tray: false, can_undo: false }),
  });
  await user.click(screen.getByRole("button", { name: "Copy last completion" }));
  expect(backend.calls.at(-1)).toEqual({ command: "do_verb", args: { verb: { copy: null } } });
  for (const name of ["Complete clipboard", "Last completions", "Settings", "Help and About", "Quit"])
    await user.click(screen.getByRole("button", { name }));
  expect(commands().slice(-4)).toEqual(["do_show_window", "do_show_window", "do_show_window", "do_quit"]);
  await user.selectOptions(screen.getByRole("combobox", { name: "Mode" }), "block");
  expect(backend.world.settings.settings.desktop.mode).toBe("block");
  await user.selectOptions(screen.getByRole("combobox", { name: "Model that answers" }), "codet5p-220m");
  expect(backend.world.models.pinned).toBe("codet5p-220m");
  expect(
    screen.getByRole<HTMLButtonElement>("button", { name: "Undo last replacement" }).disabled,
    "nothing to undo",
  ).toBe(true);
  await user.click(screen.getByRole("button", { name: "Pause" }));
  await vi.waitFor(() => expect(screen.getByText(/Pounce is paused/)).toBeTruthy());
  expect(screen.queryByRole("button", { name: "Pause" }), "Resume is above").toBeNull();
});

test("the next candidate is a click away", async () => {
  const candidates = { lines: ["a + b (sure)", "a (unsure)"], shown: 0 };
  const { user, backend } = await open({ status: sampleStatus({ candidates, has_tray: false }) });
  await user.click(screen.getByRole("button", { name: "Next completion" }));
  expect(backend.calls.at(-1)).toEqual({ command: "do_verb", args: { verb: "next" } });
  await user.selectOptions(screen.getByRole("combobox", { name: "Other completions" }), "a (unsure)");
  expect(backend.calls.at(-1)).toEqual({ command: "do_verb", args: { verb: { choose: 1 } } });
});

test("with a tray the dashboard does not repeat its menu", async () => {
  await open();
  expect(screen.queryByRole("button", { name: "Copy last completion" })).toBeNull();
});

test("a failure to load can be tried again", async () => {
  const backend = installBackend({ refusals: { query_recent: refusal("the service has stopped") } });
  render(Dashboard);
  await vi.waitFor(() => expect(screen.getByRole("alert").textContent).toContain("The service has stopped"));
  backend.world.refusals = {};
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await vi.waitFor(() => expect(screen.getByText("No requests yet")).toBeTruthy());
  expect(screen.queryByRole("alert")).toBeNull();
});
