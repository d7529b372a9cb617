import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { installBackend, refusal, type World } from "../../test/backend";
import { expectToFollow } from "../../test/elsewhere";
import { NOW_MS, sampleRequest, sampleRequests, sampleStatus } from "../../test/sample";
import { DashboardStore } from "./store.svelte";

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

async function started(change: Partial<World> = {}) {
  const backend = installBackend(change);
  const store = new DashboardStore();
  const stop = store.start();
  await vi.waitFor(() => expect(store.isLoaded || store.attempts.failure !== null).toBe(true));
  const countOf = (command: string) => backend.calls.filter((call) => call.command === command).length;
  return { backend, store, stop, countOf };
}

test("a request that is made while the window is open appears, with new figures of the models", async () => {
  const { backend, store, stop, countOf } = await started({ requests: sampleRequests(3) });
  await backend.emit("completion", sampleRequest({ id: 4 }));
  expect(store.filtered.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  expect(store.summary.count).toBe(4);
  await vi.waitFor(() => expect(countOf("query_models")).toBe(2));
  stop();
});

test("changes from elsewhere are shown: a pin from the tray, a removed model, a calibration", async () => {
  const { backend, store, stop } = await started();
  await expectToFollow(backend, store);
  stop();
});

test("a request that arrives as event and in the list counts once", async () => {
  const { backend, store, stop } = await started({ requests: sampleRequests(3) });
  await backend.emit("completion", sampleRequests(3)[2]);
  expect(store.requests.map(({ id }) => id)).toEqual([1, 2, 3]);
  stop();
});

test("no more requests are kept than the app remembers", async () => {
  const { backend, store, stop } = await started({ requests: sampleRequests(1000) });
  await backend.emit("completion", sampleRequest({ id: 1001 }));
  expect(store.requests).toHaveLength(1000);
  expect(store.requests[0]?.id, "the oldest is forgotten").toBe(2);
  stop();
});

test("requests leave the time filter as they age", async () => {
  const { store, stop } = await started({ requests: [sampleRequest({ at_ms: NOW_MS - 14.9 * 60_000 })] });
  store.filter = { model: null, span: "quarter" };
  expect(store.filtered).toHaveLength(1);
  vi.advanceTimersByTime(30_000);
  expect(store.filtered, "the clock goes on by itself").toHaveLength(0);
  stop();
});

test("models that have answered and were removed can still be chosen in the filter", async () => {
  const { store, stop } = await started({
    requests: [sampleRequest({ source: { kind: "model", model: "removed-1b" } })],
  });
  expect(store.modelIds).toEqual(["pounce-50m", "codet5p-220m", "codet5p-770m", "removed-1b"]);
  stop();
});

test("the limits follow the settings", async () => {
  const { backend, store, stop } = await started();
  await backend.emit("status_changed", sampleStatus({ target_ms: 50, maximum_ms: 80 }));
  expect(store.limits).toEqual({ targetMs: 50, maximumMs: 80 });
  stop();
});

test("clearing asks the app first and keeps the requests if it refuses", async () => {
  const { backend, store, stop } = await started({ requests: sampleRequests(3) });
  backend.world.refusals["do_clear_metrics"] = refusal("metrics are being written");
  await store.clear();
  expect(store.requests).toHaveLength(3);
  expect(store.attempts.failure).toBe("metrics are being written");
  backend.world.refusals = {};
  await store.clear();
  expect(store.requests).toHaveLength(0);
  expect(store.attempts.failure, "a success takes the old failure away").toBeNull();
  stop();
});

test("an export says where the file is", async () => {
  const { backend, store, stop } = await started({ requests: sampleRequests(3) });
  await store.save("csv", () => "id\n1\n");
  expect(backend.calls.at(-1)?.args).toEqual({ file: { kind: "csv", content: "id\n1\n" } });
  expect(store.notice).toBe("Saved /home/ada/Downloads/pounce-requests.csv");
  stop();
});

test("a picture that cannot be drawn is a failure like any other", async () => {
  const { store, stop } = await started();
  await store.save("png", () => Promise.reject(new Error("this web view cannot encode a PNG")));
  expect(store.attempts.failure).toBe("this web view cannot encode a PNG");
  stop();
});

test("calibration is under way until the app answers", async () => {
  const { store, stop } = await started();
  const run = store.calibrate();
  expect(store.isCalibrating).toBe(true);
  await run;
  expect(store.isCalibrating).toBe(false);
  stop();
});

test("a missing command is reported in Tauri's words", async () => {
  const { store, stop } = await started({ refusals: { query_recent: "Command query_recent not found" } });
  expect(store.attempts.failure).toBe("Command query_recent not found");
  stop();
});
