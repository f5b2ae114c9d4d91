// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { draftOf, fieldsOf } from "./ruleDraft.ts";

test("blank fields and lines of a rule are sent as nothing", () => {
  const draft = draftOf({
    ...fieldsOf(null),
    name: " Docs ",
    userAgentPattern: "  ",
    allowedPaths: ["/docs/* ", "", " "],
  });
  expect(draft.name).toBe("Docs");
  expect(draft.userAgentPattern).toBeNull();
  expect(draft.verifiedAgent).toBeNull();
  expect(draft.allowedPaths).toEqual(["/docs/*"]);
  expect(draft.blockedPaths).toEqual([]);
});
