// SPDX-License-Identifier: Apache-2.0
/**
 * The cache of answers. Keys begin with the thing's name, so that a change drops all that shows it:
 * `keys.agents` is a prefix of `keys.agent(id)`.
 */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError, onDoubt } from "./client.ts";

export const keys = {
  me: ["me"],
  summary: ["summary"],
  agents: ["agents"],
  agent: (id: string) => ["agents", id],
  approvals: ["approvals"],
  logs: ["logs"],
  webhooks: ["webhooks"],
  sites: ["sites"],
  members: ["members"],
  settings: ["settings"],
  tokens: ["tokens"],
  sessions: ["sessions"],
  operator: ["operator"],
  templates: ["templates"],
} as const;

/** Asking again helps only where the server could not answer. */
function isWorthAnotherTry(count: number, error: unknown): boolean {
  return count < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503);
}

export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    queryCache: new QueryCache(),
    mutationCache: new MutationCache(),
    defaultOptions: {
      queries: {
        retry: isWorthAnotherTry,
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        refetchOnReconnect: true,
        networkMode: "always", // a server on this machine or in this house answers without the internet
      },
      // Never kept for later: what somebody decided is sent now, or they are told that it was not.
      mutations: { retry: false, networkMode: "always" },
    },
  });
  // Not awaited by anybody: that the answer is lost is said before it is known what became of the change.
  onDoubt(() => void client.invalidateQueries());
  return client;
}
