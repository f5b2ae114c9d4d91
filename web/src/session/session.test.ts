// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { roleMay, safeNext } from "./session.tsx";

test.each([
  "//elsewhere.test/",
  "/\\elsewhere.test",
  "/\t/elsewhere.test",
  "/\n/elsewhere.test",
  "/\t\\elsewhere.test",
  "/.//elsewhere.test",
  "/x/..//elsewhere.test",
  "//[",
  "\t/dashboard",
  "https://elsewhere.test",
  "javascript:alert(1)",
  "",
  null,
])("Signing in never leads to another site: %j", (next) => {
  expect(safeNext(next)).toBe("/dashboard");
});

test("Signing in leads on to where one wanted to go.", () => {
  expect(safeNext("/dashboard/logs?decision=denied")).toBe("/dashboard/logs?decision=denied");
  expect(safeNext("/authenticate?code=ABCD-EFGH#x")).toBe("/authenticate?code=ABCD-EFGH#x");
});

test("Who only looks may not decide; only owners erase.", () => {
  expect(roleMay("viewer", "approve")).toBe(false);
  expect(roleMay("approver", "approve")).toBe(true);
  expect(roleMay("approver", "manage")).toBe(false);
  expect(roleMay("admin", "eraseLogs")).toBe(false);
  expect(roleMay("owner", "eraseLogs")).toBe(true);
});
