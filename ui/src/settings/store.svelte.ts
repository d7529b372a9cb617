/**
 * The settings: every change is sent at once. A refusal stays beside its field until that field is right; a saved
 * change is confirmed there for a moment.
 */
import { Attempts } from "../attempts.svelte";
import type { Folder } from "../bindings/Folder";
import type { SettingsState } from "../bindings/SettingsState";
import type { Status } from "../bindings/Status";
import * as ipc from "../ipc";
import { follow } from "../live";
import type { SettingPath, SettingsUpdate, SettingValue } from "./paths";

interface Refusal {
  message: string;
  /** The field whose change was refused: the error goes when that field is saved. */
  cause: SettingPath;
}

/** How long "saved" stays beside a field. */
export const CONFIRMATION_MS = 2500;

export class SettingsStore {
  state = $state<SettingsState | null>(null);
  status = $state<Status | null>(null);
  /** What is wrong, by field. */
  errors = $state<Partial<Record<SettingPath, Refusal>>>({});
  /** The field that was saved a moment ago. */
  saved = $state<SettingPath | null>(null);
  isLoaded = $state(false);

  readonly attempts = new Attempts();
  #confirmation: ReturnType<typeof setTimeout> | undefined;

  /** Subscribes to events and loads; returns a function that ends the subscriptions. */
  start(): () => void {
    const stopListening = follow(
      this.attempts,
      [
        ipc.onSettingsChanged((state) => (this.state = state)),
        ipc.onStatusChanged((status) => (this.status = status)),
      ],
      () => this.load(),
    );
    return () => {
      clearTimeout(this.#confirmation);
      stopListening();
    };
  }

  async load(): Promise<void> {
    this.isLoaded = await this.attempts.load(async () => {
      [this.state, this.status] = await Promise.all([ipc.querySettings(), ipc.queryStatus()]);
    });
  }

  /** Saves one field; refused, the field keeps its error and the app its old value. */
  async save<F extends SettingPath>(field: F, value: SettingValue<F>): Promise<void> {
    try {
      this.state = await ipc.setSettings({ [field]: value } as SettingsUpdate);
      this.forget(field);
      this.attempts.dismiss();
      this.#confirm(field);
    } catch (error) {
      this.#refuse(field, error);
    }
  }

  /** Records what is wrong with a field. */
  reject(field: SettingPath, message: string, cause: SettingPath = field): void {
    this.errors = { ...this.errors, [field]: { message, cause } };
    this.saved = null;
  }

  /** Drops the errors that the last change of a field caused. */
  forget(changed: SettingPath): void {
    const others = Object.entries(this.errors).filter(([, { cause }]) => cause !== changed);
    this.errors = Object.fromEntries(others);
  }

  /** Opens the desktop's dialog for a folder with code; resolves to `null` if none was chosen. */
  async chooseProject(): Promise<string | null> {
    let path: string | null = null;
    await this.attempts.act(async () => {
      path = await ipc.choosePath("project");
    });
    return path;
  }

  async openFolder(folder: Folder): Promise<void> {
    await this.attempts.act(() => ipc.openFolder(folder));
  }

  /** Shows the first steps again. */
  async showWelcome(): Promise<void> {
    await this.attempts.act(() => ipc.showWindow("welcome"));
  }

  /** Has the app ignore its hotkeys while one is recorded. If that fails, a recorded hotkey completes as well. */
  async suspendHotkeys(isSuspended: boolean): Promise<void> {
    await this.attempts.act(() => ipc.suspendHotkeys(isSuspended));
  }

  /** The app may name other fields than the one that was changed, such as a target above the maximum. */
  #refuse(changed: SettingPath, error: unknown): void {
    const { fields, message } = ipc.toCommandError(error);
    this.forget(changed);
    this.reject(changed, message);
    for (const { field, message } of fields) this.reject(field as SettingPath, message, changed);
  }

  #confirm(field: SettingPath): void {
    this.saved = field;
    clearTimeout(this.#confirmation);
    this.#confirmation = setTimeout(() => (this.saved = null), CONFIRMATION_MS);
  }
}
