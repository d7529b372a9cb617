/** What was typed into a number field. The app checks its limits; only text that is no number is refused here. */
import type { Blank } from "./fields";
import { t } from "../language/language.svelte";

export type Typed = { kind: "number"; value: number | Blank["value"] } | { kind: "wrong"; message: string };

/** The app takes whole numbers from 0 on; an empty box is valid only where it has a meaning. */
export function parseNumber(text: string, unit: string, blank: Blank | undefined): Typed {
  const digits = text.trim();
  if (digits === "" && blank) return { kind: "number", value: blank.value };
  if (/^\d{1,9}$/.test(digits)) return { kind: "number", value: Number(digits) };
  const needed = unit === "" ? t("settings.whole_number") : t("settings.whole_number_of", { unit });
  const word = blank && t(`settings.blank.${blank.word}`);
  return { kind: "wrong", message: word ? t("settings.whole_number_or", { needed, word }) : needed };
}

/** A value as it stands in its box. */
export function writeNumber(value: number | Blank["value"], blank: Blank | undefined): string {
  return value === null || value === blank?.value ? "" : String(value);
}
