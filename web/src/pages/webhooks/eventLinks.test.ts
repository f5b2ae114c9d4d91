// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { eventLinks } from "./eventLinks.ts";

test("ids that have a page are linked, and cannot lead elsewhere", () => {
  const links = eventLinks({ data: { requestId: "req_1/../&x=1", approvalId: "apr_1", agentId: "agent_1" } });
  expect(links.map((link) => link.to)).toEqual([
    "/dashboard/logs?requestId=req_1%2F..%2F%26x%3D1",
    "/dashboard/approvals?approvalId=apr_1",
  ]);
});

test("a body of any other shape has no links", () => {
  for (const payload of [null, 1, "text", [], { data: null }, { data: { requestId: 5 } }]) {
    expect(eventLinks(payload)).toEqual([]);
  }
});
