// SPDX-License-Identifier: Apache-2.0
/** The log of decisions: lists by cursor, single entries, erasures, and the state of its chain. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { call, segment, type Query } from "./client.ts";
import { keys } from "./queries.ts";
import type { LogRow } from "./types.ts";

/** What a list of the log is narrowed to. An empty text narrows nothing. */
export interface LogFilters {
  /** `denied` includes what would need an approval. */
  decision: "" | "allowed" | "denied" | "approval_required";
  agentId: string;
  action: string;
  vendor: string;
  environment: string;
  risk: "" | "low" | "medium" | "high";
  range: "" | "24h" | "7d";
  /** ISO times; `range` comes before `from`. */
  from: string;
  to: string;
  shadow: "" | "true" | "false";
  search: string;
}

export const NO_FILTERS: LogFilters = {
  decision: "",
  agentId: "",
  action: "",
  vendor: "",
  environment: "",
  risk: "",
  range: "",
  from: "",
  to: "",
  shadow: "",
  search: "",
};

export interface LogSummary {
  total: number;
  allowed: number;
  /** With `approvalRequired`. */
  denied: number;
  approvalRequired: number;
  shadow: number;
  highRisk: number;
  topDeniedAction: string | null;
  topVendor: string | null;
  /** The counts are of all matches; otherwise of the `newest` ones, as `highRisk` always is. */
  exact: boolean;
  newest: number;
}

export interface LogPage {
  logs: LogRow[];
  summary: LogSummary;
  pagination: {
    total: number;
    totalExact: boolean;
    hasMore: boolean;
    /** The server stopped looking here; older entries may match. */
    partial: boolean;
    looked?: number;
    nextBefore: string | null;
  };
}

export interface ChainStatus {
  state: "verified" | "verifying" | "broken" | "unknown";
  entries: number;
  /** How many of them were checked. */
  verifiedThrough: number;
  verifiedAt: string | null;
  brokenAt: string | null;
}

export interface Erasure {
  erasureId: number | string;
  erasedAt: string;
  erasedBy: string | null;
  requestId: "erased" | null;
  requestHash: string | null;
  entries: number;
  done: boolean;
}

const HOUR_MS = 3_600_000;
const RANGES: Record<"24h" | "7d", number> = { "24h": 24 * HOUR_MS, "7d": 168 * HOUR_MS };

/** The filters as the API takes them. `range` is counted back from `now`. */
export function filterQuery(filters: LogFilters, now: number): Query {
  const { range, ...rest } = filters;
  if (range === "") return rest;
  return { ...rest, from: new Date(now - RANGES[range]).toISOString() };
}

const PAGE_ROWS = 50;

/** Rows newest first, page after page. A page may be empty though more follows. */
export function useLogs(filters: LogFilters, limit = PAGE_ROWS) {
  return useInfiniteQuery({
    queryKey: [...keys.logs, "list", filters, limit],
    queryFn: ({ signal, pageParam }) =>
      call<LogPage>("GET", "/api/dashboard/logs", {
        signal,
        query: { ...filterQuery(filters, Date.now()), limit, before: pageParam },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.pagination.nextBefore,
    // Asked for anew, every page of a long list would be; the page offers that instead (useNewestLog).
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    gcTime: 60_000,
  });
}

/** The request id of the newest match, looked up now and then: has something come since the list was read? */
export function useNewestLog(filters: LogFilters) {
  return useQuery({
    queryKey: [...keys.logs, "newest", filters],
    queryFn: ({ signal }) =>
      call<LogPage>("GET", "/api/dashboard/logs", {
        signal,
        query: { ...filterQuery(filters, Date.now()), limit: 1 },
      }),
    select: (page) => page.logs[0]?.requestId ?? null,
    refetchInterval: 15_000,
  });
}

/** The newest few rows, kept fresh: for overviews. */
export function useRecentLogs(filters: Partial<LogFilters>, limit: number) {
  const all = { ...NO_FILTERS, ...filters };
  return useQuery({
    queryKey: [...keys.logs, "recent", all, limit],
    queryFn: ({ signal }) =>
      call<LogPage>("GET", "/api/dashboard/logs", {
        signal,
        query: { ...filterQuery(all, Date.now()), limit },
      }),
    select: (page) => page.logs,
    refetchInterval: 15_000,
  });
}

/** One entry. `known`: its row as a list has it, shown until the answer is there. */
export function useLog(requestId: string | null, known?: LogRow) {
  return useQuery({
    queryKey: [...keys.logs, "one", requestId],
    queryFn: ({ signal }) =>
      call<{ log: LogRow }>("GET", `/api/dashboard/logs/${segment(requestId ?? "")}`, { signal }).then(
        (answer) => answer.log,
      ),
    enabled: requestId !== null,
    ...(known !== undefined && { placeholderData: known }),
  });
}

export function useChainStatus() {
  return useQuery({
    queryKey: [...keys.logs, "chain"],
    queryFn: ({ signal }) => call<ChainStatus>("GET", "/api/dashboard/audit", { signal }),
    refetchInterval: (query) => (query.state.data?.state === "verified" ? 30_000 : 5_000),
  });
}

export function useErasures(enabled: boolean) {
  return useInfiniteQuery({
    queryKey: [...keys.logs, "erasures"],
    queryFn: ({ signal, pageParam }) =>
      call<{ erasures: Erasure[]; pagination: { nextBefore: number | null } }>(
        "GET",
        "/api/dashboard/logs/erasures",
        { signal, query: { limit: 50, before: pageParam } },
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.pagination.nextBefore,
    enabled,
  });
}

export function eraseLog(requestId: string): Promise<unknown> {
  return call("DELETE", `/api/dashboard/logs/${segment(requestId)}`);
}

/** The server wants these words with the request; a person types them. */
export const ERASE_ALL_PHRASE = "delete all logs";

export function eraseAllLogs(): Promise<{ deleted: number }> {
  return call("DELETE", "/api/dashboard/logs", { body: { confirm: ERASE_ALL_PHRASE } });
}
