/** Sample data in the app's format: invented, plausible, and the same at every run. */
import type { Calibration } from "../src/bindings/Calibration";
import type { CatalogueEntry } from "../src/bindings/CatalogueEntry";
import type { CompletionInfo } from "../src/bindings/CompletionInfo";
import type { InstallInfo } from "../src/bindings/InstallInfo";
import type { KeptLevel } from "../src/bindings/KeptLevel";
import type { Models } from "../src/bindings/Models";
import type { RemoteState } from "../src/bindings/RemoteState";
import type { RequestRecord } from "../src/bindings/RequestRecord";
import type { Settings } from "../src/bindings/Settings";
import type { SettingsState } from "../src/bindings/SettingsState";
import type { Stages } from "../src/bindings/Stages";
import type { Status } from "../src/bindings/Status";
import type { SettingsUpdate } from "../src/settings/paths";
import defaultsFile from "../../src-tauri/service/defaults.jsonc?raw";

/** 14:30 in UTC on a day in 2026; the newest sample request is a few seconds older. */
export const NOW_MS = Date.UTC(2026, 10, 23, 14, 30);

const [TARGET_MS, MAXIMUM_MS] = [100, 200];
const MIB = 2 ** 20;
const LANGUAGES = ["Python", "Rust", "TypeScript", "Go", "C++", "Java"];

/** The last completions, newest first. */
export function sampleCompletions(): CompletionInfo[] {
  return [
    {
      id: 2,
      at_ms: NOW_MS - 20_000,
      language: "Python",
      level: "likely",
      snippet: 'def add(a, b):\n    """Adds two numbers."""\n    return ',
      text: "a + b",
    },
    {
      id: 1,
      at_ms: NOW_MS - 90_000,
      language: "Rust",
      level: "sure",
      snippet: "fn largest(values: &[u32]) -> Option<u32> {\n",
      text: "    values.iter().copied().max()\n}",
    },
  ];
}

/** How many completions were kept, the surest level first. */
export function sampleKept(): KeptLevel[] {
  return [
    { level: "sure", half_minute: { kept: 88, gone: 9 }, five_minutes: { kept: 81, gone: 14 } },
    { level: "likely", half_minute: { kept: 41, gone: 38 }, five_minutes: { kept: 35, gone: 42 } },
    { level: "unsure", half_minute: { kept: 7, gone: 31 }, five_minutes: { kept: 5, gone: 32 } },
  ];
}

export function sampleStatus(change: Partial<Status> = {}): Status {
  return {
    version: "0.1.0",
    language: "en",
    state: "ready",
    detail: null,
    mode: "line",
    active_model: "Pounce 50M",
    hotkeys: [
      {
        setting: "hotkeys.complete_line",
        keys: "Ctrl+Alt+Space",
        state: "working",
        message: null,
        command: "pounce trigger --mode line",
      },
      {
        setting: "hotkeys.complete_block",
        keys: "Ctrl+Alt+B",
        state: "working",
        message: null,
        command: "pounce trigger --mode block",
      },
    ],
    session: "x11",
    has_tray: true,
    has_completions: true,
    candidates: { lines: [], shown: 0 },
    can_undo: true,
    log_folder: "/home/ada/.local/state/pounce/logs",
    settings_file: "/home/ada/.config/pounce/settings.json",
    target_ms: TARGET_MS,
    maximum_ms: MAXIMUM_MS,
    n_cores: 8,
    total_memory_bytes: 16 * 1024 * MIB,
    settings_problem: null,
    read_ahead_problem: null,
    server: { kind: "off" },
    ...change,
  };
}

/** The defaults of the app, and what a test changes of them. */
export function sampleSettings(change: SettingsUpdate = {}): SettingsState {
  const defaults = defaultSettings();
  const settings = defaultSettings();
  setValues(settings, change);
  return {
    settings,
    defaults,
    limits: [
      { field: "deadlines.target_ms", min: 10, max: 10_000 },
      { field: "deadlines.maximum_ms", min: 10, max: 10_000 },
      { field: "improvement.maximum_ms", min: 100, max: 10_000 },
      { field: "improvement.unseen_ms", min: 0, max: 10_000 },
      { field: "memory.budget_mb", min: 0, max: 1_048_576 },
      { field: "memory.idle_unload_minutes", min: 0, max: 10_080 },
      { field: "models.threads", min: 0, max: 256 },
      { field: "server.port", min: 1_024, max: 65_535 },
    ],
  };
}

/** The commented file that the app itself reads; its comments stand on lines of their own. */
function defaultSettings(): Settings {
  return JSON.parse(defaultsFile.replace(/^\s*\/\/.*$/gm, "")) as Settings;
}

