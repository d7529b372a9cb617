/** The settings as the window shows them: groups of fields; their words are messages. */
import type { ClipboardBehaviour } from "../bindings/ClipboardBehaviour";
import type { Device } from "../bindings/Device";
import type { LanguageChoice } from "../bindings/LanguageChoice";
import type { LogLevel } from "../bindings/LogLevel";
import type { Mode } from "../bindings/Mode";
import type { Notices } from "../bindings/Notices";
import type { PasteRule } from "../bindings/PasteRule";
import type { Settings } from "../bindings/Settings";
import type { SnippetSource } from "../bindings/SnippetSource";
import type { MessageName } from "../language/language.svelte";
import type { PathOf, SettingPath } from "./paths";

type ChoiceValue = ClipboardBehaviour | Device | LanguageChoice | LogLevel | Mode | Notices | SnippetSource;

/** The paths of the settings whose label and help are among the messages. */
type Named = {
  [Name in MessageName]: Name extends `setting.${infer Path}.label` ? Path : never;
}[MessageName];

/** The settings of a type that the window shows. */
type Shown<T> = PathOf<T> & Named;

/** What an empty box means, in the app's value and in a word. */
export interface Blank {
  value: 0 | null | "never";
  word: "automatic" | "never";
}

export type Field =
  | { kind: "hotkey"; name: `hotkeys.${keyof Settings["hotkeys"]}`; canBeOff: boolean }
  | { kind: "switch"; name: Shown<boolean> }
  /** A text; an empty box is `null`. */
  | { kind: "text"; name: "clipboard.cursor_marker" | "server.token" }
  | { kind: "folders"; name: "projects.folders" }
  | { kind: "paste rules"; name: Shown<PasteRule[]> }
  | { kind: "number"; name: Shown<number | null | "never">; unit?: "ms" | "min" | "MB"; blank?: Blank }
  | { kind: "choice"; name: Shown<ChoiceValue>; choices: ChoiceValue[] };

/** A group's title is the message `settings.group.<id>`, a field's words are `setting.<name>.label` and `.help`. */
export interface Group {
  id: "hotkeys" | "completion" | "projects" | "editors" | "limits" | "privacy" | "system";
  fields: Field[];
}

export const GROUPS: readonly Group[] = [
  {
    id: "hotkeys",
    fields: [
      {
        kind: "hotkey",
        name: "hotkeys.complete_line",
        canBeOff: false,
      },
      {
        kind: "hotkey",
        name: "hotkeys.complete_block",
        canBeOff: true,
      },
    ],
  },
  {
    id: "completion",
    fields: [
      {
        kind: "choice",
        name: "desktop.mode",
        choices: ["line", "block", "free"],
      },
      {
        kind: "choice",
        name: "clipboard.source",
        choices: ["clipboard", "selection", "newer"],
      },
      {
        kind: "text",
        name: "clipboard.cursor_marker",
      },
      {
        kind: "choice",
        name: "clipboard.behaviour",
        choices: ["append", "replace", "paste"],
      },
      {
        kind: "paste rules",
        name: "clipboard.paste_keys",
      },
      {
        kind: "switch",
        name: "clipboard.encode_on_copy",
      },
      {
        kind: "switch",
        name: "improvement.enabled",
      },
    ],
  },
  {
    id: "projects",
    fields: [
      {
        kind: "folders",
        name: "projects.folders",
      },
      {
        kind: "switch",
        name: "projects.send_to_remote",
      },
    ],
  },
  {
    id: "editors",
    fields: [
      {
        kind: "switch",
        name: "server.enabled",
      },
      {
        kind: "number",
        name: "server.port",
      },
      {
        kind: "text",
        name: "server.token",
      },
    ],
  },
  {
    id: "limits",
    fields: [
      {
        kind: "number",
        name: "deadlines.target_ms",
        unit: "ms",
      },
      {
        kind: "number",
        name: "deadlines.maximum_ms",
        unit: "ms",
      },
      {
        kind: "number",
        name: "improvement.maximum_ms",
        unit: "ms",
      },
      {
        kind: "number",
        name: "improvement.unseen_ms",
        unit: "ms",
      },
      {
        kind: "number",
        name: "memory.budget_mb",
        unit: "MB",
        blank: { value: null, word: "automatic" },
      },
      {
        kind: "number",
        name: "memory.idle_unload_minutes",
        unit: "min",
        blank: { value: "never", word: "never" },
      },
      {
        kind: "number",
        name: "models.threads",
        blank: { value: 0, word: "automatic" },
      },
      {
        kind: "choice",
        name: "models.device",
        choices: ["cpu", "cuda"],
      },
    ],
  },
  {
    id: "privacy",
    fields: [
      {
        kind: "switch",
        name: "cache.keep_on_disk",
      },
      {
        kind: "choice",
        name: "desktop.notices",
        choices: ["all", "failures", "none"],
      },
    ],
  },
  {
    id: "system",
    fields: [
      {
        kind: "choice",
        name: "desktop.language",
        choices: ["auto", "en", "de", "fr", "es"],
      },
      {
        kind: "switch",
        name: "models.offer_larger",
      },
      {
        kind: "switch",
        name: "desktop.start_at_login",
      },
      {
        kind: "choice",
        name: "log.level",
        choices: ["error", "warn", "info", "debug", "trace"],
      },
    ],
  },
];

/** The field of a setting that the window shows. */
export function fieldNamed(name: SettingPath): Field {
  const field = GROUPS.flatMap(({ fields }) => fields).find((field) => field.name === name);
  if (!field) throw new Error(`${name} is no field of the settings window`);
  return field;
}

/** The hotkeys in the order in which the app lists their state. */
export const HOTKEYS: readonly SettingPath[] = GROUPS.flatMap(({ fields }) => fields)
  .filter(({ kind }) => kind === "hotkey")
  .map(({ name }) => name);
