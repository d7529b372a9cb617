/** The app's words for states that several screens show. */
import type { AppState } from "./bindings/AppState";
import type { BreakerState } from "./bindings/BreakerState";
import type { ModelInfo } from "./bindings/ModelInfo";
import type { ThreadTime } from "./bindings/ThreadTime";
import { formatMs, formatSpan } from "./format";

export type Tone = "good" | "warn" | "bad" | "neutral" | "busy";

export interface Word {
  tone: Tone;
  text: string;
}

export const APP_STATES: Record<AppState, Word> = {
  loading: { tone: "busy", text: "Loading" },
  ready: { tone: "good", text: "Ready" },
  working: { tone: "busy", text: "Working" },
  degraded: { tone: "warn", text: "Needs attention" },
  paused: { tone: "neutral", text: "Paused" },
};

export const MODEL_STATES: Record<ModelInfo["state"], Word> = {
  absent: { tone: "neutral", text: "Not loaded" },
  queued: { tone: "busy", text: "Waiting to load" },
  loading: { tone: "busy", text: "Loading" },
  warm: { tone: "good", text: "Ready" },
  failed: { tone: "bad", text: "Failed" },
};

/** Describes the state of a model's circuit breaker. */
export function breakerWord(breaker: BreakerState): Word {
  if (breaker.state === "closed") return { tone: "good", text: "Breaker closed" };
  if (breaker.state === "half_open") return { tone: "warn", text: "Breaker tries one request" };
  return { tone: "bad", text: `Breaker open, next try in ${formatSpan(breaker.retry_ms)}` };
}

/** Describes the fastest number of threads and the measurements; empty before the model was measured. */
export function threadsInWords(times: ThreadTime[]): string {
  const chosen = times.find((time) => time.is_chosen);
  if (!chosen) return "";
  const measured = times.map(({ n_threads, total_ms }) => `${formatMs(total_ms)} with ${n_threads}`);
  return `${chosen.n_threads} if left to Pounce: ${measured.join(", ")}`;
}