/** Puts every value of an update in its place. */
export function setValues(settings: Settings, update: SettingsUpdate): void {
  const groups = settings as Record<string, Record<string, unknown>>;
  for (const [path, value] of Object.entries(update)) {
    const [group = "", field = ""] = path.split(".");
    Object.assign(groups[group] ?? {}, { [field]: value });
  }
}

export function sampleModels(): Models {
  return {
    models: [
      {
        id: "pounce-50m",
        name: "Pounce 50M",
        size_bytes: 46 * MIB,
        memory_bytes: 118 * MIB,
        state: "warm",
        is_pinned: false,
        is_active: true,
        is_removable: false,
        speed: { prompt_token_ms: 0.17, token_ms: 1.31 },
        threads: [
          { n_threads: 1, total_ms: 97.3, is_chosen: false },
          { n_threads: 2, total_ms: 58.1, is_chosen: true },
        ],
        device_problem: null,
        quality: {
          exact_match: 0.275,
          edit_similarity: 0.624,
          exact_match_without_suffix: 0.21,
          edit_similarity_without_suffix: 0.57,
          n_cases: 200,
        },
        tier: "small",
        accepted_snippets: 42,
        assessment: null,
        breaker: { state: "closed" },
        licence: "MIT",
        remote: null,
      },
      {
        id: "codet5p-220m",
        name: "CodeT5+ 220M",
        size_bytes: 214 * MIB,
        memory_bytes: 391 * MIB,
        state: "warm",
        is_pinned: false,
        is_active: false,
        is_removable: true,
        speed: { prompt_token_ms: 0.41, token_ms: 8.4 },
        threads: [],
        device_problem: null,
        quality: null,
        tier: "medium",
        accepted_snippets: null,
        assessment: {
          form: { shows_lines_below: false, names_language: true, max_prefix_tokens: null },
          quality: { standing_alone: 0.417, prefix: 0.467, suffix: 0.433, block: 0.52 },
        },
        breaker: { state: "open", retry_ms: 24_000 },
        licence: "BSD-3-Clause",
        remote: null,
      },
      {
        id: "codet5p-770m",
        name: "CodeT5+ 770M",
        size_bytes: 742 * MIB,
        memory_bytes: null,
        state: "absent",
        is_pinned: false,
        is_active: false,
        is_removable: true,
        speed: null,
        threads: [],
        device_problem: null,
        quality: null,
        tier: "medium",
        accepted_snippets: null,
        assessment: null,
        breaker: { state: "closed" },
        licence: null,
        remote: null,
      },
    ],
    pinned: null,
    memory: { budget_bytes: 1024 * MIB, resident_bytes: 509 * MIB },
  };
}

/** Two models that can be had: one whose files are known, one whose checksums are not known yet. */
export function sampleCatalogue(): CatalogueEntry[] {
  return [
    {
      id: "qwen2.5-coder-0.5b",
      name: "Qwen2.5-Coder 0.5B",
      summary: "Alibaba's small code model, trained to fill in the middle.",
      licence: "Apache-2.0",
      languages: [],
      n_parameters: 494_032_768,
      context_tokens: 2048,
      tier: "large",
      size_bytes: 507 * MIB,
      accepted_snippets: 82,
      is_pinned: true,
    },
    {
      id: "codet5-small",
      name: "CodeT5 small",
      summary: "Salesforce's first CodeT5, 60 million parameters.",
      licence: "Apache-2.0",
      languages: ["c", "go", "java", "javascript", "python"],
      n_parameters: 60_492_288,
      context_tokens: 512,
      tier: "small",
      size_bytes: null,
      accepted_snippets: null,
      is_pinned: false,
    },
  ];
}

export function sampleInstall(change: Partial<InstallInfo> = {}): InstallInfo {
  return {
    id: "qwen2.5-coder-0.5b",
    name: "Qwen2.5-Coder 0.5B",
    step: "downloading",
    done_bytes: 203 * MIB,
    total_bytes: 507 * MIB,
    bytes_per_second: 9 * MIB,
    time_left_ms: 34_000,
    note: null,
    ...change,
  };
}

export function sampleRemote(change: Partial<RemoteState> = {}): RemoteState {
  return {
    is_enabled: true,
    is_preferred: false,
    allows_plain_http: false,
    engines: [
      {
        id: "office-gpu",
        url: "https://gpu.example.org/v1",
        model: "qwen2.5-coder-7b",
        kind: "fim",
        host: "gpu.example.org",
        leaves_machine: true,
        has_key: true,
      },
      {
        id: "llama",
        url: "http://127.0.0.1:8080",
        model: "",
        kind: "llama-cpp",
        host: "127.0.0.1",
        leaves_machine: false,
        has_key: false,
      },
    ],
    ...change,
  };
}

