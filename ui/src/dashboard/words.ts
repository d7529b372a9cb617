/** The dashboard's words for identifiers of the wire. */
import type { Finish } from "../bindings/Finish";
import type { Level } from "../bindings/Level";
import type { RequestRecord } from "../bindings/RequestRecord";
import { formatCount, formatMs, formatTime } from "../format";
import { modelOf, type SourceKind } from "./source";
import { STAGES } from "./stages";

export const SOURCE_NAMES: Record<SourceKind, string> = {
  model: "Model",
  remote: "Remote engine",
  cache: "Cache",
  copy: "Copied from the snippet",
  brackets: "Brackets closed",
  none: "No answer",
};

export const FINISH_NAMES: Record<Finish, string> = {
  complete: "complete",
  length: "length limit",
  deadline: "cut at the deadline",
  cancelled: "cancelled",
  failed: "failed",
};

export const LEVEL_NAMES: Record<Level, string> = {
  sure: "sure",
  likely: "likely",
  unsure: "unsure",
};

export const LEVEL_COLORS: Record<Level, string> = {
  sure: "var(--good)",
  likely: "var(--warn)",
  unsure: "var(--bad)",
};

/** The source that answered, and the remote engine that was sent the code, if any. */
export function describeSource(request: RequestRecord): string {
  const answeredBy = [SOURCE_NAMES[request.source.kind], modelOf(request.source)];
  const elsewhere = request.source.kind === "remote" ? null : request.sent_to;
  const sending = elsewhere === null ? null : `code sent to ${elsewhere}`;
  return [...answeredBy, sending].filter((part) => part !== null).join(", ");
}

/** How a request ended, which filters repaired the completion, and why other answers were not used. */
export function describeEnd({ finish, is_partial, applied, rejections }: RequestRecord): string {
  return [
    FINISH_NAMES[finish],
    ...(is_partial ? ["partial"] : []),
    ...(applied.length > 0 ? [`repaired by ${applied.join(" and ")}`] : []),
    ...rejections.map((reason) => `not used: ${reason}`),
  ].join(", ");
}

/** One request in a line: time of day, kind, source and duration. */
export function describeRequest(request: RequestRecord): string {
  return [
    formatTime(request.at_ms),
    request.language,
    request.mode,
    modelOf(request.source) ?? SOURCE_NAMES[request.source.kind].toLowerCase(),
    ...(request.sent_to === null ? [] : [`sent to ${request.sent_to}`]),
    formatCount(request.n_tokens, "token"),
    FINISH_NAMES[request.finish],
    formatMs(request.total_ms),
  ].join(" · ");
}

/** The same with every stage, for screen readers. */
export function speakRequest(request: RequestRecord): string {
  const stages = STAGES.map(({ stage, name }) => `${name} ${formatMs(request.stages[stage])}`);
  return `${describeRequest(request)}; ${stages.join(", ")}`;
}
