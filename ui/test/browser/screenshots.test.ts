/**
 * Pictures of each screen in both colour schemes, into the folder that POUNCE_SCREENSHOTS names
 * (`npm run screenshots` writes the ones in ui/screenshots, `make screenshots` those of the app beside them too). Without it the pictures are taken and thrown away.
 */
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { World } from "../backend";
import { sampleCompletions, sampleRequests } from "../sample";
import { Chromium } from "./browser";

const FOLDER = process.env["POUNCE_SCREENSHOTS"];

const SCREENS: { name: string; hash: string; world: Partial<World> }[] = [
  { name: "dashboard", hash: "#dashboard", world: { requests: sampleRequests(100) } },
  { name: "settings", hash: "#settings", world: {} },
  { name: "models", hash: "#models", world: {} },
  { name: "welcome", hash: "#welcome", world: {} },
  { name: "history", hash: "#history", world: { history: sampleCompletions() } },
  { name: "about", hash: "#about", world: {} },
];

let chromium: Chromium;
beforeAll(async () => {
  chromium = await Chromium.start();
});
afterAll(() => chromium.stop());

test.each(
  SCREENS.flatMap((screen) => [
    [screen.name, "light", screen] as const,
    [screen.name, "dark", screen] as const,
  ]),
)("%s, %s", async (name, colorScheme, { hash, world }) => {
  const { page } = await chromium.open(hash, world, { colorScheme });
  await page.locator("body[data-ready]").waitFor();
  const picture = await page.screenshot(FOLDER ? { path: join(FOLDER, `${name}-${colorScheme}.png`) } : {});
  expect(picture.length, "not a blank window").toBeGreaterThan(20_000);
  await page.context().close();
});
