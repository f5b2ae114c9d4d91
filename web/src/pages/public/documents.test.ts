// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { GROUPS, NAMES, loaderOf, neighboursOf, OTHER_NAMES } from "./documents.ts";

test("Every document has a card, and every card a document.", () => {
  const cards = GROUPS.flatMap((group) => group.documents.map((card) => card.name));
  expect([...cards].sort()).toEqual([...NAMES].sort());
});

test("What is no document has no loader and no neighbours.", () => {
  expect(loaderOf("../api")).toBeNull();
  expect(loaderOf("constructor")).toBeNull();
  expect(neighboursOf("nothing")).toEqual({ before: null, after: null });
});

test("Another name of a document leads to one that exists.", () => {
  for (const [other, name] of OTHER_NAMES) {
    expect(loaderOf(other)).toBeNull();
    expect(loaderOf(name)).not.toBeNull();
  }
});
