import { expect, test } from "vitest";

import { sampleSettings } from "../../test/sample";
import { setLanguage, t } from "../language/language.svelte";
import { GROUPS } from "./fields";

/** Parts of the file that are not settings of this window: remote engines have a page of their own. */
const NO_GROUPS = ["remote", "version"];

/** Settings that are rarely changed and stand in the file alone, or that the models page shows. */
const FILE_ONLY = [
  "cache.max_age_minutes",
  "cache.max_kb",
  "desktop.paused",
  "models.default",
  "models.max_block_tokens",
  "models.max_line_tokens",
  "models.pinned",
  "models.preference",
  "models.temperature",
  "queue.capacity",
  "queue.concurrency",
];

const fields = GROUPS.flatMap((group) => group.fields);

test("every setting of the app has one place in the window", () => {
  const shown = fields.map(({ name }) => name).sort();
  const groups = Object.entries(sampleSettings().settings).filter(([name]) => !NO_GROUPS.includes(name));
  const all = groups.flatMap(([group, values]) => Object.keys(values).map((field) => `${group}.${field}`));
  expect(shown).toEqual(all.filter((path) => !FILE_ONLY.includes(path)).sort());
});

test.each(["en", "de", "fr", "es"] as const)(
  "every setting explains itself in a sentence, in %s",
  (language) => {
    setLanguage(language);
    for (const { name } of fields) {
      expect(t(`setting.${name}.help`), name).toMatch(/^\p{Lu}.{20,}\.$/u);
    }
  },
);
