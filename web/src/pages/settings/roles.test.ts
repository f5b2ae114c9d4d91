// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { givableRoles, mayChange } from "./roles.ts";

test("an admin changes viewers and approvers, an owner everybody, nobody oneself", () => {
  expect(mayChange("admin", { role: "approver", you: false })).toBe(true);
  expect(mayChange("admin", { role: "admin", you: false })).toBe(false);
  expect(mayChange("owner", { role: "owner", you: false })).toBe(true);
  expect(mayChange("owner", { role: "owner", you: true })).toBe(false);
  expect(mayChange("approver", { role: "viewer", you: false })).toBe(false);
});

test("those who cannot invite have no role to give", () => {
  expect(givableRoles("viewer")).toEqual([]);
  expect(givableRoles("approver")).toEqual([]);
});
