import { expect, test } from "vitest";

import { NOW_MS, sampleRequest } from "../../test/sample";
import { applyFilter, type Filter } from "./filter";

const MINUTE_MS = 60_000;
const requests = [
  sampleRequest({ id: 1, at_ms: NOW_MS - 25 * 60 * MINUTE_MS }),
  sampleRequest({ id: 2, at_ms: NOW_MS - 61 * MINUTE_MS, source: { kind: "model", model: "codet5p-220m" } }),
  sampleRequest({ id: 3, at_ms: NOW_MS - 15 * MINUTE_MS }),
  sampleRequest({ id: 4, at_ms: NOW_MS - 1, source: { kind: "copy" } }),
];

function check(filter: Filter, ids: number[], why: string): void {
  expect(
    applyFilter(requests, filter, NOW_MS).map(({ id }) => id),
    why,
  ).toEqual(ids);
}

test("by age", () => {
  check({ model: null, span: "all" }, [1, 2, 3, 4], "everything, in its order");
  check({ model: null, span: "day" }, [2, 3, 4], "25 hours are over a day");
  check({ model: null, span: "hour" }, [3, 4], "61 minutes are over an hour");
  check({ model: null, span: "quarter" }, [3, 4], "the edge belongs to the span");
});

test("by model", () => {
  check({ model: "codet5p-220m", span: "all" }, [2], "only what it answered");
  check({ model: "codet5p-220m", span: "quarter" }, [], "both conditions hold");
  check({ model: "gone", span: "all" }, [], "a model without requests");
});
