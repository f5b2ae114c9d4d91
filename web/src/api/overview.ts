// SPDX-License-Identifier: Apache-2.0
/** The account in numbers. Days are of UTC; `denied` of the API includes what required an approval, `Counts` does not. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call } from "./client.ts";
import { keys } from "./queries.ts";

interface Tally {
  allowed: number;
  denied: number;
  approvalRequired: number;
}

export interface Counts {
  allowed: number;
  denied: number;
  approval: number;
}

export interface Day extends Counts {
  /** 2026-11-21 */
  day: string;
}

export interface BusyAgent extends Counts {
  agentId: string;
  name: string;
  lastUsedAt: string | null;
}

export interface WebhookHealth {
  webhookId: string;
  url: string;
  status: "active" | "disabled";
  pendingEvents: number;
  deadEvents: number;
  lastTriggeredAt: string | null;
  lastStatus: number | null;
}

/** Since the first of the month (UTC). A limit that is null does not exist. */
export interface Usage {
  plan: string;
  seatCount: number;
  agentCount: number;
  verificationCount: number;
  verificationLimit: number | null;
  periodStart: string | null;
  periodResetAt: string | null;
  logRetentionDays: number | null;
}

interface Answer {
  usage?: Usage;
  totalAgents: number;
  activePermissions: number;
  pendingApprovals: number;
  days: (Tally & { day: string })[];
  agents: (Tally & { agentId: string; name: string; lastUsedAt: string | null })[];
  webhooks: WebhookHealth[];
}

export interface Summary {
  usage?: Usage;
  totalAgents: number;
  activePermissions: number;
  pendingApprovals: number;
  days: Day[];
  agents: BusyAgent[];
  webhooks: WebhookHealth[];
}

function countsOf({ allowed, denied, approvalRequired }: Tally): Counts {
  return { allowed, denied: denied - approvalRequired, approval: approvalRequired };
}

export function totalOf({ allowed, denied, approval }: Counts): number {
  return allowed + denied + approval;
}

export function sumOf(all: readonly Counts[]): Counts {
  const sum = { allowed: 0, denied: 0, approval: 0 };
  for (const one of all) {
    sum.allowed += one.allowed;
    sum.denied += one.denied;
    sum.approval += one.approval;
  }
  return sum;
}

export function summaryOf(answer: Answer): Summary {
  return {
    ...answer,
    days: answer.days.map((day) => ({ day: day.day, ...countsOf(day) })),
    agents: answer.agents.map(({ agentId, name, lastUsedAt, ...tally }) => ({
      agentId,
      name,
      lastUsedAt,
      ...countsOf(tally),
    })),
  };
}

export const WINDOWS = [7, 14, 30, 90] as const;
export type Window = (typeof WINDOWS)[number];

/** Counted again every half minute, and whenever an approval is decided here. */
export function useSummary(days: Window) {
  return useQuery({
    queryKey: [...keys.summary, "days", days],
    queryFn: ({ signal }) => call<Answer>("GET", "/api/dashboard/summary", { query: { days }, signal }),
    select: summaryOf,
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}
