// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { courseOf, functionName } from "./agentCode.ts";

test("Only an allow reaches the line that acts.", () => {
  const last = (outcome: "allowed" | "denied" | "approval_required") => courseOf(outcome, "x").at(-1)?.mark;
  expect([last("allowed"), last("denied"), last("approval_required")]).toEqual(["ran", "never", "later"]);
});

test("An action becomes a name, whatever it is made of.", () => {
  expect(functionName("db_migrate")).toBe("dbMigrate");
  expect(functionName("9 <b>")).toBe("act");
  expect(functionName("")).toBe("act");
});
