/** What was typed into a number field. The app judges the number; only what is none at all is refused here. */
export type Typed = { kind: "number"; value: number } | { kind: "wrong"; message: string };

/** The wire takes whole numbers that are not negative. */
export function parseNumber(text: string, unit: string): Typed {
  const digits = text.trim();
  if (/^\d{1,9}$/.test(digits)) return { kind: "number", value: Number(digits) };
  const what = unit === "" ? "a whole number" : `a whole number of ${unit}`;
  return { kind: "wrong", message: `${what} is needed here` };
}
