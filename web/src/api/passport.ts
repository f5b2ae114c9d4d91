// SPDX-License-Identifier: Apache-2.0
/** An agent's passport, by the token of its link. The token goes out as a bearer and is part of no address or key. */
import { useQuery } from "@tanstack/react-query";
import { call, segment, send } from "./client.ts";
import type { Risk } from "./types.ts";

export interface PassportPermission {
  action: string;
  resource: string | null;
  scope: string | null;
  description: string | null;
  allowedActions: string[] | null;
  blockedActions: string[] | null;
  requiresApproval: boolean;
  notes: string | null;
  template: string | null;
  maxAmount: number | null;
  expiresAt: string | null;
  status: string;
}

export interface PassportDocument {
  passportVersion: string;
  mode: string;
  agent: {
    agentId: string;
    name: string;
    agentType: string;
    provider: string;
    connectionStatus: string;
    description: string | null;
    guidelines: string[];
  };
  permissions: PassportPermission[];
  limitations: string[];
}

/** `generation` stands for the token in the key: it grows with each token that the page is given. */
export interface PassportLink {
  agentId: string;
  token: string;
  generation: number;
}

export interface PreviewRequest {
  action: string;
  resource?: string;
  amount?: number;
  context?: string;
}

export interface PreviewAnswer {
  requestId: string;
  allowed: boolean;
  reason: string;
  risk: Risk;
}

export type PassportFormat = "memory" | "instruction" | "prompt" | "json" | "markdown" | "jwt";

function passportAt(agentId: string): string {
  return `/api/passport/${segment(agentId)}`;
}

export function usePassport({ agentId, token, generation }: PassportLink) {
  return useQuery({
    queryKey: ["passport", agentId, generation],
    queryFn: ({ signal }) => call<PassportDocument>("GET", passportAt(agentId), { signal, bearer: token }),
    gcTime: 0,
    refetchInterval: 60_000, // a permission may end while the page stands open
  });
}

export function usePassportText({ agentId, token, generation }: PassportLink, format: PassportFormat) {
  return useQuery({
    queryKey: ["passport", agentId, generation, format],
    queryFn: async ({ signal }) => {
      const query = { format };
      return (await send("GET", passportAt(agentId), { signal, bearer: token, query })).text();
    },
    gcTime: 0,
  });
}

export const previewPassport = ({ agentId, token }: PassportLink, body: PreviewRequest) =>
  call<PreviewAnswer>("POST", passportAt(agentId), { body, bearer: token, changesNothing: true });
