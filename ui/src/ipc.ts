/**
 * The bridge: the only file that talks to Tauri. Each command and each event of the app is one typed line here;
 * what a command means is documented at its types in `bindings/`, which are generated from the Rust side.
 */
import { invoke } from "@tauri-apps/api/core";
import { listen, type UnlistenFn } from "@tauri-apps/api/event";
import { type DragDropEvent, getCurrentWebview } from "@tauri-apps/api/webview";
import { getCurrentWindow } from "@tauri-apps/api/window";

import type { Calibration } from "./bindings/Calibration";
import type { CatalogueEntry } from "./bindings/CatalogueEntry";
import type { Chosen } from "./bindings/Chosen";
import type { CompletionInfo } from "./bindings/CompletionInfo";
import type { CommandError } from "./bindings/CommandError";
import type { Counters } from "./bindings/Counters";
import type { ExportFile } from "./bindings/ExportFile";
import type { Folder } from "./bindings/Folder";
import type { InstallEnded } from "./bindings/InstallEnded";
import type { InstallInfo } from "./bindings/InstallInfo";
import type { Models } from "./bindings/Models";
import type { ModelStateChange } from "./bindings/ModelStateChange";
import type { RemoteEngineForm } from "./bindings/RemoteEngineForm";
import type { RemoteState } from "./bindings/RemoteState";
import type { RemoteUpdate } from "./bindings/RemoteUpdate";
import type { RequestRecord } from "./bindings/RequestRecord";
import type { SettingsState } from "./bindings/SettingsState";
import type { Status } from "./bindings/Status";
import type { Verb } from "./bindings/Verb";
import type { Window as WindowName } from "./bindings/Window";
import type { SettingsUpdate } from "./settings/paths";

export const queryStatus = () => call<Status>("query_status");
export const queryModels = () => call<Models>("query_models");
export const querySettings = () => call<SettingsState>("query_settings");
/** The last requests, oldest first. */
export const queryRecent = () => call<RequestRecord[]>("query_recent");
export const queryCounters = () => call<Counters>("query_counters");
/** The models that can be installed, including those that are installed. */
export const queryCatalogue = () => call<CatalogueEntry[]>("query_catalogue");
/** The models that are being installed. */
export const queryInstalls = () => call<InstallInfo[]>("query_installs");
export const queryRemote = () => call<RemoteState>("query_remote");
export const queryCalibration = () => call<Calibration>("query_calibration");

/** Changes the given settings and no others. */
export const setSettings = (update: SettingsUpdate) => call<SettingsState>("set_settings", { update });

/** Pins a model; `null` lets the router choose again. */
export const pinModel = (id: string | null) => call<Models>("do_pin_model", { id });
export const loadModel = (id: string) => call<Models>("do_load_model", { id });
export const unloadModel = (id: string) => call<Models>("do_unload_model", { id });
export const removeModel = (id: string) => call<Models>("do_remove_model", { id });
/** Verifies the checksum of every file of a model; resolves to the number of bytes. */
export const verifyModel = (id: string) => call<number>("do_verify_model", { id });
/**
 * Starts an install: `source` is a catalogue id, `user/repository`, a folder or a `.gguf` file. A converted model is
 * refused as `untrusted` unless `isTrusted` is set.
 */
export const installModel = (source: string, isTrusted = false) =>
  call<InstallInfo>("do_install_model", isTrusted ? { source, isTrusted } : { source });
/** Opens the desktop's dialog; resolves to the chosen path, or to `null` if none was chosen. */
export const choosePath = (place: Chosen) => call<string | null>("do_choose_path", { place });
export const cancelInstall = (id: string) => call("do_cancel_install", { id });
export const resetBreaker = (id: string) => call<Models>("do_reset_breaker", { id });
/** Measures every installed model; takes seconds and resolves at the end. */
export const calibrate = () => call<Calibration>("do_calibrate");
export const clearMetrics = () => call("do_clear_metrics");
/** Resolves to the path of the file that was written. */
export const saveExport = (file: ExportFile) => call<string>("do_save_export", { file });
/** Opens a folder of the app in the desktop's file manager. */
export const openFolder = (folder: Folder) => call("do_open_folder", { folder });
/** Opens a window, or brings it to the front. */
export const showWindow = (window: WindowName) => call("do_show_window", { window });
/** Closes this window; the app goes on. */
export const closeWindow = () => getCurrentWindow().close();
/** The last completions, newest first. */
export const queryHistory = () => call<CompletionInfo[]>("query_history");
/** Does what a line of the tray menu does; what comes of it is told by events. */
export const doVerb = (verb: Verb) => call("do_verb", { verb });
/** Ends the app. */
export const quit = () => call("do_quit");
/** While suspended, the hotkeys' keys arrive in the window instead of completing the clipboard. */
export const suspendHotkeys = (isSuspended: boolean) => call("do_suspend_hotkeys", { isSuspended });

export const setRemote = (update: RemoteUpdate) => call<RemoteState>("set_remote", { update });
/** Saves an engine. `old` is its previous name, `null` for a new one. With a `key` of `null` the server's key stays. */
export const saveEngine = (old: string | null, engine: RemoteEngineForm, key: string | null) =>
  call<RemoteState>("do_save_engine", { old, engine, key });
/** Forgets an engine and its key. */
export const removeEngine = (id: string) => call<RemoteState>("do_remove_engine", { id });
export const removeEngineKey = (id: string) => call<RemoteState>("do_remove_engine_key", { id });
/** Asks an engine for one tiny completion; resolves to the milliseconds it took. */
export const checkEngine = (id: string) => call<number>("do_check_engine", { id });

export const onCompletion = (handle: (record: RequestRecord) => void) => on("completion", handle);
export const onModelState = (handle: (change: ModelStateChange) => void) => on("model_state", handle);
export const onInstallProgress = (handle: (install: InstallInfo) => void) => on("install_progress", handle);
export const onInstallEnded = (handle: (end: InstallEnded) => void) => on("install_ended", handle);
export const onCalibrated = (handle: (calibration: Calibration) => void) => on("calibrated", handle);
/** Models were installed or removed, in the app or by the command line. */
export const onModelsChanged = (handle: () => void) => on("models_changed", handle);
export const onSettingsChanged = (handle: (state: SettingsState) => void) => on("settings_changed", handle);
export const onStatusChanged = (handle: (status: Status) => void) => on("status_changed", handle);

/** Reports files that are dragged over this window or dropped onto it. */
export function onDragDrop(handle: (event: DragDropEvent) => void): Promise<UnlistenFn> {
  return getCurrentWebview().onDragDropEvent(({ payload }) => {
    handle(payload);
  });
}

/** Calls a command. Every failure rejects with a `CommandError`. */
async function call<T = void>(command: string, args?: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (error) {
    throw toCommandError(error);
  }
}

/** Turns what Tauri rejects with into a `CommandError`: a missing command or permission is a plain string. */
export function toCommandError(error: unknown): CommandError {
  if (typeof error === "object" && error !== null && "code" in error && "fields" in error) {
    return error as CommandError;
  }
  return { code: "failed", message: error instanceof Error ? error.message : String(error), fields: [] };
}

function on<T>(event: string, handle: (payload: T) => void): Promise<UnlistenFn> {
  return listen<T>(event, ({ payload }) => {
    handle(payload);
  });
}
