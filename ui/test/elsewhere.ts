/** Changes from elsewhere that every store with models has to follow. */
import { expect, vi } from "vitest";

import type { Calibration } from "../src/bindings/Calibration";
import type { Models } from "../src/bindings/Models";
import type { Backend } from "./backend";

/** Makes the changes that tray, command line and first start can make, and expects `store` to show them. */
export async function expectToFollow(
  { world, emit }: Backend,
  store: { models: Models | null; calibration: Calibration | null },
): Promise<void> {
  world.models.pinned = "codet5p-220m";
  await emit("settings_changed", world.settings);
  await vi.waitFor(() => expect(store.models?.pinned).toBe("codet5p-220m"));
  world.models.models.pop();
  await emit("models_changed", null);
  await vi.waitFor(() => expect(store.models?.models).toHaveLength(2));
  await emit("calibrated", { at_ms: 7, rows: [] });
  expect(store.calibration?.at_ms).toBe(7);
}
