// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { countsBeside } from "./approvals.ts";

test("what asked is not counted as denied, and a request does not count itself", () => {
  expect(countsBeside({ allowed: 1, denied: 3, approvalRequired: 2 }, true)).toEqual({
    allowed: 1,
    denied: 1,
    asked: 1,
  });
  expect(countsBeside({ allowed: 0, denied: 1, approvalRequired: 1 }, true)).toEqual({
    allowed: 0,
    denied: 0,
    asked: 0,
  });
});

test("a request whose entry is gone from the log takes nothing off", () => {
  expect(countsBeside({ allowed: 0, denied: 1, approvalRequired: 1 }, false).asked).toBe(1);
  expect(countsBeside({ allowed: 0, denied: 0, approvalRequired: 0 }, true).asked).toBe(0);
});
