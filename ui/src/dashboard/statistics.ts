/**
 * Statistics of a set of requests: percentiles, shares, sources, distribution.
 *
 * Cancelled requests are counted, but left out of everything else, as they say nothing about speed.
 */
import { group, quantileSorted } from "d3-array";

import type { Level } from "../bindings/Level";
import type { Place } from "../bindings/Place";
import type { RequestRecord } from "../bindings/RequestRecord";
import { modelOf, type SourceKind } from "./source";
import { type Stage, STAGES } from "./stages";

/** The surest first. */
export const LEVELS: readonly Level[] = ["sure", "likely", "unsure"];

const PLACES: readonly Place[] = ["found", "ambiguous", "missed"];

/** Percentiles in milliseconds, interpolated between measurements. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

export interface Summary {
  count: number;
  cancelledCount: number;
  /** `null` without requests. */
  total: Percentiles | null;
  byStage: { stage: Stage; percentiles: Percentiles }[];
  /** Of the requests that a model or its cache answered, the most used model first. */
  byModel: { model: string; count: number; metTargetCount: number; percentiles: Percentiles }[];
  metTargetCount: number;
  metMaximumCount: number;
  partialCount: number;
  /** The most frequent first, without sources that answered no request. */
  sources: { source: SourceKind; count: number }[];
  /** The surest first; only requests whose source tells how sure it is. */
  levels: { level: Level; count: number }[];
  /** Only requests whose snippet was looked for in the user's projects. */
  places: { place: Place; count: number }[];
}

export function summarize(requests: RequestRecord[]): Summary {
  const counted = finished(requests);
  return {
    count: counted.length,
    cancelledCount: requests.length - counted.length,
    total: percentiles(counted.map((request) => request.total_ms)),
    byStage: stagePercentiles(counted),
    byModel: modelPercentiles(counted),
    metTargetCount: countOf(counted, (request) => request.met_target),
    metMaximumCount: countOf(counted, (request) => request.met_maximum),
    partialCount: countOf(counted, (request) => request.is_partial),
    sources: sourceCounts(counted),
    levels: LEVELS.map((level) => ({ level, count: countOf(counted, (it) => it.level === level) })),
    places: PLACES.map((place) => ({ place, count: countOf(counted, (it) => it.place === place) })),
  };
}

/** Returns the requests that the user did not cancel. */
export function finished(requests: RequestRecord[]): RequestRecord[] {
  return requests.filter((request) => request.finish !== "cancelled");
}

/** Returns `null` without values. */
export function percentiles(values: number[]): Percentiles | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => quantileSorted(sorted, share) ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function stagePercentiles(requests: RequestRecord[]): Summary["byStage"] {
  return STAGES.flatMap(({ stage }) => {
    const ofStage = percentiles(requests.map((request) => request.stages[stage]));
    return ofStage ? [{ stage, percentiles: ofStage }] : [];
  });
}

function modelPercentiles(requests: RequestRecord[]): Summary["byModel"] {
  const rows = [...group(requests, (request) => modelOf(request.source))].flatMap(([model, ofModel]) => {
    const total = percentiles(ofModel.map((request) => request.total_ms));
    if (model === null || !total) return [];
    const metTargetCount = countOf(ofModel, (request) => request.met_target);
    return [{ model, count: ofModel.length, metTargetCount, percentiles: total }];
  });
  return rows.sort((a, b) => b.count - a.count);
}

function sourceCounts(requests: RequestRecord[]): Summary["sources"] {
  const groups = [...group(requests, (request) => request.source.kind)];
  return groups
    .map(([source, answered]) => ({ source, count: answered.length }))
    .sort((a, b) => b.count - a.count);
}

function countOf(requests: RequestRecord[], test: (request: RequestRecord) => boolean): number {
  return requests.filter(test).length;
}
