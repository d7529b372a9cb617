/** The dashboard's words for identifiers of the wire. */
import type { RequestRecord } from "../bindings/RequestRecord";
import { formatList, formatMs, formatTime } from "../format";
import { t } from "../language/language.svelte";
import { nameOf } from "./model_names.svelte";
import { modelOf } from "./source";
import { STAGES } from "./stages";

/** The protocols of programs that ask the server. */
const PROTOCOLS = { llama_cpp: "llama.cpp", open_ai: "OpenAI", ollama: "Ollama" };

function modelNameOf({ source }: RequestRecord): string | null {
  const id = modelOf(source);
  return id === null ? null : nameOf(id);
}

/** The source that answered, the protocol of a program that asked, the file that was read and the remote engine that was sent the code, if any. */
export function describeSource(request: RequestRecord): string {
  const answeredBy = [t(`source.${request.source.kind}`), modelNameOf(request)];
  const elsewhere = request.source.kind === "remote" ? null : request.sent_to;
  const sending = elsewhere === null ? null : t("source.sent_to", { host: elsewhere });
  const from =
    request.origin === "desktop" ? null : t("source.asked_over", { protocol: PROTOCOLS[request.origin] });
  const file = request.file === null ? null : t("source.with", { file: request.file });
  return [...answeredBy, from, file, sending].filter((part) => part !== null).join(", ");
}

/** How a request ended, which filters repaired the completion, and why other answers were not used. */
export function describeEnd({ finish, is_partial, applied, rejections }: RequestRecord): string {
  return [
    t(`finish.${finish}`),
    ...(is_partial ? [t("dashboard.requests.is_partial")] : []),
    ...(applied.length > 0 ? [t("dashboard.requests.repaired", { filters: formatList(applied) })] : []),
    ...rejections.map((reason) => t("dashboard.requests.not_used", { reason })),
  ].join(", ");
}

/** One request in a line: time of day, kind, source and duration. */
export function describeRequest(request: RequestRecord): string {
  return [
    formatTime(request.at_ms),
    request.language,
    t(`mode.${request.mode}`),
    modelNameOf(request) ?? t(`source.${request.source.kind}`),
    ...(request.sent_to === null ? [] : [t("dashboard.requests.sent_to", { host: request.sent_to })]),
    t("amount.tokens", { count: request.n_tokens }),
    t(`finish.${request.finish}`),
    formatMs(request.total_ms),
  ].join(" · ");
}

/** The same with every stage, for screen readers. */
export function speakRequest(request: RequestRecord): string {
  const stages = STAGES.map(({ stage }) => `${t(`stage.${stage}`)} ${formatMs(request.stages[stage])}`);
  return `${describeRequest(request)}; ${stages.join(", ")}`;
}
