// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { Approval } from "../api/types.ts";
import { freshOf } from "./LiveApprovals.tsx";
import { notice } from "./notify.ts";

const asked = (approvalId: string, more: Partial<Approval> = {}) =>
  ({ approvalId, agentId: "agt_1", agentName: "Deploy", action: "pay", vendor: null, ...more }) as Approval;

it("The first list of all is no news; after it, what was not known is.", () => {
  const waiting = [asked("apr_1"), asked("apr_2")];
  expect(freshOf(null, waiting)).toEqual([]);
  expect(freshOf(new Set(["apr_1"]), waiting)).toEqual([waiting[1]]);
});

it("A notification says who asks for what, and nothing of the command.", () => {
  const text = notice(
    asked("apr_1", { vendor: "example.com", argumentValue: "rm -rf /" } as Partial<Approval>),
  );
  expect(text).toEqual({ title: "Deploy waits for you", body: "pay on example.com" });
  expect(notice(asked("apr_1", { agentName: null })).title).toBe("agt_1 waits for you");
});

it("A notification has no character that turns or hides its text.", () => {
  const { title, body } = notice(asked("apr_1", { agentName: "a\u202eb", action: "x\u200b\ny" }));
  expect(title).toBe("a b waits for you");
  expect(body).toBe("x y");
});
