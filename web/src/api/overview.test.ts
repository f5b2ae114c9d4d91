// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { sumOf, summaryOf, totalOf } from "./overview.ts";

it("what required an approval is counted once, not as denied too", () => {
  const summary = summaryOf({
    totalAgents: 1,
    activePermissions: 1,
    pendingApprovals: 0,
    days: [
      { day: "2026-11-20", allowed: 3, denied: 5, approvalRequired: 2 },
      { day: "2026-11-21", allowed: 1, denied: 1, approvalRequired: 1 },
    ],
    agents: [{ agentId: "agent_a", name: "A", lastUsedAt: null, allowed: 1, denied: 2, approvalRequired: 2 }],
    webhooks: [],
  });
  expect(summary.days[0]).toEqual({ day: "2026-11-20", allowed: 3, denied: 3, approval: 2 });
  expect(sumOf(summary.days)).toEqual({ allowed: 4, denied: 3, approval: 3 });
  expect(totalOf(sumOf(summary.days))).toBe(10);
  expect(summary.agents[0]).toMatchObject({ allowed: 1, denied: 0, approval: 2 });
});
