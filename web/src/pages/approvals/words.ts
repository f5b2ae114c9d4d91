// SPDX-License-Identifier: Apache-2.0
/** What pages about approvals say. */
import type { StatusFilter } from "../../api/approvals.ts";
import type { Approval, ApprovalStatus } from "../../api/types.ts";
import type { Tone } from "../../ui/Badge.tsx";
import { namedText } from "../../ui/exactText.ts";

export const STATUS_WORDS: Record<ApprovalStatus, { label: string; tone: Tone }> = {
  pending: { label: "Waiting", tone: "approval" },
  approved: { label: "Approved", tone: "allowed" },
  denied: { label: "Denied", tone: "denied" },
  used: { label: "Approved and used", tone: "accent" },
  expired: { label: "Expired", tone: "neutral" },
};

export const FILTER_WORDS: Record<StatusFilter, string> = {
  pending: "Waiting",
  approved: "Approved",
  denied: "Denied",
  used: "Used",
  expired: "Expired",
  all: "All",
};

export const EMPTY_WORDS: Record<StatusFilter, string> = {
  pending: "Nothing waits for you",
  approved: "Nothing is approved and unused",
  denied: "Nothing was denied",
  used: "No approval was used",
  expired: "Nothing has expired",
  all: "No agent has asked yet",
};

/** "30 minutes", "1 hour", "2 hours 5 minutes". */
export function minutesInWords(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const parts = [
    hours > 0 ? `${hours} ${hours === 1 ? "hour" : "hours"}` : "",
    rest > 0 || hours === 0 ? `${rest} ${rest === 1 ? "minute" : "minutes"}` : "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}

export function agentName(approval: Approval): string {
  return approval.agentName ?? approval.agentId;
}

/** Who asks for what, in one plain line: "Demo agent: deploy_production on vercel.com". */
export function askedInWords(approval: Approval): string {
  const on = approval.vendor === null ? "" : ` on ${approval.vendor}`;
  return namedText(`${agentName(approval)}: ${approval.action}${on}`);
}

export const ARGUMENT_WORDS: Record<"command" | "file_path", string> = {
  command: "The exact command",
  file_path: "The exact path",
};

/** What has to be the same for the approval to count. */
export function boundTo(approval: Approval): string {
  const parts = [
    "this action",
    approval.argumentKind === "command" ? "this command" : "",
    approval.argumentKind === "file_path" ? "this path" : "",
    approval.vendor === null ? "" : "this resource",
    approval.amount === null ? "" : "this amount",
  ].filter((part) => part !== "");
  const last = parts.pop() ?? "";
  return parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
}

/** The filter of an address; anything unknown is what waits. */
export function statusOf(text: string | null): StatusFilter {
  return text !== null && Object.hasOwn(FILTER_WORDS, text) ? (text as StatusFilter) : "pending";
}
