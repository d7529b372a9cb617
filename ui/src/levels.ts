/** How sure a completion is, in colours that repeat the word. */
import type { Level } from "./bindings/Level";

export const LEVEL_COLORS: Record<Level, string> = {
  sure: "var(--good)",
  likely: "var(--warn)",
  unsure: "var(--bad)",
};
