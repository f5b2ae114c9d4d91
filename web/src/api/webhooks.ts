// SPDX-License-Identifier: Apache-2.0
/** Webhook endpoints, the events that are sent to them, and the attempts to deliver those. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, segment } from "./client.ts";
import { keys } from "./queries.ts";

export interface Webhook {
  webhookId: string;
  url: string;
  secretPreview: string;
  /** Until then the secret before this one signs too; null: there is one secret. */
  previousSecretExpiresAt: string | null;
  events: string[];
  status: "active" | "disabled";
  disabledReason: string | null;
  failingSince: string | null;
  lastTriggeredAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface Delivery {
  deliveryId: string;
  eventId: string;
  eventType: string;
  webhookId: string;
  status: "success" | "failed";
  httpStatus: number | null;
  error: string | null;
  attempt: number;
  maxAttempts: number;
  nextRetryAt: string | null;
  createdAt: string;
}

export type EventStatus = "pending" | "processing" | "completed" | "failed";

export interface WebhookEvent {
  eventId: string;
  type: string;
  agentId: string | null;
  status: EventStatus;
  attempts: number;
  deadLetter: boolean;
  lastError: string | null;
  nextAttemptAt: string | null;
  createdAt: string;
  /** null: the log entry that it tells about was erased. */
  payload: unknown;
}

export interface EventFilters {
  status: "" | EventStatus;
  type: string;
  deadLetter: "" | "true";
}

export function useWebhooks() {
  return useQuery({
    queryKey: [...keys.webhooks, "list"],
    queryFn: ({ signal }) =>
      call<{ webhooks: Webhook[]; eventTypes: string[] }>("GET", "/api/dashboard/webhooks", { signal }),
    refetchInterval: 30_000,
  });
}

/** Attempts follow each other by seconds at first; then nothing happens for long. */
function pace(deliveries: readonly Delivery[] | undefined, now: number): number {
  const waits = deliveries?.some(
    (one) => one.nextRetryAt !== null && Date.parse(one.nextRetryAt) > now - 15_000,
  );
  return waits === true ? 2_000 : 5_000;
}

export function useWebhook(webhookId: string) {
  return useQuery({
    queryKey: [...keys.webhooks, "one", webhookId],
    queryFn: ({ signal }) =>
      call<{ webhook: Webhook; deliveries: Delivery[] }>(
        "GET",
        `/api/dashboard/webhooks/${segment(webhookId)}`,
        { signal },
      ),
    refetchInterval: (query) => pace(query.state.data?.deliveries, Date.now()),
  });
}

/** Newest first. A page may be short, or empty, though more follows. */
export function useWebhookEvents(filters: EventFilters) {
  return useInfiniteQuery({
    queryKey: [...keys.webhooks, "events", filters],
    queryFn: ({ signal, pageParam }) =>
      call<{ events: WebhookEvent[]; nextBefore: string | null }>("GET", "/api/dashboard/webhook-events", {
        signal,
        query: { ...filters, limit: 50, before: pageParam },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextBefore,
    // A long list is read anew by its button alone; the first page follows what happens.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : 10_000),
  });
}

const DEAD: EventFilters = { status: "", type: "", deadLetter: "true" };

/** Whether the account has anything to replay; false until that is known. */
export function useHasDeadLetters(): boolean {
  return useWebhookEvents(DEAD).data?.pages.some((page) => page.events.length > 0) === true;
}

export function useWebhookEvent(eventId: string | null) {
  return useQuery({
    queryKey: [...keys.webhooks, "event", eventId],
    queryFn: ({ signal }) =>
      call<{ event: WebhookEvent; deliveries: Delivery[] }>(
        "GET",
        `/api/dashboard/webhook-events/${segment(eventId ?? "")}`,
        { signal },
      ),
    enabled: eventId !== null,
    refetchInterval: (query) => {
      const status = query.state.data?.event.status;
      return status === "pending" || status === "processing" ? 2_000 : false;
    },
  });
}

const one = (webhookId: string) => `/api/dashboard/webhooks/${segment(webhookId)}`;

export interface Made {
  secret: string;
  /** Of a rotation: how long the old one signs too. */
  previousSecretExpiresAt?: string | null;
}

interface Replayed {
  replayed: number;
  more: boolean;
}

/** One call replays for some seconds at most: it is repeated until nothing is left. */
async function replayUntilDone(path: string): Promise<number> {
  let total = 0;
  for (;;) {
    const { replayed, more } = await call<Replayed>("POST", path);
    total += replayed;
    if (!more || replayed === 0) return total;
  }
}

/** All that can be done; each drops what it changed from the cache, also where it failed half way. */
export function useWebhookActions() {
  const client = useQueryClient();
  async function changed<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } finally {
      void client.invalidateQueries({ queryKey: keys.webhooks });
      void client.invalidateQueries({ queryKey: keys.summary });
    }
  }
  return {
    create: (url: string, events: string[]) =>
      changed(
        call<Made & { webhook: Webhook }>("POST", "/api/dashboard/webhooks", { body: { url, events } }),
      ),
    update: (webhookId: string, change: { url?: string; events?: string[] }) =>
      changed(call<{ webhook: Webhook }>("PATCH", one(webhookId), { body: change })),
    enable: (webhookId: string) => changed(call("POST", `${one(webhookId)}/enable`)),
    disable: (webhookId: string) => changed(call("POST", `${one(webhookId)}/disable`)),
    remove: async (webhookId: string) => {
      await call("DELETE", one(webhookId));
      client.removeQueries({ queryKey: [...keys.webhooks, "one", webhookId] });
      void client.invalidateQueries({ queryKey: [...keys.webhooks, "list"] });
      void client.invalidateQueries({ queryKey: [...keys.webhooks, "events"] });
    },
    rotate: (webhookId: string) => changed(call<Made>("POST", `${one(webhookId)}/rotate-secret`)),
    test: (webhookId: string) => changed(call<{ eventId: string }>("POST", `${one(webhookId)}/test`)),
    replayEndpoint: (webhookId: string) => changed(replayUntilDone(`${one(webhookId)}/replay`)),
    replayEvent: (eventId: string) =>
      changed(call("POST", `/api/dashboard/webhook-events/${segment(eventId)}/replay`)),
    replayAll: () => changed(replayUntilDone("/api/dashboard/webhook-events/replay")),
  };
}
