import { csvParse } from "d3-dsv";
import { expect, test } from "vitest";

import { sampleRequest } from "../../../test/sample";
import { requestsToCsv } from "./csv";

test("a row holds a request with its stages", () => {
  const request = sampleRequest({
    id: 7,
    source: { kind: "copy" },
    sent_to: "far",
    applied: ["rest-of-line", "trailing-blanks"],
    rejections: ["the model repeated the line below", "it is empty"],
    language: 'C,"quoted"',
  });
  const rows = csvParse(requestsToCsv([request, sampleRequest({ id: 8 })]));
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({
    id: "7",
    at: "2026-11-23T14:29:55.000Z",
    model: "",
    source: "copy",
    sent_to: "far",
    applied: "rest-of-line; trailing-blanks",
    rejections: "the model repeated the line below; it is empty",
    language: 'C,"quoted"',
    clipboard_ms: "1",
    encode_ms: "30",
    decode_ms: "20",
    total_ms: "51",
    met_target: "true",
  });
});

test("the file ends with a line end, as tools expect", () => {
  expect(requestsToCsv([sampleRequest()])).toMatch(/[^\n]\n$/);
});
