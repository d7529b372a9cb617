import { expect, test } from "vitest";

import { sampleSettings } from "../../test/sample";
import { GROUPS } from "./fields";

const fields = GROUPS.flatMap((group) => group.fields);

test("every setting of the app has one place in the window", () => {
  const shown = fields.map(({ name }) => name).sort();
  expect(shown).toEqual(Object.keys(sampleSettings().settings).sort());
});

test("every setting explains itself in a sentence", () => {
  for (const { name, help } of fields) expect(help, name).toMatch(/^[A-Z].{20,}\.$/);
});
