/** Fills in a message: its plural form, and its placeholders. Pure; which messages there are is in `language.svelte.ts`. */

/** A text, or one for each plural form of its language; `other` is there in any case. */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;

export interface Tree {
  readonly [name: string]: Message | Tree;
}

/** The messages of a tree by their whole names, as `common.add`. */
export function flatten(tree: Tree): ReadonlyMap<string, Message> {
  return new Map(entries("", tree));
}

function entries(prefix: string, tree: Tree): [string, Message][] {
  return Object.entries(tree).flatMap(([name, node]) =>
    isMessage(node) ? [[prefix + name, node] as [string, Message]] : entries(`${prefix}${name}.`, node),
  );
}

function isMessage(node: Message | Tree): node is Message {
  return typeof node === "string" || "other" in node;
}

/** Returns a message of `language` with its arguments; numbers are written as that language writes them. */
export function translate(
  language: string,
  message: Message = "",
  args: Record<string, string | number>,
): string {
  const text = typeof message === "string" ? message : pluralForm(language, message, Number(args["count"]));
  return text.replace(/\{(\w+)\}/g, (_, name: string) => write(language, args[name] ?? ""));
}

function pluralForm(language: string, forms: Exclude<Message, string>, count: number): string {
  return forms[new Intl.PluralRules(language).select(count)] ?? forms.other ?? "";
}

function write(language: string, value: string | number): string {
  return typeof value === "number" ? value.toLocaleString(language) : value;
}
