/** Tests that need a real browser: geometry, keyboard navigation, pictures. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { sampleRequest, sampleRequests } from "../sample";
import { Chromium, type Opened } from "./browser";

let chromium: Chromium;
beforeAll(async () => {
  chromium = await Chromium.start();
});
afterAll(() => chromium.stop());

async function openDashboard(count: number): Promise<Opened> {
  const opened = await chromium.open("#dashboard", { requests: sampleRequests(count) });
  await opened.page.locator("body[data-ready]").waitFor();
  return opened;
}

test("the arrow keys go from request to request and read it out", async () => {
  const { page } = await openDashboard(5);
  const chart = page.getByRole("slider");
  await chart.focus();
  expect(await chart.getAttribute("aria-valuenow"), "it starts at the newest").toBe("5");
  await page.keyboard.press("ArrowLeft");
  expect(await chart.getAttribute("aria-valuenow")).toBe("4");
  expect(await chart.getAttribute("aria-valuetext"), "with its stages").toMatch(/Encode \d/);
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  expect(await chart.getAttribute("aria-valuenow"), "it stops at the oldest").toBe("1");
  await page.keyboard.press("End");
  expect(await chart.getAttribute("aria-valuenow")).toBe("5");
  await page.context().close();
});

test("pointing at a bar shows its request, leaving shows the medians", async () => {
  const { page } = await openDashboard(100);
  const bar = page.locator("rect.segment").last();
  await bar.hover({ force: true });
  await page.getByText(/^\d\d:\d\d:\d\d · .* tokens · /).waitFor();
  await page.getByRole("heading", { name: "By stage" }).hover();
  await page.getByText(/^Median of 100 requests/).waitFor();
  await page.context().close();
});

test("a request that is made while the window is open moves in at the right edge", async () => {
  const { page } = await openDashboard(10);
  await page.evaluate(
    (request) => window.pounceBackend.emit("completion", request),
    sampleRequest({ id: 11 }),
  );
  await page.getByText("11 requests", { exact: true }).waitFor();
  const { right, newest } = await page.evaluate(() => ({
    right: document.querySelector("line.limit")?.getBoundingClientRect().right ?? 0,
    newest: [...document.querySelectorAll("rect.segment")].at(-1)?.getBoundingClientRect().right ?? 0,
  }));
  expect(right - newest, "within one bar of the edge").toBeLessThan(15);
  await page.context().close();
});

test("the bars stand on the axis and the limits at their heights", async () => {
  const requests = [sampleRequest({ stages: { clipboard_ms: 20, encode_ms: 30, decode_ms: 50 } })];
  const { page } = await chromium.open("#dashboard", { requests });
  await page.locator("rect.segment").last().waitFor();
  const edges = await page.evaluate(() => ({
    top: Math.min(
      ...[...document.querySelectorAll("rect.segment")].map((bar) => bar.getBoundingClientRect().top),
    ),
    target: document.querySelector("line.target")?.getBoundingClientRect().top ?? NaN,
  }));
  expect(edges.top, "a request of 100 ms ends at the target of 100 ms").toBeCloseTo(edges.target, 0);
  await page.context().close();
});

test("the picture is a PNG of the chart, drawn under the content security policy", async () => {
  const { page, complaints } = await openDashboard(100);
  await page.getByRole("button", { name: "Save the chart as PNG" }).click();
  await page.getByText(/^Saved .*\.png/).waitFor();
  const content = await page.evaluate(() => {
    const { args } = window.pounceBackend.calls.findLast(({ command }) => command === "do_save_export") ?? {};
    return (args?.["file"] as { content: string } | undefined)?.content ?? "";
  });
  const png = Buffer.from(content, "base64");
  expect(png.subarray(1, 4).toString("latin1")).toBe("PNG");
  expect(
    png.readUInt32BE(16),
    "wider than the window in pixels: it is drawn at twice its size",
  ).toBeGreaterThan(1500);
  expect(png.length, "not an empty surface").toBeGreaterThan(20_000);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a hotkey is recorded from real key presses", async () => {
  const { page } = await chromium.open("#settings", {});
  await page.getByRole("button", { name: /^Complete a line/ }).click();
  await page.keyboard.press("Control+Shift+K");
  await page.getByRole("button", { name: "Complete a line Ctrl+Shift+K" }).waitFor();
  const updates = await page.evaluate(() =>
    window.pounceBackend.calls
      .filter(({ command }) => command === "set_settings")
      .map(({ args }) => args["update"]),
  );
  expect(updates).toEqual([{ "hotkeys.complete_line": "Ctrl+Shift+KeyK" }]);
  await page.context().close();
});

test("the Tab key reaches every control in visual order", async () => {
  const { page } = await openDashboard(10);
  const reached: (string | null)[] = [];
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press("Tab");
    reached.push(
      await page.evaluate(() => {
        const { activeElement: element } = document;
        return (
          element?.getAttribute("aria-label") ?? (element as HTMLInputElement).value ?? element?.textContent
        );
      }),
    );
  }
  expect(reached.slice(0, 9)).toEqual([
    "Model",
    "all",
    "Save as CSV",
    "Save the chart as PNG",
    expect.anything(),
    "Install Qwen2.5-Coder 0.5B",
    // "No, thanks" is a button, whose value is empty.
    "",
    "chart",
    "Last requests, from the oldest to the newest",
  ]);
  await page.context().close();
});

test("a link to a group of settings scrolls to it", async () => {
  const { page } = await chromium.open("#settings", {});
  await page.getByRole("link", { name: "System" }).click();
  const heading = page.getByRole("heading", { name: "System" });
  await heading.waitFor();
  expect((await heading.boundingBox())?.y).toBeLessThan(640);
  await page.context().close();
});
