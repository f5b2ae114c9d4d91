// SPDX-License-Identifier: Apache-2.0
/** Agents, their keys and passport links, and their permissions. */
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, segment } from "./client.ts";
import { keys } from "./queries.ts";
import type { Agent, Permission, PermissionDraft, Risk } from "./types.ts";

export interface AgentView {
  agent: Agent;
  permissions: Permission[];
  securityPosture: {
    activePermissions: number;
    approvalGatedPermissions: number;
    revokedPermissions: number;
    recentDeniedActions: number;
    recentDeniedSince: string | null;
  };
}

/** What an agent can be made with, and what of it can be changed. Null takes an optional text away. */
export interface AgentFields {
  name: string;
  agentType: "native" | "connected";
  provider: string;
  connectionStatus: string;
  externalAgentId: string | null;
  externalAgentLabel: string | null;
  description: string | null;
  guidelines: string[];
  ollamaBaseUrl: string | null;
  ollamaModel: string | null;
}
export type AgentChange = Partial<Omit<AgentFields, "agentType">>;

const LIST = "/api/dashboard/agents";
const path = (agentId: string) => `${LIST}/${segment(agentId)}`;

export function useAgents() {
  return useQuery({
    queryKey: keys.agents,
    queryFn: ({ signal }) => call<{ agents: Agent[] }>("GET", LIST, { signal }),
    select: (answer) => answer.agents,
  });
}

export function agentQuery(agentId: string) {
  return queryOptions({
    queryKey: keys.agent(agentId),
    queryFn: ({ signal }) => call<AgentView>("GET", path(agentId), { signal }),
  });
}

export function useAgent(agentId: string) {
  return useQuery(agentQuery(agentId));
}

/** After a change: drops what shows agents, so that it is asked for anew. */
export function useRefreshAgents() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.agents }),
      client.invalidateQueries({ queryKey: keys.summary }),
    ]);
}

/** The key is in this answer and nowhere else. */
export function createAgent(
  fields: Partial<AgentFields> & { name: string },
): Promise<{ agent: Agent; apiKey: string }> {
  return call("POST", LIST, { body: fields });
}

export function changeAgent(agentId: string, change: AgentChange): Promise<{ agent: Agent }> {
  return call("PATCH", path(agentId), { body: change });
}

export function switchAgent(agentId: string, on: boolean): Promise<unknown> {
  return call("POST", `${path(agentId)}/${on ? "enable" : "disable"}`);
}

export function rotateKey(agentId: string): Promise<{ agentId: string; apiKey: string }> {
  return call("POST", `${path(agentId)}/rotate-key`);
}

/** Makes the link; one that was there before is dead. */
export function createPassport(
  agentId: string,
): Promise<{ agentId: string; passportUrl: string; tokenPreview: string }> {
  return call("POST", `${path(agentId)}/passport`);
}

export function revokePassport(agentId: string): Promise<unknown> {
  return call("DELETE", `${path(agentId)}/passport`);
}

/* ---- permissions ---- */

export function createPermission(agentId: string, draft: PermissionDraft): Promise<{ permissionId: string }> {
  return call("POST", `${path(agentId)}/permissions`, { body: draft });
}

export function revokePermission(agentId: string, permissionId: string): Promise<unknown> {
  return call("POST", `${path(agentId)}/permissions/${segment(permissionId)}/revoke`);
}

/** One step: the old one is revoked and the new one active, or nothing has changed. */
export function replacePermission(
  agentId: string,
  old: { permissionId: string; updatedAt: string },
  draft: PermissionDraft,
  idempotencyKey: string,
): Promise<{ permissionId: string; replacedPermissionId: string }> {
  return call("POST", `${path(agentId)}/permissions/${segment(old.permissionId)}/replace`, {
    body: { ...draft, expectedUpdatedAt: old.updatedAt, idempotencyKey },
  });
}

/** A request to try on a draft: the body of a verify call without `agentId`. */
export interface Sample {
  action: string;
  vendor?: string;
  amount?: number;
  metadata?: Record<string, unknown>;
  policyContext?: Record<string, unknown>;
}

export interface PreviewDecision {
  allowed: boolean;
  approvalRequired: boolean;
  reason: string;
  risk: Risk;
  /** `draft`, an id, or null for none. */
  permissionId: string | null;
}

export type WarningKind =
  "shadows" | "shadowed" | "overlaps" | "blocked_elsewhere" | "loosens" | "already_allowed";

export interface Preview {
  results: { now: PreviewDecision; then: PreviewDecision }[];
  warnings: { kind: WarningKind; permissionId: string; text: string }[];
}

export interface PreviewQuestion {
  draft?: PermissionDraft;
  replaces?: string;
  samples: Sample[];
}

/** Asks the decision itself, by the policy of now and of then. Nothing is recorded or changed. */
export function previewPermission(
  agentId: string,
  question: PreviewQuestion,
  signal: AbortSignal,
): Promise<Preview> {
  return call("POST", `${path(agentId)}/permissions/preview`, {
    body: question,
    signal,
    changesNothing: true,
  });
}
