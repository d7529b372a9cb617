/**
 * The dashboard's data: what the app knows about its last requests, its models and itself, kept live by events.
 * Everything that depends on the filter is derived.
 */
import { union } from "d3-array";

import { Attempts } from "../attempts.svelte";
import type { Calibration } from "../bindings/Calibration";
import type { Counters } from "../bindings/Counters";
import type { Mode } from "../bindings/Mode";
import type { Models } from "../bindings/Models";
import type { RequestRecord } from "../bindings/RequestRecord";
import type { Status } from "../bindings/Status";
import type { Verb } from "../bindings/Verb";
import type { Window as WindowName } from "../bindings/Window";
import * as ipc from "../ipc";
import { coalesce, follow } from "../live";
import { learnNames } from "./model_names.svelte";
import { modelOf } from "./source";
import { applyFilter, type Filter } from "./filter";
import { summarize } from "./statistics";
import { t } from "../language/language.svelte";

/** The number of requests that the app itself remembers. */
const REQUESTS_KEPT = 1000;
/** How often the time filter drops requests that have become too old, in milliseconds. */
const CLOCK_MS = 15_000;

export class DashboardStore {
  status = $state<Status | null>(null);
  models = $state<Models | null>(null);
  counters = $state<Counters | null>(null);
  calibration = $state<Calibration | null>(null);
  requests = $state.raw<RequestRecord[]>([]);
  filter = $state<Filter>({ model: null, span: "all" });
  isLoaded = $state(false);
  isCalibrating = $state(false);
  /** The outcome of the last export or other action, in a line. */
  notice = $state<string | null>(null);

  readonly attempts = new Attempts();
  #nowMs = $state(Date.now());

  readonly filtered = $derived(applyFilter(this.requests, this.filter, this.#nowMs));
  readonly summary = $derived(summarize(this.filtered));
  readonly limits = $derived({
    targetMs: this.status?.target_ms ?? 100,
    maximumMs: this.status?.maximum_ms ?? 200,
  });
  /** Every model to filter by: the installed ones, and those that have answered and were removed since. */
  readonly modelIds = $derived([
    ...union(
      this.models?.models.map(({ id }) => id) ?? [],
      this.requests.flatMap(({ source }) => modelOf(source) ?? []),
    ),
  ]);

  readonly #refreshModels = coalesce(async () => {
    await this.attempts.load(async () => {
      [this.models, this.counters] = await Promise.all([ipc.queryModels(), ipc.queryCounters()]);
      learnNames(this.models);
    });
  });

  readonly #reload = coalesce(() => this.load());

  /** Subscribes to events and loads; returns a function that ends the subscriptions. */
  start(): () => void {
    const stopListening = follow(
      this.attempts,
      [
        ipc.onCompletion((request) => {
          this.#append(request);
          void this.#refreshModels();
        }),
        ipc.onModelState(() => void this.#refreshModels()),
        ipc.onModelsChanged(() => void this.#reload()),
        ipc.onSettingsChanged(() => void this.#reload()),
        ipc.onStatusChanged((status) => (this.status = status)),
        ipc.onCalibrated((calibration) => (this.calibration = calibration)),
      ],
      () => this.load(),
    );
    const clock = setInterval(() => {
      this.#nowMs = Date.now();
      // Files are looked at minutes after a request.
      void this.#refreshModels();
    }, CLOCK_MS);
    return () => {
      clearInterval(clock);
      stopListening();
    };
  }

  async load(): Promise<void> {
    this.isLoaded = await this.attempts.load(async () => {
      const [status, models, counters, calibration, requests] = await Promise.all([
        ipc.queryStatus(),
        ipc.queryModels(),
        ipc.queryCounters(),
        ipc.queryCalibration(),
        ipc.queryRecent(),
      ]);
      learnNames(models);
      Object.assign(this, { status, models, counters, calibration });
      this.#merge(requests);
    });
  }

  async clear(): Promise<void> {
    await this.attempts.act(async () => {
      await ipc.clearMetrics();
      this.requests = [];
      void this.#refreshModels();
      this.notice = t("dashboard.cleared");
    });
  }

  async resetBreaker(id: string): Promise<void> {
    await this.attempts.act(async () => {
      this.models = await ipc.resetBreaker(id);
    });
  }

  async calibrate(): Promise<void> {
    this.isCalibrating = true;
    await this.attempts.act(async () => {
      this.calibration = await ipc.calibrate();
    });
    this.isCalibrating = false;
  }

  ask = (verb: Verb) => this.attempts.act(() => ipc.doVerb(verb));
  show = (window: WindowName) => this.attempts.act(() => ipc.showWindow(window));
  quit = () => this.attempts.act(() => ipc.quit());

  async setMode(mode: Mode): Promise<void> {
    await this.attempts.act(async () => {
      await ipc.setSettings({ "desktop.mode": mode });
    });
  }

  async pin(id: string | null): Promise<void> {
    await this.attempts.act(async () => {
      this.models = await ipc.pinModel(id);
    });
  }

  /** Writes a file into the downloads folder. `content` is called here, so that its failure is shown too. */
  async save(kind: "csv" | "png", content: () => string | Promise<string>): Promise<void> {
    await this.attempts.act(async () => {
      const path = await ipc.saveExport({ kind, content: await content() });
      this.notice = t("dashboard.saved_path", { path });
    });
  }

  #append(request: RequestRecord): void {
    this.#nowMs = Date.now();
    this.#merge([request]);
  }

  /** Adds requests that are not known yet: an event may arrive before the list with the same request. */
  #merge(requests: RequestRecord[]): void {
    const known = this.requests.filter(({ id }) => !requests.some((request) => request.id === id));
    this.requests = [...known, ...requests].sort((a, b) => a.id - b.id).slice(-REQUESTS_KEPT);
  }
}
