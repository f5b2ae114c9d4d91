// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { reasonWords } from "./reasons.ts";

const TABLE = new URL("../../../src/core/reason_table.h", import.meta.url);

test("Every reason that the server gives has words for people, without names of fields.", () => {
  const reasons = [...readFileSync(TABLE, "utf8").matchAll(/^BH_REASON\(\w+, \d+, "(.*)"\)$/gm)].map(
    ([, text]) => text ?? "",
  );
  expect(reasons.length).toBeGreaterThan(20);
  for (const reason of reasons) {
    expect(reasonWords(reason)).not.toBe(reason);
    expect(reasonWords(reason)).not.toMatch(/allowed[A-Z]|denied[A-Z]|maxAmount/);
  }
});

test("A reason without words is said as it came.", () => {
  expect(reasonWords("Something new.")).toBe("Something new.");
});
