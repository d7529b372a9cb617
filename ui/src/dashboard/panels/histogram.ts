/** Requests by total time, in steps of a tenth of the target; the long tail is one last bar. */
import { bin, range } from "d3-array";

import type { RequestRecord } from "../../bindings/RequestRecord";

export interface HistogramBar {
  fromMs: number;
  /** `null` for the tail, which has no upper edge. */
  toMs: number | null;
  count: number;
  /** The limit that every request in the bar met. */
  verdict: "target" | "maximum" | "over";
}

export interface Limits {
  targetMs: number;
  maximumMs: number;
}

const STEPS_IN_TARGET = 10;
/** The bars reach to this multiple of the maximum; longer requests share the last bar. */
const REACH = 1.3;

/** Returns every bar from zero on, empty ones included, so that the axis stays still while requests arrive. */
export function histogramBars(requests: RequestRecord[], limits: Limits): HistogramBar[] {
  const step = limits.targetMs / STEPS_IN_TARGET;
  const nSteps = Math.ceil((limits.maximumMs * REACH) / step);
  const reach = nSteps * step;
  const edges = range(nSteps + 1).map((index) => index * step);
  const bins = bin<number, number>()
    .domain([0, reach + step])
    .thresholds(edges);
  const counted = bins(requests.map((request) => Math.min(request.total_ms, reach)));
  return edges.map((fromMs, index) => {
    const toMs = index < nSteps ? fromMs + step : null;
    return { fromMs, toMs, count: counted[index]?.length ?? 0, verdict: verdictOf(toMs, limits) };
  });
}

function verdictOf(toMs: number | null, limits: Limits): HistogramBar["verdict"] {
  if (toMs === null || toMs > limits.maximumMs) return "over";
  return toMs <= limits.targetMs ? "target" : "maximum";
}
