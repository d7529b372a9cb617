/** The app's words for states that several screens show. */
import type { AppState } from "./bindings/AppState";
import type { BreakerState } from "./bindings/BreakerState";
import type { ModelInfo } from "./bindings/ModelInfo";
import type { ThreadTime } from "./bindings/ThreadTime";
import { formatMs, formatSpan } from "./format";
import { t } from "./language/language.svelte";

export type Tone = "good" | "warn" | "bad" | "neutral" | "busy";

export interface Word {
  tone: Tone;
  text: string;
}

const APP_TONES: Record<AppState, Tone> = {
  loading: "busy",
  ready: "good",
  working: "busy",
  degraded: "warn",
  paused: "neutral",
};

const MODEL_TONES: Record<ModelInfo["state"], Tone> = {
  absent: "neutral",
  queued: "busy",
  loading: "busy",
  warm: "good",
  failed: "bad",
};

export function appState(state: AppState): Word {
  return { tone: APP_TONES[state], text: t(`state.app.${state}`) };
}

export function modelState(state: ModelInfo["state"]): Word {
  return { tone: MODEL_TONES[state], text: t(`state.model.${state}`) };
}

/** Describes the state of a model's circuit breaker. */
export function breakerWord(breaker: BreakerState): Word {
  if (breaker.state === "closed") return { tone: "good", text: t("breaker.closed") };
  if (breaker.state === "half_open") return { tone: "warn", text: t("breaker.half_open") };
  return { tone: "bad", text: t("breaker.open", { time: formatSpan(breaker.retry_ms) }) };
}

/** Describes the fastest number of threads and the measurements; empty before the model was measured. */
export function threadsInWords(times: ThreadTime[]): string {
  const chosen = times.find((time) => time.is_chosen);
  if (!chosen) return "";
  const measured = times.map(({ n_threads, total_ms }) =>
    t("models.thread_time", { time: formatMs(total_ms), threads: n_threads }),
  );
  return t("models.threads", { chosen: chosen.n_threads, measured: measured.join(", ") });
}
