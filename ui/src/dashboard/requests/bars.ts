/**
 * Layout of the stacked bars: turns requests into rectangles in pixels, without page or colours.
 *
 * The newest request stands at the right edge. The axis always reaches past the maximum, so that both lines are
 * visible. It ends at 1.6 maxima, where longer bars are cut and marked, so that one cold start does not flatten all
 * others.
 */
import { scaleLinear, type ScaleLinear } from "d3-scale";

import type { RequestRecord } from "../../bindings/RequestRecord";
import { type Stage, STAGES } from "../stages";

export interface Bar {
  request: RequestRecord;
  x: number;
  width: number;
  segments: { stage: Stage; y: number; height: number }[];
  /** Whether the request took longer than the axis shows. */
  isCut: boolean;
}

export interface BarChart {
  bars: Bar[];
  /** Milliseconds to pixels from the top. */
  y: ScaleLinear<number, number>;
  /** The distance from one bar to the next. */
  pitch: number;
}

export interface ChartSize {
  width: number;
  height: number;
}

const [LEAST_PITCH, GREATEST_PITCH] = [6, 14];
const [LEAST_HEADROOM, GREATEST_HEADROOM] = [1.1, 1.6];
/** Thinner segments are not drawn, as only their outline would be seen. In pixels. */
const LEAST_HEIGHT = 0.25;

/** Lays out the newest requests that fit. `requests` are oldest first; `maximumMs` is the upper line. */
export function layOutBars(requests: RequestRecord[], maximumMs: number, size: ChartSize): BarChart {
  const shown = newestThatFit(requests, size.width);
  const pitch = Math.min(GREATEST_PITCH, Math.max(LEAST_PITCH, size.width / Math.max(1, shown.length)));
  const y = scaleLinear([0, axisTop(shown, maximumMs)], [size.height, 0]);
  const left = size.width - shown.length * pitch;
  const bars = shown.map((request, index) => barOf(request, left + index * pitch, pitch, y));
  return { bars, y, pitch };
}

/** Returns the index of the bar at a distance from the left edge, or `null` if there is none. */
export function barAt(chart: BarChart, x: number): number | null {
  const first = chart.bars[0];
  if (!first) return null;
  const index = Math.floor((x - first.x) / chart.pitch);
  return index >= 0 && index < chart.bars.length ? index : null;
}

function newestThatFit(requests: RequestRecord[], width: number): RequestRecord[] {
  const count = Math.floor(width / LEAST_PITCH);
  return count > 0 ? requests.slice(-count) : [];
}

function axisTop(requests: RequestRecord[], maximumMs: number): number {
  const slowest = Math.max(0, ...requests.map((request) => request.total_ms));
  return Math.min(GREATEST_HEADROOM * maximumMs, Math.max(LEAST_HEADROOM * maximumMs, slowest));
}

function barOf(request: RequestRecord, x: number, pitch: number, y: ScaleLinear<number, number>): Bar {
  const top = y.domain()[1] ?? 0;
  const segments: Bar["segments"] = [];
  let below = 0;
  for (const { stage } of STAGES) {
    const [from, to] = [Math.min(below, top), Math.min(below + request.stages[stage], top)];
    below += request.stages[stage];
    const height = y(from) - y(to);
    if (height >= LEAST_HEIGHT) segments.push({ stage, y: y(to), height });
  }
  return { request, x, width: pitch - Math.max(1, pitch * 0.2), segments, isCut: request.total_ms > top };
}
