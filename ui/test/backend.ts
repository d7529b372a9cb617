/**
 * A fake of the app behind the bridge: it answers every command from values that a test sets, records the calls, and
 * refuses the commands that the test names. Used by the component tests and, bundled, by the browser tests.
 */
import { emit } from "@tauri-apps/api/event";
import { mockIPC, mockWindows } from "@tauri-apps/api/mocks";

import type { Calibration } from "../src/bindings/Calibration";
import type { CatalogueEntry } from "../src/bindings/CatalogueEntry";
import type { CommandError } from "../src/bindings/CommandError";
import type { CompletionInfo } from "../src/bindings/CompletionInfo";
import type { Counters } from "../src/bindings/Counters";
import type { InstallInfo } from "../src/bindings/InstallInfo";
import type { ModelInfo } from "../src/bindings/ModelInfo";
import type { Models } from "../src/bindings/Models";
import type { RemoteEngine } from "../src/bindings/RemoteEngine";
import type { RemoteEngineForm } from "../src/bindings/RemoteEngineForm";
import type { RemoteState } from "../src/bindings/RemoteState";
import type { RequestRecord } from "../src/bindings/RequestRecord";
import type { SettingsState } from "../src/bindings/SettingsState";
import type { Status } from "../src/bindings/Status";
import { serverOf } from "../src/remote/server";
import type { SettingsUpdate } from "../src/settings/paths";
import {
  sampleCalibration,
  sampleCatalogue,
  sampleInstall,
  sampleKept,
  sampleModels,
  sampleRemote,
  sampleSettings,
  sampleStatus,
  setValues,
} from "./sample";

type Arguments = Record<string, unknown>;

/** The state of the fake app, for a test to set before and inspect after. */
export interface World {
  status: Status;
  settings: SettingsState;
  models: Models;
  catalogue: CatalogueEntry[];
  installs: InstallInfo[];
  remote: RemoteState;
  requests: RequestRecord[];
  history: CompletionInfo[];
  counters: Counters;
  calibration: Calibration;
  /** What the user chooses in the desktop's dialog; `null` is nothing. */
  chosen: string | null;
  /** The refusal of each refused command. A string is an error of Tauri itself. */
  refusals: Record<string, CommandError | string | ((args: Arguments) => CommandError)>;
  /** Commands that answer only after their promise. */
  held: Record<string, Promise<void>>;
  /** Commands that never answer. */
  stuck: string[];
}

export interface Backend {
  world: World;
  calls: { command: string; args: Arguments }[];
  emit: (event: string, payload: unknown) => Promise<void>;
}

export function sampleWorld(change: Partial<World> = {}): World {
  return {
    status: sampleStatus(),
    settings: sampleSettings(),
    models: sampleModels(),
    catalogue: sampleCatalogue(),
    installs: [],
    remote: sampleRemote(),
    requests: [],
    history: [],
    counters: {
      cache_hits: 12,
      cache_misses: 88,
      improved: 7,
      breaker_trips: 1,
      evictions: 2,
      stuck_runs: 0,
      kept: sampleKept(),
    },
    calibration: sampleCalibration(),
    chosen: null,
    refusals: {},
    held: {},
    stuck: [],
    ...change,
  };
}

/** Puts the fake app behind the bridge of this page. */
export function installBackend(change: Partial<World> = {}): Backend {
  const world = sampleWorld(change);
  const calls: Backend["calls"] = [];
  mockWindows("settings");
  mockIPC(
    (command, payload) => {
      const args = (payload ?? {}) as Arguments;
      calls.push({ command, args });
      return answer(world, command, args);
    },
    { shouldMockEvents: true },
  );
  return { world, calls, emit };
}

/** A refusal in the app's format. */
export function refusal(message: string, fields: CommandError["fields"] = []): CommandError {
  return { code: fields.length > 0 ? "invalid_settings" : "failed", message, fields };
}

function answer(world: World, command: string, args: Arguments): Promise<unknown> {
  if (world.stuck.includes(command)) return new Promise(() => undefined);
  const refused = world.refusals[command];
  // Tauri rejects with the error value of the command, which is not an `Error`.
  if (refused !== undefined) return Promise.reject(typeof refused === "function" ? refused(args) : refused);
  const act = ACTIONS[command];
  if (!act) return Promise.reject(`Command ${command} not found`);
  // The bridge copies values: the page must not share objects with the app.
  const answered = JSON.parse(JSON.stringify(act(world, args) ?? null)) as unknown;
  return (world.held[command] ?? Promise.resolve()).then(() => answered);
}

