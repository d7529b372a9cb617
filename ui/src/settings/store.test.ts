import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { installBackend, refusal } from "../../test/backend";
import { sampleSettings, sampleStatus } from "../../test/sample";
import { CONFIRMATION_MS, SettingsStore } from "./store.svelte";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function loaded() {
  const backend = installBackend();
  const store = new SettingsStore();
  await store.load();
  return { backend, store };
}

test("a change is sent at once, alone, and confirmed for a moment", async () => {
  const { backend, store } = await loaded();
  await store.save("deadlines.target_ms", 80);
  expect(backend.calls.at(-1)).toEqual({
    command: "set_settings",
    args: { update: { "deadlines.target_ms": 80 } },
  });
  expect(store.state?.settings.deadlines.target_ms).toBe(80);
  expect(store.saved).toBe("deadlines.target_ms");
  vi.advanceTimersByTime(CONFIRMATION_MS);
  expect(store.saved, "the confirmation is quiet: it goes by itself").toBeNull();
});

test("a refused change keeps the old value and says why beside its field", async () => {
  const { backend, store } = await loaded();
  const message = "must be at least 10 ms";
  backend.world.refusals["set_settings"] = refusal("settings refused", [
    { field: "deadlines.target_ms", message },
  ]);
  await store.save("deadlines.target_ms", 5);
  expect(store.state?.settings.deadlines.target_ms, "the value in force").toBe(100);
  expect(store.errors["deadlines.target_ms"]?.message).toBe(message);
  expect(store.saved).toBeNull();
});

test("a refusal that names another field is shown beside both until the changed field is saved", async () => {
  const { backend, store } = await loaded();
  const fields = [{ field: "deadlines.target_ms", message: "must not be above the maximum of 50 ms" }];
  backend.world.refusals["set_settings"] = refusal("the target would be above the maximum", fields);
  await store.save("deadlines.maximum_ms", 50);
  expect(store.errors["deadlines.target_ms"]?.message).toBe("must not be above the maximum of 50 ms");
  expect(store.errors["deadlines.maximum_ms"]?.message).toBe("the target would be above the maximum");

  backend.world.refusals = {};
  store.reject("models.threads", "a whole number is needed here");
  await store.save("deadlines.maximum_ms", 300);
  expect(Object.keys(store.errors), "an unrelated wrong text stays wrong").toEqual(["models.threads"]);
});

test("a refusal without a field stands beside the field that was changed", async () => {
  const { backend, store } = await loaded();
  backend.world.refusals["set_settings"] = refusal("cannot write settings.json: disk full");
  await store.save("desktop.notices", "none");
  expect(store.errors["desktop.notices"]?.message).toBe("cannot write settings.json: disk full");
});

test("changes from elsewhere arrive by events until the store stops", async () => {
  const backend = installBackend();
  const store = new SettingsStore();
  const stop = store.start();
  await vi.waitFor(() => expect(store.isLoaded).toBe(true));
  await backend.emit("settings_changed", sampleSettings({ "desktop.mode": "block" }));
  await backend.emit("status_changed", sampleStatus({ state: "paused" }));
  expect(store.state?.settings.desktop.mode, "the tray changes the mode too").toBe("block");
  expect(store.status?.state).toBe("paused");
  stop();
});

test("a failure to load is kept until the next attempt succeeds", async () => {
  const backend = installBackend({ refusals: { query_settings: refusal("settings are locked") } });
  const store = new SettingsStore();
  await store.load();
  expect(store.attempts.failure).toBe("settings are locked");
  expect(store.isLoaded).toBe(false);
  backend.world.refusals = {};
  await store.load();
  expect(store.attempts.failure).toBeNull();
  expect(store.isLoaded).toBe(true);
});
