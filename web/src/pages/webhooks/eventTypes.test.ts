// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { eventWords, groupTypes, withTypes } from "./eventTypes.ts";

test("types stand in groups, and one that is not known here is kept", () => {
  expect(groupTypes(["approval.used", "new_kind.made", "approval.denied"])).toEqual([
    { name: "Approvals", types: ["approval.used", "approval.denied"] },
    { name: "new_kind", types: ["new_kind.made"] },
  ]);
  expect(eventWords("new_kind.made")).toBeNull();
});

test("adding types makes no doubles, and taking them away leaves the others", () => {
  expect(withTypes(["a.x", "b.y"], ["a.x", "a.z"], true)).toEqual(["b.y", "a.x", "a.z"]);
  expect(withTypes(["a.x", "b.y"], ["a.x", "a.z"], false)).toEqual(["b.y"]);
});
