/** Requests as comma-separated values (RFC 4180): numbers as they are, times in ISO 8601, no text of any snippet. */
import { csvFormat } from "d3-dsv";

import type { RequestRecord } from "../../bindings/RequestRecord";
import { modelOf } from "../source";

/** Between the entries of one cell; no filter's name and no reason contains it. */
const LIST_SEPARATOR = "; ";

/** A header row, then one row for each request, oldest first. */
export function requestsToCsv(requests: RequestRecord[]): string {
  return csvFormat(requests.map(rowOf)) + "\n";
}

function rowOf(request: RequestRecord) {
  return {
    id: request.id,
    at: new Date(request.at_ms).toISOString(),
    model: modelOf(request.source) ?? "",
    source: request.source.kind,
    sent_to: request.sent_to ?? "",
    place: request.place ?? "",
    mode: request.mode,
    language: request.language,
    finish: request.finish,
    level: request.level ?? "",
    applied: request.applied.join(LIST_SEPARATOR),
    rejections: request.rejections.join(LIST_SEPARATOR),
    is_partial: request.is_partial,
    n_prompt_tokens: request.n_prompt_tokens,
    n_tokens: request.n_tokens,
    ...request.stages,
    total_ms: request.total_ms,
    met_target: request.met_target,
    met_maximum: request.met_maximum,
  };
}
