/**
 * Numbers as people read them, in the language of the windows: milliseconds, bytes, shares, times of day.
 * Only display; nothing here rounds a value that is calculated with later.
 */
import { language, t } from "./language/language.svelte";

/** Formats of one language: making one takes much longer than using it. */
class Formats {
  readonly whole: Intl.NumberFormat;
  readonly tenths: Intl.NumberFormat;
  readonly hundredths: Intl.NumberFormat;
  readonly percent: Intl.NumberFormat;
  readonly tenthsOfPercent: Intl.NumberFormat;
  readonly compact: Intl.NumberFormat;
  readonly days: Intl.NumberFormat;
  readonly ago: Intl.RelativeTimeFormat;
  readonly time: Intl.DateTimeFormat;
  readonly list: Intl.ListFormat;

  constructor(language: string) {
    const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options);
    const digits = (n: number) => ({ minimumFractionDigits: n, maximumFractionDigits: n });
    this.whole = number(digits(0));
    this.tenths = number(digits(1));
    this.hundredths = number(digits(2));
    this.percent = number({ style: "percent" });
    this.tenthsOfPercent = number({ style: "percent", ...digits(1) });
    this.compact = number({ notation: "compact" });
    this.days = number({ style: "unit", unit: "day", unitDisplay: "long" });
    this.ago = new Intl.RelativeTimeFormat(language, { style: "short" });
    this.time = new Intl.DateTimeFormat(language, {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
    this.list = new Intl.ListFormat(language, { type: "conjunction" });
  }
}

const known = new Map<string, Formats>();

function formats(): Formats {
  const found = known.get(language()) ?? new Formats(language());
  known.set(language(), found);
  return found;
}

/** Shown in place of a missing value. */
export const NONE = "–";

/** `0.42 ms`, `8.50 ms`, `96.0 ms`, `1.84 s`: about three figures, whatever the size. */
export function formatMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return NONE;
  const { whole, tenths, hundredths } = formats();
  if (ms >= 1000) return `${hundredths.format(ms / 1000)} s`;
  if (ms >= 99.95) return `${whole.format(ms)} ms`;
  return ms >= 9.95 ? `${tenths.format(ms)} ms` : `${hundredths.format(ms)} ms`;
}

/** `512 B`, `12 KiB`, `48.3 MiB`, `1.50 GiB`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return NONE;
  const [KIB, MIB, GIB] = [2 ** 10, 2 ** 20, 2 ** 30];
  const { whole, tenths, hundredths } = formats();
  if (bytes >= GIB) return t("amount.gib", { value: hundredths.format(bytes / GIB) });
  if (bytes >= 100 * MIB) return t("amount.mib", { value: whole.format(bytes / MIB) });
  if (bytes >= MIB) return t("amount.mib", { value: tenths.format(bytes / MIB) });
  if (bytes >= KIB) return t("amount.kib", { value: whole.format(bytes / KIB) });
  return t("amount.bytes", { value: whole.format(bytes) });
}

/** `203 MiB of 507 MiB`. */
export function formatPart(bytes: number, ofBytes: number): string {
  return t("amount.of", { part: formatBytes(bytes), whole: formatBytes(ofBytes) });
}

/** A share of a whole as `94%`, or `–` if the whole is 0. Only exact shares are shown as 0% and 100%. */
export function formatShare(part: number, total: number): string {
  if (total <= 0) return NONE;
  const { percent, tenthsOfPercent } = formats();
  const share = part / total;
  if (part > 0 && share < 0.005) return `< ${percent.format(0.01)}`;
  const claimsAll = part < total && share >= 0.995;
  return claimsAll ? tenthsOfPercent.format(Math.floor(share * 1000) / 1000) : percent.format(share);
}

/** With one digit after the decimal mark: `63.7`. */
export const formatTenths = (value: number) => formats().tenths.format(value);

/** With two digits after the decimal mark: `0.83`. */
export const formatHundredths = (value: number) => formats().hundredths.format(value);

/** A model's weights: `50M`, `1.5B`. */
export const formatParameters = (count: number) => formats().compact.format(count);

/** `14:02:11`, in the time zone of the machine. */
export const formatTime = (unixMs: number) => formats().time.format(unixMs);

/** `a, b and c`. */
export const formatList = (names: readonly string[]) => formats().list.format(names);

/** `4 s`, `12 min`, `3 h`, `2 days`: how long something takes. */
export function formatSpan(ms: number): string {
  const [value, unit] = largestUnit(ms);
  if (unit === "day") return formats().days.format(value);
  return `${value} ${{ second: "s", minute: "min", hour: "h" }[unit]}`;
}

/** `12 min. ago`: how long ago something was. */
export function formatAgo(ms: number): string {
  const [value, unit] = largestUnit(ms);
  return formats().ago.format(-value, unit);
}

function largestUnit(ms: number): [number, "second" | "minute" | "hour" | "day"] {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return [seconds, "second"];
  if (seconds < 3600) return [Math.round(seconds / 60), "minute"];
  if (seconds < 86_400) return [Math.round(seconds / 3600), "hour"];
  return [Math.round(seconds / 86_400), "day"];
}
