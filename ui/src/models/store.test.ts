import { expect, test, vi } from "vitest";

import { installBackend, refusal } from "../../test/backend";
import { expectToFollow } from "../../test/elsewhere";
import { ModelsStore } from "./store.svelte";

async function loaded() {
  const backend = installBackend();
  const store = new ModelsStore();
  await store.load();
  const state = (id: string) => store.models?.models.find((model) => model.id === id)?.state;
  return { backend, store, state };
}

test("loading and unloading show the state that the app returns", async () => {
  const { store, state } = await loaded();
  await store.setLoaded("codet5p-770m", true);
  expect(state("codet5p-770m")).toBe("warm");
  await store.setLoaded("codet5p-770m", false);
  expect(state("codet5p-770m")).toBe("absent");
});

test("pinning no model unpins", async () => {
  const { backend, store } = await loaded();
  await store.pin("codet5p-220m");
  expect(store.models?.pinned).toBe("codet5p-220m");
  await store.pin(null);
  expect(backend.calls.at(-1)).toEqual({ command: "do_pin_model", args: { id: null } });
  expect(store.models?.pinned).toBeNull();
});

test("a model is busy only while its action is under way, also if that fails", async () => {
  const { backend, store } = await loaded();
  backend.world.refusals["do_remove_model"] = refusal("codet5p-220m is in use");
  const removal = store.remove("codet5p-220m");
  expect(store.busy).toBe("codet5p-220m");
  await removal;
  expect(store.busy).toBeNull();
  expect(store.attempts.failure).toBe("codet5p-220m is in use");
  expect(store.models?.models, "it is still there").toHaveLength(3);
});

test("changes from elsewhere are shown: a pin from the tray, a removed model, a calibration", async () => {
  const { backend, store } = await loaded();
  store.isLoaded = false;
  const stop = store.start();
  await vi.waitFor(() => expect(store.isLoaded).toBe(true));
  await expectToFollow(backend, store);
  stop();
});

test("a change of state elsewhere refreshes the list", async () => {
  const { backend, store, state } = await loaded();
  store.isLoaded = false;
  const stop = store.start();
  await vi.waitFor(() => expect(store.isLoaded).toBe(true));
  const [, , third] = backend.world.models.models;
  Object.assign(third ?? {}, { state: "loading" });
  await backend.emit("model_state", { id: "codet5p-770m", state: "loading" });
  await vi.waitFor(() => expect(state("codet5p-770m")).toBe("loading"));
  stop();
});
