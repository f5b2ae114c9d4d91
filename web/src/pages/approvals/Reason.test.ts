// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { Constraints } from "../../api/types.ts";
import { limitsInWords } from "./Reason.tsx";

it("Limits that are set are named, empty lists and absent ones are not.", () => {
  const words = limitsInWords({
    maxAmount: 500,
    allowedVendors: ["a.example", "b.example"],
    blockedVendors: [],
  } as Constraints);
  expect(words).toContain("500");
  expect(words).toContain("a.example, b.example");
  expect(words.split("; ")).toHaveLength(2);
  expect(limitsInWords({})).toBe("");
});
