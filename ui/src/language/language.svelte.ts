/**
 * The language of the windows, and their messages in it: `t` gives the text of a message, and what shows it follows when
 * the language changes.
 */
import de from "../../messages/de.json";
import en from "../../messages/en.json";
import es from "../../messages/es.json";
import fr from "../../messages/fr.json";
import type { UiLanguage } from "../bindings/UiLanguage";
import type { Messages } from "./messages";
import { flatten, type Message, translate } from "./translate";

/** The name of a message. */
export type MessageName = keyof Messages;

/** The names of messages that take no arguments. */
export type PlainMessage = { [Name in MessageName]: Messages[Name] extends [] ? Name : never }[MessageName];

/** Every language has the messages of the English one: another shape is an error of the type checker. */
const TREES: Record<UiLanguage, typeof en> = { de, en, es, fr };

const TABLES = Object.fromEntries(
  Object.entries(TREES).map(([name, tree]) => [name, flatten(tree)]),
) as Record<UiLanguage, ReadonlyMap<string, Message>>;

let current = $state<UiLanguage>("en");

export function language(): UiLanguage {
  return current;
}

export function setLanguage(language: UiLanguage): void {
  current = language;
}

/** Returns the language that an address asks for, `index.html?language=de`; English otherwise. */
export function languageOf(search: string): UiLanguage {
  const asked = /[?&]language=(\w+)/.exec(search)?.[1] ?? "";
  return asked in TREES ? (asked as UiLanguage) : "en";
}

/** Returns a message in the language of the windows. */
export function t<Name extends MessageName>(name: Name, ...[args]: Messages[Name]): string {
  return translate(current, TABLES[current].get(name), args ?? {});
}