const ACTIONS: Record<string, (world: World, args: Arguments) => unknown> = {
  query_status: (world) => world.status,
  query_models: (world) => world.models,
  query_settings: (world) => world.settings,
  query_recent: (world) => world.requests,
  query_counters: (world) => world.counters,
  query_catalogue: (world) => world.catalogue,
  query_installs: (world) => world.installs,
  query_remote: (world) => world.remote,
  query_calibration: (world) => world.calibration,
  set_settings: (world, { update }) => {
    setValues(world.settings.settings, update as SettingsUpdate);
    return world.settings;
  },
  do_pin_model: (world, { id }) => {
    world.models.pinned = id as string | null;
    return changeModels(world, (model) => (model.is_pinned = model.id === id));
  },
  do_load_model: (world, { id }) =>
    changeModel(world, id, (model) => Object.assign(model, { state: "warm" })),
  do_unload_model: (world, { id }) =>
    changeModel(world, id, (model) => Object.assign(model, { state: "absent" })),
  do_remove_model: (world, { id }) => {
    world.models.models = world.models.models.filter((model) => model.id !== id);
    return world.models;
  },
  do_verify_model: () => 48_234_496,
  do_install_model: (_world, { source }) =>
    sampleInstall({ id: String(source), name: String(source), step: "checking", done_bytes: 0 }),
  do_choose_path: (world) => world.chosen,
  do_cancel_install: () => null,
  set_remote: (world, { update }) => Object.assign(world.remote, update),
  do_save_engine: (world, { old, engine, key }) => saveEngine(world, old, engine as RemoteEngineForm, key),
  do_remove_engine: (world, { id }) => {
    world.remote.engines = world.remote.engines.filter((engine) => engine.id !== id);
    return world.remote;
  },
  do_remove_engine_key: (world, { id }) => {
    for (const engine of world.remote.engines) if (engine.id === id) engine.has_key = false;
    return world.remote;
  },
  do_check_engine: () => 184.2,
  do_reset_breaker: (world, { id }) =>
    changeModel(world, id, (model) => (model.breaker = { state: "closed" })),
  do_calibrate: (world) => world.calibration,
  do_clear_metrics: (world) => {
    world.requests = [];
  },
  do_save_export: (_world, { file }) =>
    `/home/ada/Downloads/pounce-requests.${(file as { kind: string }).kind}`,
  query_history: (world) => world.history,
  do_verb: (world, { verb }) => {
    if (typeof verb === "object" && verb !== null && "set_paused" in verb)
      world.status.state = verb.set_paused === true ? "paused" : "ready";
    if (verb === "forget") world.history = [];
    return emit("status_changed", world.status);
  },
  do_quit: () => null,
  do_suspend_hotkeys: () => null,
  do_open_folder: () => null,
  do_show_window: () => null,
  "plugin:window|close": () => null,
};

function saveEngine(world: World, old: unknown, form: RemoteEngineForm, key: unknown): RemoteState {
  const known = world.remote.engines.find((engine) => engine.id === old);
  const saved: RemoteEngine = {
    ...form,
    host: new URL(form.url).hostname,
    leaves_machine: !form.url.includes("127.0.0.1"),
    // A key stays with its server, even if the engine is renamed.
    has_key: key !== null || (known?.has_key === true && serverOf(known.url) === serverOf(form.url)),
  };
  // Code was allowed to go to the other hosts, so a new one turns the engines off.
  const isKnown = world.remote.engines.some((engine) => serverOf(engine.url) === serverOf(form.url));
  world.remote.is_enabled &&= isKnown || !saved.leaves_machine;
  if (known) Object.assign(known, saved);
  else world.remote.engines.push(saved);
  return world.remote;
}

function changeModel(world: World, id: unknown, change: (model: ModelInfo) => void): Models {
  return changeModels(world, (model) => {
    if (model.id === id) change(model);
  });
}

function changeModels(world: World, change: (model: ModelInfo) => void): Models {
  world.models.models.forEach(change);
  return world.models;
}
