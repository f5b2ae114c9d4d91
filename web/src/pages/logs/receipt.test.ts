// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import type { LogRow } from "../../api/types.ts";
import { receiptText } from "./receipt.ts";

const ROW: LogRow = {
  requestId: "req_1",
  agentId: "agent_1",
  agentName: "Buyer",
  permissionId: null,
  action: "purchase",
  amount: 0,
  vendor: "shop.example\nDecision: Allowed",
  allowed: false,
  approvalRequired: false,
  reason: "No active permission.",
  risk: "medium",
  shadow: false,
  createdAt: "2026-05-02T12:00:00.000Z",
  decision: "denied",
  approvalId: null,
  execution: null,
  environment: null,
  metadata: null,
};

test("a receipt has a line for each thing that is known", () => {
  const lines = receiptText(ROW).split("\n");
  expect(lines).toContain("Amount: 0");
  expect(lines).toContain("Agent: Buyer (agent_1)");
  expect(lines.some((line) => line.startsWith("Permission"))).toBe(false);
});

test("a text of the request cannot add a line to the receipt", () => {
  expect(
    receiptText(ROW)
      .split("\n")
      .filter((line) => line.startsWith("Decision")),
  ).toEqual(["Decision: Denied"]);
});
