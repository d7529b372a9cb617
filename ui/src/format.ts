/**
 * Numbers as people read them: milliseconds, bytes, shares, times of day.
 * Only display; nothing here rounds a value that is calculated with later.
 */

const number = (digits: number) =>
  new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

const whole = number(0);
const tenths = number(1);
const hundredths = number(2);

/** Shown in place of a missing value. */
export const NONE = "–";

/** `0.42 ms`, `8.5 ms`, `96 ms`, `1.84 s`: about three figures, whatever the size. */
export function formatMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return NONE;
  if (ms >= 1000) return `${hundredths.format(ms / 1000)} s`;
  if (ms >= 99.95) return `${whole.format(ms)} ms`;
  return ms >= 9.95 ? `${tenths.format(ms)} ms` : `${hundredths.format(ms)} ms`;
}

/** `512 B`, `12 KiB`, `48.3 MiB`, `1.50 GiB`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return NONE;
  const [KIB, MIB, GIB] = [2 ** 10, 2 ** 20, 2 ** 30];
  if (bytes >= GIB) return `${hundredths.format(bytes / GIB)} GiB`;
  if (bytes >= 100 * MIB) return `${whole.format(bytes / MIB)} MiB`;
  if (bytes >= MIB) return `${tenths.format(bytes / MIB)} MiB`;
  if (bytes >= KIB) return `${whole.format(bytes / KIB)} KiB`;
  return `${whole.format(bytes)} B`;
}

/** A share of a whole as `94 %`, or `–` if the whole is 0. Only exact shares are shown as 0 % and 100 %. */
export function formatShare(part: number, total: number): string {
  if (total <= 0) return NONE;
  const percent = (100 * part) / total;
  if (part > 0 && percent < 0.5) return "< 1 %";
  const claimsAll = part < total && percent >= 99.5;
  return `${(claimsAll ? number(1) : whole).format(claimsAll ? Math.floor(percent * 10) / 10 : percent)} %`;
}

/** A model's weights: `50 M`, `1.5 B`. */
export function formatParameters(count: number): string {
  if (count >= 1e9) return `${tenths.format(count / 1e9)} B`;
  return `${whole.format(count / 1e6)} M`;
}

/** A count with its noun: `1 request`, `1,024 requests`. */
export function formatCount(count: number, noun: string): string {
  return `${whole.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const timeOfDay = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** `14:02:11`, in the time zone of the machine. */
export function formatTime(unixMs: number): string {
  return timeOfDay.format(unixMs);
}

/** `4 s`, `12 min`, `3 h`, `2 days`: how long ago something was, or how long it still takes. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`;
  return formatCount(Math.round(seconds / 86_400), "day");
}
