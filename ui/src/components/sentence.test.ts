import { expect, test } from "vitest";

import { sentence } from "./sentence";

test("a message becomes a sentence, but a name stays as it is", () => {
  expect(sentence("the disk is full")).toBe("The disk is full");
  for (const name of [
    "pounce-50m failed",
    "decoder.onnx is truncated",
    "/home/ada is full",
    "far: no answer",
  ])
    expect(sentence(name)).toBe(name);
});
