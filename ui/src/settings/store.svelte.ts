/**
 * The settings: every change is sent at once. What the app refuses stays beside its field until that field is right;
 * what it takes is confirmed there for a moment.
 */
import { Attempts } from "../attempts.svelte";
import type { Folder } from "../bindings/Folder";
import type { Settings } from "../bindings/Settings";
import type { SettingsState } from "../bindings/SettingsState";
import type { SettingsUpdate } from "../bindings/SettingsUpdate";
import type { Status } from "../bindings/Status";
import * as ipc from "../ipc";
import { follow } from "../live";

export type FieldName = keyof Settings;

interface Refusal {
  message: string;
  /** The field whose change was refused: when it is saved after all, this is settled. */
  cause: FieldName;
}

/** How long "saved" stays beside a field. */
export const CONFIRMATION_MS = 2500;

export class SettingsStore {
  state = $state<SettingsState | null>(null);
  status = $state<Status | null>(null);
  /** What is wrong, by field. */
  errors = $state<Partial<Record<FieldName, Refusal>>>({});
  /** The field that was saved a moment ago. */
  saved = $state<FieldName | null>(null);
  isLoaded = $state(false);

  readonly attempts = new Attempts();
  #confirmation: ReturnType<typeof setTimeout> | undefined;

  /** Listens and loads; returns how to stop. */
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
  async save<F extends FieldName>(field: F, value: Settings[F]): Promise<void> {
    const update = { [field]: value } as Partial<SettingsUpdate>;
    try {
      this.state = await ipc.setSettings(update);
      this.forget(field);
      this.attempts.dismiss();
      this.#confirm(field);
    } catch (error) {
      this.#refuse(field, error);
    }
  }

  /** Notes what is wrong with a field. */
  reject(field: FieldName, message: string, cause: FieldName = field): void {
    this.errors = { ...this.errors, [field]: { message, cause } };
    this.saved = null;
  }

  /** Drops what the last change of a field led to. */
  forget(changed: FieldName): void {
    const others = Object.entries(this.errors).filter(([, { cause }]) => cause !== changed);
    this.errors = Object.fromEntries(others);
  }

  async openFolder(folder: Folder): Promise<void> {
    await this.attempts.act(() => ipc.openFolder(folder));
  }

  /** Lets a pressed hotkey arrive in the window while one is recorded. A failure only means that it completes too. */
  async suspendHotkeys(isSuspended: boolean): Promise<void> {
    await this.attempts.act(() => ipc.suspendHotkeys(isSuspended));
  }

  /** The app may name other fields than the one that was changed: a target above the maximum, say. */
  #refuse(changed: FieldName, error: unknown): void {
    const { fields, message } = ipc.toCommandError(error);
    this.forget(changed);
    this.reject(changed, message);
    for (const { field, message } of fields) this.reject(field as FieldName, message, changed);
  }

  #confirm(field: FieldName): void {
    this.saved = field;
    clearTimeout(this.#confirmation);
    this.#confirmation = setTimeout(() => (this.saved = null), CONFIRMATION_MS);
  }
}
