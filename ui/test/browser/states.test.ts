/**
 * Every state that a screen can be in, in a real browser: it shows what it must, breaks no rule of accessibility that
 * axe calls serious, scrolls to no side, and the page complains about nothing, its content security policy included.
 */
import axe from "axe-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { RequestRecord } from "../../src/bindings/RequestRecord";
import { refusal, type World } from "../backend";
import {
  sampleCompletions,
  sampleInstall,
  sampleModels,
  sampleRemote,
  sampleRequest,
  sampleRequests,
  sampleSettings,
  sampleStatus,
} from "../sample";
import { Chromium, type Opened } from "./browser";

interface State {
  name: string;
  hash: string;
  world: Partial<World>;
  /** Texts that must be seen. */
  shows: string[];
  /** The user's actions before the check. */
  act?: (opened: Opened) => Promise<void>;
}

function on(hash: string, states: Omit<State, "hash">[]): State[] {
  return states.map((state) => ({ ...state, hash }));
}

const [lineHotkey, blockHotkey] = sampleStatus().hotkeys;
if (!lineHotkey || !blockHotkey) throw new Error("the sample has two hotkeys");
const takenHotkey = {
  ...lineHotkey,
  state: "taken" as const,
  message: "Ctrl+Alt+Space belongs to another program",
};
const noHotkeys = [lineHotkey, blockHotkey].map((hotkey) => ({
  ...hotkey,
  state: "unavailable" as const,
  message: "this desktop offers no global shortcuts",
}));
const failedModels = sampleModels();
Object.assign(failedModels.models[0] ?? {}, {
  state: "failed",
  error: "decoder.onnx is truncated: install it again",
});
Object.assign(failedModels.models[2] ?? {}, { state: "loading" });
const noModels = { ...sampleModels(), models: [], memory: { budget_bytes: 2 ** 30, resident_bytes: 0 } };

const DASHBOARD = on("#dashboard", [
  { name: "a hundred requests", world: { requests: sampleRequests(100) }, shows: ["100 requests", "p95"] },
  { name: "a single request", world: { requests: [sampleRequest()] }, shows: ["1 request"] },
  {
    name: "requests far beyond the axis",
    world: { requests: [1, 2, 3].map((id) => sampleRequest({ id, stages: { decode_ms: 4000 * id } })) },
    shows: ["8.03 s"],
  },
  { name: "no requests", world: {}, shows: ["No requests yet", "Space"] },
  {
    name: "a hotkey taken",
    world: { status: sampleStatus({ hotkeys: [takenHotkey, blockHotkey] }) },
    shows: ["belongs to another program"],
  },
  {
    name: "no hotkeys",
    world: { status: sampleStatus({ session: "wayland", hotkeys: noHotkeys }) },
    shows: ["pounce trigger --mode line"],
  },
  { name: "still loading", world: { stuck: ["query_recent"] }, shows: ["Loading…"] },
  {
    name: "a model loading",
    world: { status: sampleStatus({ state: "loading", detail: "loading Pounce 50M" }) },
    shows: ["loading Pounce 50M"],
  },
  {
    name: "degraded",
    world: {
      status: sampleStatus({ state: "degraded", detail: "no model is warm: cached completions only" }),
    },
    shows: ["cached completions only"],
  },
  {
    name: "paused",
    world: { status: sampleStatus({ state: "paused" }) },
    shows: ["Pounce is paused", "Resume"],
  },
  {
    name: "no tray",
    world: { status: sampleStatus({ has_tray: false }) },
    shows: ["No panel of this desktop", "Complete clipboard", "Undo last replacement", "Settings", "Quit"],
  },
  {
    name: "the service gone",
    world: { refusals: { query_recent: refusal("the service has stopped: start Pounce again") } },
    shows: ["the service has stopped", "Try again"],
  },
  {
    name: "events not allowed",
    world: { refusals: { query_status: "Command query_status not allowed" } },
    shows: ["Command query_status not allowed"],
  },
  { name: "a failed model", world: { models: failedModels, requests: sampleRequests(5) }, shows: ["Failed"] },
  { name: "no models", world: { models: noModels }, shows: ["0 B of 1.00 GiB"] },
  {
    name: "never calibrated",
    world: { calibration: { at_ms: null, rows: [] } },
    shows: ["never run", "Find out which"],
  },
  {
    name: "calibrating",
    world: { stuck: ["do_calibrate"] },
    shows: ["Measuring…", "takes some seconds"],
    act: ({ page }) => page.getByRole("button", { name: "Measure this machine" }).click(),
  },
  {
    name: "calibration refused",
    world: { refusals: { do_calibrate: refusal("a request is under way: try again when it is done") } },
    shows: ["a request is under way"],
    act: ({ page }) => page.getByRole("button", { name: "Measure this machine" }).click(),
  },
  {
    name: "an export refused",
    world: {
      requests: sampleRequests(5),
      refusals: { do_save_export: refusal("cannot write to Downloads: disk full") },
    },
    shows: ["disk full"],
    act: ({ page }) => page.getByRole("button", { name: "Save as CSV" }).click(),
  },
  {
    name: "nothing passes the filter",
    world: { requests: [sampleRequest({ at_ms: 0 })] },
    shows: ["No request passes this filter."],
    act: ({ page }) => page.getByText("15 min").click(),
  },
  {
    name: "the table",
    world: { requests: sampleRequests(40) },
    shows: ["Detokenize", "Answered by"],
    act: ({ page }) => page.getByText("Table").click(),
  },
  {
    name: "asking before clearing",
    world: { requests: sampleRequests(5) },
    shows: ["Clear all requests?"],
    act: ({ page }) => page.getByRole("button", { name: "Clear…" }).click(),
  },
]);

