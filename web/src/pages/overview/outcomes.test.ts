// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { share, shortDay } from "./outcomes.ts";

it("a share says nothing and all only of nothing and all", () => {
  expect([share(0, 0), share(0, 9), share(9, 9)]).toEqual(["0 %", "0 %", "100 %"]);
  expect([share(1, 10_000), share(9_999, 10_000), share(1, 3)]).toEqual(["1 %", "99 %", "33 %"]);
});

it("a day is that of UTC, wherever the reader is", () => {
  expect(shortDay("2026-11-01")).toBe("Nov 1");
});
