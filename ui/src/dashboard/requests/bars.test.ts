import { expect, test } from "vitest";

import { sampleRequest, sampleRequests } from "../../../test/sample";
import { barAt, layOutBars } from "./bars";

const size = { width: 600, height: 200 };

test("the segments of a bar are stacked up to its total", () => {
  const request = sampleRequest({ stages: { clipboard_ms: 10, encode_ms: 40, decode_ms: 50 } });
  const { bars, y } = layOutBars([request], 200, size);
  const [first, second, third] = bars[0]?.segments ?? [];
  expect(bars[0]?.segments.map(({ stage }) => stage)).toEqual(["clipboard_ms", "encode_ms", "decode_ms"]);
  expect((first?.y ?? 0) + (first?.height ?? 0), "stands on the axis").toBeCloseTo(200);
  expect((second?.y ?? 0) + (second?.height ?? 0), "stands on the first").toBeCloseTo(first?.y ?? 0);
  expect(third?.y, "ends at the total").toBeCloseTo(y(100));
});

test.each([
  [60, 220, "both lines are in sight though the request is fast"],
  [300, 300, "the slowest request decides"],
  [5000, 320, "one cold start does not flatten the rest"],
])("with a slowest request of %i ms the axis ends at %i ms", (slowest, top, why) => {
  const request = sampleRequest({ stages: { clipboard_ms: 0, encode_ms: 0, decode_ms: slowest } });
  const { y, bars } = layOutBars([request], 200, size);
  expect(y.domain()[1], why).toBeCloseTo(top);
  expect(bars[0]?.isCut, "a cut bar says so").toBe(slowest > top);
  expect(Math.min(...(bars[0]?.segments.map((segment) => segment.y) ?? [])), "inside").toBeGreaterThanOrEqual(
    0,
  );
});

test("the newest requests stand at the right edge", () => {
  const { bars, pitch } = layOutBars(sampleRequests(1000), 200, size);
  expect(bars, "as many as fit at the least pitch").toHaveLength(100);
  expect(bars.at(-1)?.request.id).toBe(1000);
  expect((bars.at(-1)?.x ?? 0) + pitch).toBeCloseTo(600);
  const few = layOutBars(sampleRequests(3), 200, size);
  expect(few.pitch, "few bars are not made fat").toBe(14);
  expect(few.bars[0]?.x, "nor do they drift to the left").toBeCloseTo(600 - 3 * 14);
});

test("a point finds its bar, and none beside the bars", () => {
  const chart = layOutBars(sampleRequests(3), 200, size);
  expect(barAt(chart, 599)).toBe(2);
  expect(barAt(chart, 600 - 14 - 1)).toBe(1);
  expect(barAt(chart, 10), "left of the first bar").toBeNull();
  expect(barAt(chart, 601), "right of the last").toBeNull();
  expect(barAt(layOutBars([], 200, size), 10), "no bars at all").toBeNull();
});

test("a window without width has no bars", () => {
  expect(layOutBars(sampleRequests(10), 200, { width: 0, height: 200 }).bars).toEqual([]);
});
