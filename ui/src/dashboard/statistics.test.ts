import { expect, test } from "vitest";

import { sampleRequest, sampleRequests } from "../../test/sample";
import { percentiles, summarize } from "./statistics";

test.each([
  [[], null],
  [[7], { p50: 7, p95: 7, p99: 7 }],
  [[30, 10, 20], { p50: 20, p95: 29, p99: 29.8 }],
  [Array.from({ length: 101 }, (_, index) => index), { p50: 50, p95: 95, p99: 99 }],
])("percentiles of %j", (values, expected) => {
  const found = percentiles(values);
  if (expected === null || found === null) expect(found, "nothing has no median").toBe(expected);
  else
    for (const key of ["p50", "p95", "p99"] as const) expect(found[key], key).toBeCloseTo(expected[key], 9);
});

test("values are not reordered for their percentiles", () => {
  const values = [3, 1, 2];
  percentiles(values);
  expect(values, "the store's list keeps its order").toEqual([3, 1, 2]);
});

test("stages, models, sources and limits are counted over the same requests", () => {
  const summary = summarize([
    sampleRequest({ id: 1, stages: { encode_ms: 40 } }),
    sampleRequest({ id: 2, stages: { encode_ms: 60 } }),
    sampleRequest({
      id: 3,
      source: { kind: "model", model: "codet5p-220m" },
      is_partial: true,
      stages: { encode_ms: 129 },
    }),
    sampleRequest({ id: 4, source: { kind: "none" }, finish: "failed", stages: { other_ms: 250 } }),
  ]);
  expect(summary.count).toBe(4);
  expect(summary.metTargetCount, "61 and 81 ms").toBe(2);
  expect(summary.metMaximumCount, "and 150 ms").toBe(3);
  expect(summary.partialCount).toBe(1);
  expect(summary.byStage.map(({ stage }) => stage)[2], "in the order in which they happen").toBe("encode_ms");
  expect(summary.byStage[2]?.percentiles.p50, "between 40 and 60").toBe(50);
  expect(summary.byModel.map(({ model, count }) => [model, count])).toEqual([
    ["pounce-50m", 2],
    ["codet5p-220m", 1],
  ]);
  expect(summary.sources).toEqual([
    { source: "model", count: 3 },
    { source: "none", count: 1 },
  ]);
});

test("cancelled requests are counted and change nothing else", () => {
  const requests = sampleRequests(50);
  const cancelled = sampleRequest({ id: 51, finish: "cancelled", stages: { decode_ms: 9000 } });
  const [without, withCancelled] = [summarize(requests), summarize([...requests, cancelled])];
  expect(withCancelled).toEqual({ ...without, cancelledCount: 1 });
});

test("no requests give no figures", () => {
  expect(summarize([])).toMatchObject({ count: 0, total: null, byStage: [], byModel: [], sources: [] });
});

test("the medians of the sample's stages belong to its requests", () => {
  for (const { stage, percentiles: found } of summarize(sampleRequests(100)).byStage) {
    expect(found.p50, stage).toBeLessThanOrEqual(found.p95);
    expect(found.p95, stage).toBeLessThanOrEqual(found.p99);
  }
});