export function sampleCalibration(): Calibration {
  return {
    at_ms: NOW_MS - 3 * 86_400_000,
    rows: [
      { model: "pounce-50m", total_ms: 52.4, meets_target: true, error: null },
      { model: "codet5p-220m", total_ms: 148, meets_target: false, error: null },
      {
        model: "codet5p-770m",
        total_ms: null,
        meets_target: false,
        error: "needs 1.2 GiB, the budget is 1.0 GiB",
      },
    ],
  };
}

const NO_STAGES: Stages = {
  clipboard_ms: 0,
  tokenize_ms: 0,
  encode_ms: 0,
  first_token_ms: 0,
  decode_ms: 0,
  detokenize_ms: 0,
  write_ms: 0,
  other_ms: 0,
};

/** One request; its total and its limits follow from its stages. */
export function sampleRequest(
  change: Partial<Omit<RequestRecord, "stages">> & { stages?: Partial<Stages> } = {},
): RequestRecord {
  const stages = { ...NO_STAGES, clipboard_ms: 1, encode_ms: 30, decode_ms: 20, ...change.stages };
  const total_ms = Object.values(stages).reduce((sum, ms) => sum + ms, 0);
  return {
    id: 1,
    at_ms: NOW_MS - 5000,
    origin: "desktop",
    source: { kind: "model", model: "pounce-50m" },
    level: "sure",
    applied: [],
    rejections: [],
    sent_to: null,
    place: null,
    file: null,
    mode: "line",
    language: "Python",
    finish: "complete",
    is_partial: false,
    n_prompt_tokens: 180,
    n_tokens: 12,
    total_ms,
    met_target: total_ms <= TARGET_MS,
    met_maximum: total_ms <= MAXIMUM_MS,
    ...change,
    stages,
  };
}

/** `count` plausible requests of the last hours, oldest first. */
export function sampleRequests(count: number): RequestRecord[] {
  const random = seededRandom(20_261_123);
  return Array.from({ length: count }, (_, index) => {
    const at_ms = NOW_MS - 4000 - (count - 1 - index) * 96_000 - Math.floor(random() * 60_000);
    return sampleRequest({ id: index + 1, at_ms, ...plausibleRequest(random) });
  });
}

function plausibleRequest(random: () => number): Parameters<typeof sampleRequest>[0] {
  const between = (from: number, to: number) => from + random() * (to - from);
  const language = LANGUAGES[Math.floor(random() * LANGUAGES.length)] ?? "Python";
  const ends = {
    clipboard_ms: between(0.6, 2.4),
    write_ms: between(0.5, 1.9),
    other_ms: between(0.3, 1.6),
    encode_ms: 0,
    decode_ms: 0,
  };
  const kind = random();
  if (kind < 0.12)
    return { language, source: { kind: "cache", model: "pounce-50m" }, level: null, stages: ends };
  if (kind < 0.15) return { language, ...fallback("copy"), stages: { ...ends, other_ms: 188 } };
  if (kind < 0.16) return { language, ...fallback("none"), stages: { ...ends, other_ms: 196 } };
  const isBlock = random() < 0.25;
  const slowness = random() < 0.08 ? between(1.6, 2.6) : 1;
  const isLarge = random() < 0.12;
  const n_prompt_tokens = Math.floor(between(40, 400));
  const n_tokens = Math.floor(isBlock ? between(18, 40) : between(4, 18));
  const encode_ms = (6 + n_prompt_tokens * 0.11) * (isLarge ? 1.4 : 1) * slowness;
  const wanted_ms = n_tokens * between(1.1, 1.5) * (isLarge ? 2.9 : 1) * slowness;
  const decode_ms = Math.min(wanted_ms, 194 - encode_ms);
  const isPartial = decode_ms < wanted_ms;
  const level = (["sure", "likely", "unsure"] as const)[n_tokens % 3] ?? "sure";
  return {
    level,
    source: { kind: "model", model: isLarge ? "codet5p-220m" : "pounce-50m" },
    language,
    mode: isBlock ? "block" : "line",
    n_prompt_tokens,
    n_tokens,
    is_partial: isPartial,
    finish: isPartial ? "deadline" : "complete",
    stages: {
      ...ends,
      tokenize_ms: between(0.2, 0.9),
      encode_ms,
      first_token_ms: between(1.8, 3.2) * (isLarge ? 2 : 1),
      decode_ms,
      detokenize_ms: between(0.1, 0.4),
    },
  };
}

function fallback(kind: "copy" | "none"): Pick<RequestRecord, "source" | "level" | "finish" | "n_tokens"> {
  return { source: { kind }, level: null, finish: kind === "none" ? "failed" : "complete", n_tokens: 0 };
}

/** Mulberry32 (Tommy Ettinger, public domain): small, and good enough to look random. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
