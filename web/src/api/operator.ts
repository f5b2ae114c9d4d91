// SPDX-License-Identifier: Apache-2.0
/** The whole server, for its operators. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { call, segment } from "./client.ts";
import { keys } from "./queries.ts";
import type { Delivery, EventFilters, WebhookEvent } from "./webhooks.ts";

export interface ServerSummary {
  accounts: number;
  people: number;
  agents: number;
  activePermissions: number;
  decisionsToday: { allowed: number; denied: number; approvalRequired: number };
  pendingApprovals: number;
  pendingEvents: number;
  deadEvents: number;
  databaseBytes: number;
  startedAt: string;
  version: string;
}

export interface AccountRow {
  accountId: string;
  name: string;
  members: number;
  agents: number;
  activePermissions: number;
  pendingApprovals: number;
  createdAt: string;
}

export interface ServerSettings {
  publicUrl: string;
  listen: string;
  store: { kind: string; state: string };
  rateLimit: { mode: string; perMinute: number };
  switches: Record<string, boolean>;
  signup: string;
  logMetadata: boolean;
  retentionDays: number;
  securityWarnings: string[];
}

export interface SigningKey {
  number: number;
  kid: string;
  createdAt: string | null;
  publishedUntil: string | null;
  signs: boolean;
}

/** An event of one of the accounts. */
export interface QueuedEvent extends WebhookEvent {
  accountId: string;
}

const ROOT = "/api/operator";
const EVENTS = `${ROOT}/webhook-events`;

export function useServerSummary() {
  return useQuery({
    queryKey: [...keys.operator, "summary"],
    queryFn: ({ signal }) => call<ServerSummary>("GET", `${ROOT}/summary`, { signal }),
    refetchInterval: 30_000,
  });
}

export function useAccounts() {
  return useInfiniteQuery({
    queryKey: [...keys.operator, "accounts"],
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) =>
      call<{ accounts: AccountRow[]; nextCursor: string | null }>("GET", `${ROOT}/accounts`, {
        signal,
        query: { cursor: pageParam },
      }),
    getNextPageParam: (page) => page.nextCursor,
  });
}

export function useServerSettings() {
  return useQuery({
    queryKey: [...keys.operator, "settings"],
    queryFn: ({ signal }) => call<ServerSettings>("GET", `${ROOT}/settings`, { signal }),
  });
}

const signingKey = [...keys.operator, "signing-keys"];

export function useSigningKeys() {
  return useQuery({
    queryKey: signingKey,
    queryFn: ({ signal }) => call<{ keys: SigningKey[] }>("GET", `${ROOT}/signing-keys`, { signal }),
    select: (answer) => answer.keys,
  });
}

export const rotateSigningKey = () =>
  call<{ keys: SigningKey[] }>("POST", `${ROOT}/signing-keys/rotate`, { body: {} });

export function useQueue(filters: EventFilters) {
  return useInfiniteQuery({
    queryKey: [...keys.operator, "events", filters],
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) =>
      call<{ events: QueuedEvent[]; nextBefore: string | null }>("GET", EVENTS, {
        signal,
        query: { ...filters, before: pageParam },
      }),
    getNextPageParam: (page) => page.nextBefore,
    placeholderData: keepPreviousData,
  });
}

export function useQueuedEvent(eventId: string) {
  return useQuery({
    queryKey: [...keys.operator, "event", eventId],
    queryFn: ({ signal }) =>
      call<{ event: QueuedEvent; deliveries: Delivery[] }>("GET", `${EVENTS}/${segment(eventId)}`, {
        signal,
      }),
  });
}

export const replayQueuedEvent = (eventId: string) =>
  call<{ replayed: boolean }>("POST", `${EVENTS}/${segment(eventId)}/replay`, { body: {} });

/** The types that events can have. */
export function useEventTypes() {
  return useQuery({
    queryKey: [...keys.operator, "event-types"],
    queryFn: ({ signal }) => call<{ eventTypes: string[] }>("GET", "/api/dashboard/webhooks", { signal }),
    select: (answer) => answer.eventTypes,
    staleTime: Infinity,
  });
}

/** Looks at the queue at once instead of at the next due time. */
export const processQueue = () =>
  call<{ processed: number; completed: number; retried: number; deadLettered: number }>(
    "POST",
    "/api/webhooks/process",
    { body: {} },
  );
