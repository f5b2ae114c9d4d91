// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { pieces } from "./Json.tsx";

test("The pieces of a text give the text again.", () => {
  const text = JSON.stringify({ 'a"b': [1.5, -2, "x: true, null"], ok: false, none: null }, null, 2);
  expect(
    pieces(text)
      .map((piece) => piece.text)
      .join(""),
  ).toBe(text);
});

test("What stands in quotes is a name before a colon and a text elsewhere, whatever it says.", () => {
  const kinds = pieces('{"allowed": true, "reason": "false: null"}').filter(
    (piece) => piece.kind !== "plain",
  );
  expect(kinds.map((piece) => piece.kind)).toEqual(["name", "word", "name", "text"]);
});
