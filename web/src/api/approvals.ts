// SPDX-License-Identifier: Apache-2.0
/** Requests for approval. All keys begin with keys.approvals: what changes one drops them all. */
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { agentQuery } from "./agents.ts";
import { ApiError, call, segment } from "./client.ts";
import { useIsLive } from "./live.ts";
import { keys } from "./queries.ts";
import type { Approval, LogRow } from "./types.ts";

export const STATUS_FILTERS = ["pending", "approved", "denied", "used", "expired", "all"] as const;
export type StatusFilter = (typeof STATUS_FILTERS)[number];

export interface ApprovalFilter {
  status: StatusFilter;
  agentId?: string | undefined;
}

interface Page {
  approvals: Approval[];
  pagination: { limit: number; nextBefore: string | null };
}

const PAGE = 30;
/** The most that can wait and still be counted here; beyond it "99+" is said. */
const COUNTED = 100;
const LIVE_MS = 60_000;
const POLL_MS = 5_000;

function list(query: Record<string, string | number | undefined>, signal: AbortSignal): Promise<Page> {
  return call<Page>("GET", "/api/dashboard/approvals", { query, signal });
}

/** What waits, newest first. Kept fresh by the stream, or else by asking. */
export function usePendingApprovals() {
  const interval = useIsLive() ? LIVE_MS : POLL_MS;
  return useQuery({
    queryKey: [...keys.approvals, "pending"],
    queryFn: ({ signal }) => list({ status: "pending", limit: COUNTED }, signal),
    select: (page) => page.approvals,
    refetchInterval: interval,
  });
}

/** A list in pages of 30. */
export function useApprovals(filter: ApprovalFilter) {
  const interval = useIsLive() ? LIVE_MS : POLL_MS;
  return useInfiniteQuery({
    queryKey: [...keys.approvals, "list", filter.status, filter.agentId ?? ""],
    queryFn: ({ signal, pageParam }) => list({ ...filter, limit: PAGE, before: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.pagination.nextBefore ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.approvals),
    refetchInterval: interval,
  });
}

/** One, with the whole command or path. */
export function useApproval(approvalId: string) {
  const interval = useIsLive() ? LIVE_MS : POLL_MS;
  return useQuery({
    queryKey: [...keys.approvals, "one", approvalId],
    queryFn: ({ signal }) =>
      call<{ approval: Approval }>("GET", `/api/dashboard/approvals/${segment(approvalId)}`, { signal }),
    select: (answer) => answer.approval,
    refetchInterval: interval,
  });
}

/** What this agent asked for before with this action, newest first, without the one that is shown. */
export function useApprovalHistory({ agentId, action, approvalId }: Approval, count: number) {
  return useQuery({
    queryKey: [...keys.approvals, "history", agentId, action],
    queryFn: ({ signal }) => list({ status: "all", agentId, action, limit: count + 1 }, signal),
    select: (page) => ({
      earlier: page.approvals.filter((other) => other.approvalId !== approvalId).slice(0, count),
      hasMore: page.pagination.nextBefore !== null,
    }),
  });
}

export interface ActionCounts {
  allowed: number;
  denied: number;
  asked: number;
}

/** The counts without the decision that made this very request; `denied` of the API holds those that asked. */
export function countsBeside(
  { allowed, denied, approvalRequired }: { allowed: number; denied: number; approvalRequired: number },
  isLogged: boolean,
): ActionCounts {
  return {
    allowed,
    denied: Math.max(0, denied - approvalRequired),
    asked: Math.max(0, approvalRequired - (isLogged ? 1 : 0)),
  };
}

/** How the log answered this agent about this action, apart from the request itself if it `isLogged`. */
export function useActionCounts({ agentId, action }: Approval, isLogged: boolean) {
  return useQuery({
    queryKey: [...keys.approvals, "counts", agentId, action], // what is asked and used changes them
    queryFn: ({ signal }) =>
      call<{ summary: Parameters<typeof countsBeside>[0] }>("GET", "/api/dashboard/logs", {
        query: { agentId, action, limit: 1 },
        signal,
      }),
    select: (answer) => countsBeside(answer.summary, isLogged),
    placeholderData: keepPreviousData,
  });
}

/** The decision that made the request; null when its entry is gone from the log. */
export function useAskedDecision(requestId: string | null) {
  return useQuery({
    queryKey: [...keys.logs, "asked", requestId],
    queryFn: ({ signal }) =>
      call<{ log: LogRow }>("GET", `/api/dashboard/logs/${segment(requestId ?? "")}`, { signal }).then(
        (answer) => answer.log,
        (problem: unknown) => {
          if (problem instanceof ApiError && problem.status === 404) return null;
          throw problem;
        },
      ),
    enabled: requestId !== null,
    staleTime: Infinity, // a decision never changes
  });
}

/** The agent that asks and the permission under which it asks. */
export function useAskingAgent({ agentId, permissionId }: Approval) {
  return useQuery({
    ...agentQuery(agentId),
    select: ({ agent, permissions }) => ({
      agent,
      permission: permissions.find((one) => one.permissionId === permissionId) ?? null,
    }),
  });
}

export interface Inbox {
  pendingApprovals: Approval[];
  deniedHighRisk: LogRow[];
}

export function useInbox() {
  return useQuery({
    queryKey: [...keys.approvals, "inbox"],
    queryFn: ({ signal }) => call<Inbox>("GET", "/api/dashboard/inbox", { signal }),
    refetchInterval: 30_000,
  });
}

export type Verdict = "approve" | "deny";

/** Approves or denies; what shows approvals is asked for anew, also when somebody else was first. */
export function useDecide(
  approvalId: string,
  { onDone, onFailed }: { onDone: (verdict: Verdict) => void; onFailed: (problem: Error) => void },
) {
  const client = useQueryClient();
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.approvals }),
      client.invalidateQueries({ queryKey: keys.summary }),
    ]);
  return useMutation({
    mutationFn: (verdict: Verdict) =>
      call<{ grantExpiresAt?: string }>("POST", `/api/dashboard/approvals/${segment(approvalId)}/${verdict}`),
    onSuccess: async (_answer, verdict) => {
      onDone(verdict);
      await refresh(); // in between, the buttons must not come back
    },
    onError: (problem) => {
      onFailed(problem);
      void refresh();
    },
  });
}
