// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { outcomeOfPreview, requestOf } from "./previewRequest.ts";

test("blank fields of a preview are not sent", () => {
  expect(requestOf({ action: " buy ", resource: " ", amount: "", context: "" })).toEqual({ action: "buy" });
  expect(requestOf({ action: "buy", resource: "a.com", amount: "0", context: "x" })).toEqual({
    action: "buy",
    resource: "a.com",
    amount: 0,
    context: "x",
  });
});

test("a preview that needs approval is told from a denial, and is never an allow", () => {
  const answer = { requestId: "req_1", allowed: false, risk: "medium" as const };
  expect(outcomeOfPreview({ ...answer, reason: "Permission requires approval before execution." })).toBe(
    "approval_required",
  );
  expect(outcomeOfPreview({ ...answer, reason: "Amount exceeds the limit." })).toBe("denied");
  expect(outcomeOfPreview({ ...answer, allowed: true, reason: "" })).toBe("allowed");
});
