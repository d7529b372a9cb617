import { expect, test } from "vitest";

import { sampleRequest, sampleRequests } from "../../../test/sample";
import { histogramBars } from "./histogram";

const limits = { targetMs: 100, maximumMs: 200 };

function check(
  totalMs: number,
  expected: { fromMs: number; toMs: number | null; verdict: string },
  why: string,
): void {
  const bars = histogramBars([sampleRequest({ total_ms: totalMs })], limits);
  const filled = bars.filter(({ count }) => count > 0);
  expect(filled, `${totalMs} ms: ${why}`).toEqual([{ ...expected, count: 1 }]);
}

test("each request falls into one bar, lower edges included", () => {
  check(0, { fromMs: 0, toMs: 10, verdict: "target" }, "the first bar");
  check(99.9, { fromMs: 90, toMs: 100, verdict: "target" }, "all of the bar is within the target");
  check(100, { fromMs: 100, toMs: 110, verdict: "maximum" }, "the edge belongs to the bar above");
  check(199, { fromMs: 190, toMs: 200, verdict: "maximum" }, "all of the bar is within the maximum");
  check(200, { fromMs: 200, toMs: 210, verdict: "over" }, "most of the bar is over");
  check(260, { fromMs: 260, toMs: null, verdict: "over" }, "the tail begins at 1.3 maxima");
  check(9000, { fromMs: 260, toMs: null, verdict: "over" }, "the tail holds everything beyond");
});

test("the axis does not move with the data", () => {
  expect(histogramBars([], limits)).toHaveLength(27);
  expect(histogramBars(sampleRequests(100), limits)).toHaveLength(27);
});

test("every request is counted once", () => {
  const bars = histogramBars(sampleRequests(1000), { targetMs: 33, maximumMs: 71 });
  expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
});