const HISTORY = on("#history", [
  {
    name: "two completions",
    world: { history: sampleCompletions() },
    shows: ["a + b", "likely", "Forget all"],
  },
  { name: "none yet", world: {}, shows: ["Nothing was completed yet"] },
  {
    name: "the service gone",
    world: { refusals: { query_history: refusal("the service has stopped: start Pounce again") } },
    shows: ["The service has stopped", "Try again"],
  },
]);

const ABOUT = on("#about", [
  { name: "with hotkeys", world: {}, shows: ["Pounce 0.1.0", "to complete its line", "MIT licence"] },
  {
    name: "without hotkeys",
    world: { status: sampleStatus({ hotkeys: noHotkeys }) },
    shows: ["Copy some code"],
  },
]);

const SETTINGS = on("#settings", [
  { name: "still loading", world: { stuck: ["query_settings"] }, shows: ["Loading…"] },
  { name: "defaults", world: {}, shows: ["Hotkeys", "Start at login"] },
  {
    name: "changed values",
    world: {
      settings: sampleSettings({
        "hotkeys.complete_block": null,
        "deadlines.target_ms": 80,
        "memory.budget_mb": 512,
      }),
    },
    shows: ["Back to 100 ms", "Back to automatic", "Off"],
  },
  {
    name: "a broken settings file",
    world: {
      status: sampleStatus({
        settings_problem: "settings.json was not JSON: it is kept as settings.json.bad",
      }),
    },
    shows: ["settings.json.bad"],
  },
  {
    name: "a hotkey taken",
    world: { status: sampleStatus({ hotkeys: [takenHotkey, blockHotkey] }) },
    shows: ["You can also bind this command"],
  },
  {
    name: "Wayland without a portal",
    world: { status: sampleStatus({ session: "wayland", hotkeys: noHotkeys }) },
    shows: ["On Wayland, you can bind this command"],
  },
  {
    name: "settings that cannot be read",
    world: { refusals: { query_settings: refusal("the settings are locked") } },
    shows: ["the settings are locked", "Try again"],
  },
  {
    name: "a number refused",
    world: {
      refusals: {
        set_settings: refusal("refused", [
          { field: "deadlines.target_ms", message: "50 ms is too short here" },
        ]),
      },
    },
    shows: ["50 ms is too short"],
    act: ({ page }) => enter(page.getByRole("textbox", { name: "Target" }), "50"),
  },
  {
    name: "a number out of its limits",
    world: {},
    shows: ["from 10 to 10,000 is possible here"],
    act: ({ page }) => enter(page.getByRole("textbox", { name: "Target" }), "5"),
  },
  {
    name: "no number",
    world: {},
    shows: ["a whole number of min is needed here, or nothing for never"],
    act: ({ page }) => enter(page.getByRole("textbox", { name: "Unload when idle" }), "soon"),
  },
  {
    name: "saved",
    world: {},
    shows: ["Saved", "Back to 100 ms"],
    act: ({ page }) => enter(page.getByRole("textbox", { name: "Target" }), "80"),
  },
  {
    name: "recording a hotkey",
    world: {},
    shows: ["Press the keys…", "Esc cancels"],
    act: ({ page }) => page.getByRole("button", { name: /^Complete a line/ }).click(),
  },
]);

const MODELS = on("#models", [
  { name: "still loading", world: { stuck: ["query_models"] }, shows: ["Loading…"] },
  {
    name: "installed models",
    world: {},
    shows: ["Pounce 50M", "In use", "Get another model", "Qwen2.5-Coder 0.5B"],
  },
  {
    name: "a failed and a loading model",
    world: { models: failedModels },
    shows: ["decoder.onnx is truncated", "Loading"],
  },
  { name: "no models", world: { models: noModels }, shows: ["No model is installed"] },
  {
    name: "models that cannot be listed",
    world: { refusals: { query_models: refusal("the models folder is gone") } },
    shows: ["the models folder is gone"],
  },
  {
    name: "a model that does not fit",
    world: { refusals: { do_load_model: refusal("codet5p-770m needs 1.2 GiB, the budget is 1.0 GiB") } },
    shows: ["needs 1.2 GiB"],
    act: ({ page }) => page.getByRole("button", { name: "Load", exact: true }).click(),
  },
  {
    name: "asking before removing",
    world: {},
    shows: ["Remove CodeT5+ 220M?"],
    act: ({ page }) => page.getByRole("button", { name: "Remove…" }).first().click(),
  },
]);

