import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { placeholders, readMessages, types } from "../../messages/types.js";
import { languageOf, setLanguage, t } from "./language.svelte";
import { translate } from "./translate";

const source = readMessages("en");

test("the types are those of the messages", () => {
  const written = readFileSync(new URL("./messages.ts", import.meta.url), "utf8");
  expect(written, "after a change of en.json, run `npm run messages`").toBe(types());
});

describe.each(["de", "fr", "es"])("%s", (language) => {
  const messages = readMessages(language);

  test("has every message of the English table and no other, with the same arguments", () => {
    const argumentsOf = (all: typeof source) =>
      Object.fromEntries(Object.entries(all).map(([name, message]) => [name, placeholders(message)]));
    expect(argumentsOf(messages)).toEqual(argumentsOf(source));
  });

  test("has a text for every plural form that small numbers need", () => {
    const rules = new Intl.PluralRules(language);
    const forms = new Set([0, 1, 2, 5, 11, 1024].map((count) => rules.select(count)));
    for (const [name, message] of Object.entries(messages)) {
      if (typeof message !== "string")
        expect(Object.keys(message), name).toEqual(expect.arrayContaining([...forms]));
    }
  });
});

test("French has blanks that do not break before its double marks", () => {
  for (const [name, message] of Object.entries(readMessages("fr"))) {
    expect(JSON.stringify(Object.values([message])), name).not.toMatch(/ [:;?!»]|« /);
  }
});

test("a message counts in its language", () => {
  const forms = { one: "{count} Anfrage", other: "{count} Anfragen" };
  expect(translate("de", forms, { count: 1 })).toBe("1 Anfrage");
  expect(translate("de", forms, { count: 1024 })).toBe("1.024 Anfragen");
  expect(translate("fr", { one: "{count} requête", other: "{count} requêtes" }, { count: 0 })).toBe(
    "0 requête",
  );
  expect([0, 1, 1024].map((count) => t("amount.requests", { count }))).toEqual([
    "0 requests",
    "1 request",
    "1,024 requests",
  ]);
});

test("an argument is put in as it is", () => {
  expect(translate("en", "Saved {path}", { path: "/home/{me}/$&" })).toBe("Saved /home/{me}/$&");
});

test("the address names the language", () => {
  expect(languageOf("?language=fr")).toBe("fr");
  expect(languageOf("?language=xx")).toBe("en");
  expect(languageOf("")).toBe("en");
  setLanguage("de");
  expect(t("common.save")).toBe("Speichern");
  setLanguage("en");
});
