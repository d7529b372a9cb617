/** What was typed into a number field. Text that is no number, or one out of the limits, is refused here. */
import type { SettingLimits } from "../bindings/SettingLimits";
import type { Blank } from "./fields";
import { t } from "../language/language.svelte";

export type Typed = { kind: "number"; value: number | Blank["value"] } | { kind: "wrong"; message: string };

/** The app takes whole numbers from 0 on; an empty box is valid only where it has a meaning. */
export function parseNumber(
  text: string,
  unit: string,
  blank: Blank | undefined,
  limits?: Pick<SettingLimits, "min" | "max">,
): Typed {
  const digits = text.trim();
  if (digits === "" && blank) return { kind: "number", value: blank.value };
  if (/^\d{1,9}$/.test(digits)) return within(Number(digits), limits);
  const needed = unit === "" ? t("settings.whole_number") : t("settings.whole_number_of", { unit });
  const word = blank && t(`settings.blank.${blank.word}`);
  return { kind: "wrong", message: word ? t("settings.whole_number_or", { needed, word }) : needed };
}

function within(value: number, limits: Pick<SettingLimits, "min" | "max"> | undefined): Typed {
  const isWithin = !limits || (value >= limits.min && value <= limits.max);
  return isWithin
    ? { kind: "number", value }
    : { kind: "wrong", message: t("settings.out_of_range", limits) };
}

/** A value as it stands in its box. */
export function writeNumber(value: number | Blank["value"], blank: Blank | undefined): string {
  return value === null || value === blank?.value ? "" : String(value);
}