const INSTALLS = on("#models", [
  {
    name: "an install under way",
    world: { installs: [sampleInstall()] },
    shows: ["203 MiB of 507 MiB", "34 s left"],
  },
  {
    name: "an install of unknown length",
    world: { installs: [sampleInstall({ step: "converting", total_bytes: null, time_left_ms: null })] },
    shows: ["Converting for this machine"],
  },
  {
    name: "an install refused",
    world: { refusals: { do_install_model: refusal("it needs 2 GB, 1 GB are free") } },
    shows: ["2 GB, 1 GB are free"],
    act: ({ page }) => page.getByRole("button", { name: "Install CodeT5 small" }).click(),
  },
  {
    name: "a catalogue that cannot be loaded",
    world: { refusals: { query_catalogue: refusal("the catalogue is gone") } },
    shows: ["the catalogue is gone"],
  },
]);

const REMOTE = on("#remote", [
  { name: "still loading", world: { stuck: ["query_remote"] }, shows: ["Loading…"] },
  { name: "two engines", world: {}, shows: ["Leaves this machine", "Server on this machine"] },
  {
    name: "none yet",
    world: { remote: sampleRemote({ is_enabled: false, engines: [] }) },
    shows: ["None yet", "Add an engine"],
  },
  {
    name: "engines that cannot be listed",
    world: { refusals: { query_remote: refusal("the settings are locked") } },
    shows: ["the settings are locked", "Try again"],
  },
  {
    name: "asking before code may leave",
    world: { remote: sampleRemote({ is_enabled: false }) },
    shows: ["Let code leave this machine?"],
    act: ({ page }) => page.getByRole("switch", { name: "Ask remote engines" }).click(),
  },
  {
    name: "a server that does not answer",
    world: { refusals: { do_check_engine: refusal("gpu.example.org does not answer: is it running?") } },
    shows: ["does not answer"],
    act: ({ page }) => page.getByRole("button", { name: "Test connection" }).first().click(),
  },
  {
    name: "a new engine",
    world: {},
    shows: ["The key goes into the system's keyring"],
    act: ({ page }) => page.getByRole("button", { name: "Add an engine" }).click(),
  },
]);

const WELCOME = on("#welcome", [
  { name: "still loading", world: { stuck: ["query_settings"] }, shows: ["Loading…"] },
  {
    name: "a new user",
    world: {},
    shows: ["Try it here", "To complete its line, press", "507 MiB to download", "<cursor>, █ or ‹cursor›"],
  },
  {
    name: "no hotkeys",
    world: { status: sampleStatus({ session: "wayland", hotkeys: noHotkeys }) },
    shows: ["pounce trigger --mode line"],
  },
  {
    name: "tried",
    world: {},
    shows: ["Now paste it."],
    act: ({ page }) => complete(page, sampleRequest()),
  },
  {
    name: "tried, with nothing to add",
    world: {},
    shows: ["Nothing was added this time"],
    act: ({ page }) => complete(page, sampleRequest({ source: { kind: "none" } })),
  },
  {
    name: "the larger model refused",
    world: { refusals: { do_install_model: refusal("it needs 2 GB, 1 GB are free") } },
    shows: ["2 GB, 1 GB are free"],
    act: ({ page }) => page.getByRole("button", { name: /^Install / }).click(),
  },
  {
    name: "settings that cannot be read",
    world: { refusals: { query_settings: refusal("the settings are locked") } },
    shows: ["the settings are locked", "Try again"],
  },
]);

let chromium: Chromium;
beforeAll(async () => {
  chromium = await Chromium.start();
});
afterAll(() => chromium.stop());

describe.each([
  ["dashboard", DASHBOARD],
  ["settings", SETTINGS],
  ["models", MODELS],
  ["installs", INSTALLS],
  ["remote", REMOTE],
  ["welcome", WELCOME],
  ["history", HISTORY],
  ["about", ABOUT],
])("%s", (_screen, states) => {
  test.each(states.map((state) => [state.name, state] as const))("%s", async (_name, state) => {
    await check(state);
  });
});

async function check({ hash, world, shows, act }: State): Promise<void> {
  const opened = await chromium.open(hash, world);
  const { page, complaints } = opened;
  await act?.(opened);
  for (const text of shows) await page.getByText(text).filter({ visible: true }).first().waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
    expect(await violations(opened), `axe: serious and critical, ${colorScheme}`).toEqual([]);
  }
  await page.setViewportSize({ width: 480, height: 640 });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await expect.poll(overflow, { message: "nothing scrolls sideways at 480 px" }).toBeLessThanOrEqual(0);
  expect(complaints, "the page complains about nothing").toEqual([]);
  await page.context().close();
}

async function violations({ page }: Opened): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      where: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
    }));
  });
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, where }) => `${id}: ${where.join("\n")}`);
}

/** Tells the page of a request that has ended. */
async function complete(page: Opened["page"], request: RequestRecord): Promise<void> {
  await page.locator("body[data-ready]").waitFor();
  await page.evaluate((request) => window.pounceBackend.emit("completion", request), request);
}

async function enter(box: ReturnType<Opened["page"]["getByRole"]>, text: string): Promise<void> {
  await box.fill(text);
  await box.press("Enter");
}
