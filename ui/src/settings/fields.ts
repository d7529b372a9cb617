/** The settings as the window shows them: groups of fields with a name and a line of explanation each. */
import type { ClipboardBehaviour } from "../bindings/ClipboardBehaviour";
import type { Device } from "../bindings/Device";
import type { LogLevel } from "../bindings/LogLevel";
import type { Mode } from "../bindings/Mode";
import type { Notices } from "../bindings/Notices";
import type { PasteRule } from "../bindings/PasteRule";
import type { Settings } from "../bindings/Settings";
import type { SnippetSource } from "../bindings/SnippetSource";
import type { PathOf, SettingPath } from "./paths";

type ChoiceValue = ClipboardBehaviour | Device | LogLevel | Mode | Notices | SnippetSource;

interface Choice {
  value: ChoiceValue;
  label: string;
}

interface Explained {
  label: string;
  help: string;
}

/** What an empty box means, in the app's value and in a word. */
export interface Blank {
  value: 0 | null | "never";
  word: string;
}

export type Field =
  | (Explained & { kind: "hotkey"; name: `hotkeys.${keyof Settings["hotkeys"]}`; canBeOff: boolean })
  | (Explained & { kind: "switch"; name: PathOf<boolean> })
  /** A text; an empty box is `null`. */
  | (Explained & { kind: "text"; name: "clipboard.cursor_marker"; placeholder: string })
  | (Explained & { kind: "paste rules"; name: PathOf<PasteRule[]> })
  | (Explained & { kind: "number"; name: PathOf<number | null | "never">; unit: string; blank?: Blank })
  | (Explained & { kind: "choice"; name: PathOf<ChoiceValue>; choices: Choice[] });

export interface Group {
  id: string;
  title: string;
  fields: Field[];
}

export const GROUPS: readonly Group[] = [
  {
    id: "hotkeys",
    title: "Hotkeys",
    fields: [
      {
        kind: "hotkey",
        name: "hotkeys.complete_line",
        canBeOff: false,
        label: "Complete a line",
        help: "Completes the line that the code on the clipboard ends in. Pressing it again cancels while it works, and afterwards takes the next completion.",
      },
      {
        kind: "hotkey",
        name: "hotkeys.complete_block",
        canBeOff: true,
        label: "Complete a block",
        help: "Completes the block that the code stands in, such as the body of a function.",
      },
    ],
  },
  {
    id: "completion",
    title: "Completion",
    fields: [
      {
        kind: "choice",
        name: "desktop.mode",
        label: "Mode",
        help: "What is completed without a hotkey, by the command pounce trigger or the tray menu: the rest of the line, the block it stands in, or all that the model writes until it ends by itself.",
        choices: [
          { value: "line", label: "Line" },
          { value: "block", label: "Block" },
          { value: "free", label: "Unbounded" },
        ],
      },
      {
        kind: "choice",
        name: "clipboard.source",
        label: "Complete",
        help: "What was copied, what is only selected, or whichever of the two is newer. Where your desktop does not tell which is newer, that is what was copied.",
        choices: [
          { value: "clipboard", label: "Copied" },
          { value: "selection", label: "Selected" },
          { value: "newer", label: "Newer" },
        ],
      },
      {
        kind: "text",
        name: "clipboard.cursor_marker",
        label: "Cursor marker",
        help: "Write <cursor>, █ or ‹cursor› into code to complete it there. This one of your own counts as well.",
        placeholder: "none",
      },
      {
        kind: "choice",
        name: "clipboard.behaviour",
        label: "Result",
        help: "Append puts snippet and completion on the clipboard, Replace only the completion; Paste types it into the window in front and puts your clipboard back.",
        choices: [
          { value: "append", label: "Append" },
          { value: "replace", label: "Replace" },
          { value: "paste", label: "Paste" },
        ],
      },
      {
        kind: "paste rules",
        name: "clipboard.paste_keys",
        label: "Paste keys",
        help: "Pounce pastes with Ctrl+V, and with the right keys in the terminals that it knows. Add other programs by their window class, which the command xprop WM_CLASS names; or never paste into one, such as a password manager.",
      },
      {
        kind: "switch",
        name: "clipboard.encode_on_copy",
        label: "Read code when it is copied",
        help: "The hotkey then answers sooner, for some computing at every copy of code. What a password manager marks as secret is never read; nor is anything while Pounce is paused.",
      },
    ],
  },
  {
    id: "limits",
    title: "Time and memory",
    fields: [
      {
        kind: "number",
        name: "deadlines.target_ms",
        label: "Target",
        help: "A completion should be there within this time; longer ones are cut at a useful place.",
        unit: "ms",
      },
      {
        kind: "number",
        name: "deadlines.maximum_ms",
        label: "Maximum",
        help: "After this time you get the best answer so far, or a cached one.",
        unit: "ms",
      },
      {
        kind: "number",
        name: "memory.budget_mb",
        label: "Memory for models",
        help: "What loaded models may take together; the least used one is unloaded to stay below. Leave it empty to let Pounce choose.",
        unit: "MB",
        blank: { value: null, word: "automatic" },
      },
      {
        kind: "number",
        name: "memory.idle_unload_minutes",
        label: "Unload when idle",
        help: "A model that was not used for this long gives its memory back; the next request loads it again. Leave it empty to keep models loaded.",
        unit: "min",
        blank: { value: "never", word: "never" },
      },
      {
        kind: "number",
        name: "models.threads",
        label: "Threads",
        help: "Processor threads that a model computes with. Leave it empty to let Pounce choose: as many as were fastest when it measured, from its next start on.",
        unit: "",
        blank: { value: 0, word: "automatic" },
      },
      {
        kind: "choice",
        name: "models.device",
        label: "Compute on",
        help: "A GPU needs a build and a runtime library made for it, and a model of 32-bit floats; otherwise the processor computes, and the model says why.",
        choices: [
          { value: "cpu", label: "Processor" },
          { value: "cuda", label: "NVIDIA GPU" },
        ],
      },
    ],
  },
  {
    id: "privacy",
    title: "Privacy",
    fields: [
      {
        kind: "switch",
        name: "cache.keep_on_disk",
        label: "Keep completions on disk",
        help: "Remembers completions between starts. Off: they are forgotten when Pounce quits.",
      },
      {
        kind: "choice",
        name: "desktop.notices",
        label: "Notifications",
        help: "A desktop notification says why something was not done, or after every request what happened and how long it took. It never shows code.",
        choices: [
          { value: "all", label: "All" },
          { value: "failures", label: "Failures" },
          { value: "none", label: "None" },
        ],
      },
    ],
  },
  {
    id: "system",
    title: "System",
    fields: [
      {
        kind: "switch",
        name: "desktop.start_at_login",
        label: "Start at login",
        help: "Starts Pounce with your desktop session.",
      },
      {
        kind: "choice",
        name: "log.level",
        label: "Log",
        help: "How much is written to the log. It holds times and counts, never code or clipboard text.",
        choices: [
          { value: "error", label: "Errors" },
          { value: "warn", label: "Warnings" },
          { value: "info", label: "Events" },
          { value: "debug", label: "Details" },
          { value: "trace", label: "Every step" },
        ],
      },
    ],
  },
];

/** The hotkeys in the order in which the app lists their state. */
export const HOTKEYS: readonly SettingPath[] = GROUPS.flatMap(({ fields }) => fields)
  .filter(({ kind }) => kind === "hotkey")
  .map(({ name }) => name);
