/** Which requests the dashboard counts: by the model that answered and by age. */
import type { RequestRecord } from "../bindings/RequestRecord";
import { modelOf } from "./source";

export type Span = "quarter" | "hour" | "day" | "all";

export interface Filter {
  /** A model's id; `null` is every model, and the answers that no model gave. */
  model: string | null;
  span: Span;
}

/** The shortest first. */
export const SPANS: readonly Span[] = ["quarter", "hour", "day", "all"];

const MINUTE_MS = 60_000;
const SPAN_MS: Record<Span, number> = {
  quarter: 15 * MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 24 * 60 * MINUTE_MS,
  all: Infinity,
};

/** The requests that pass, in their order. `nowMs` is milliseconds since 1970. */
export function applyFilter(requests: RequestRecord[], filter: Filter, nowMs: number): RequestRecord[] {
  const sinceMs = nowMs - SPAN_MS[filter.span];
  return requests.filter(
    (request) =>
      request.at_ms >= sinceMs && (filter.model === null || modelOf(request.source) === filter.model),
  );
}
