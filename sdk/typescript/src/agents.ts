// SPDX-License-Identifier: Apache-2.0
import { isText, malformed, objectOf } from "./answer.js";
import { get, pathPart, post } from "./connection.js";
import type { Connection } from "./connection.js";
import { BehalfIDConfigurationError } from "./errors.js";
import { isObject, toJson } from "./json.js";
import type { CallOptions } from "./types.js";

export interface AgentInput {
  name: string;
  agentType?: "native" | "connected" | undefined;
  provider?: string | undefined;
  connectionStatus?: "manual" | "connected" | "disconnected" | undefined;
  externalAgentId?: string | undefined;
  externalAgentLabel?: string | undefined;
  description?: string | undefined;
}

/** An agent's key: it is shown here and never again. */
export interface AgentKey {
  readonly agentId: string;
  readonly apiKey: string;
}

export interface CreatedAgent extends AgentKey {
  readonly agentType: string;
  readonly provider: string;
}

/** What an agent may do; docs/api.md of the server has the rules of each field. */
export interface PermissionInput {
  action: string;
  /** When it is not the client's. */
  agentId?: string | undefined;
  description?: string | undefined;
  resource?: string | undefined;
  scope?: string | undefined;
  allowedActions?: readonly string[] | undefined;
  blockedActions?: readonly string[] | undefined;
  requiresApproval?: boolean | undefined;
  /** Minutes for which an approval is good: 1 to 1440; 30. */
  approvalGrantMinutes?: number | undefined;
  notes?: string | undefined;
  template?: string | undefined;
  constraints?: PermissionConstraints | undefined;
}

export interface PermissionConstraints {
  maxAmount?: number | undefined;
  /** A time in the future, ISO 8601. */
  expiresAt?: string | Date | undefined;
  allowedVendors?: readonly string[] | undefined;
  allowedPaths?: readonly string[] | undefined;
  deniedPaths?: readonly string[] | undefined;
  deniedCommands?: readonly string[] | undefined;
  allowedBranches?: readonly string[] | undefined;
  deniedBranches?: readonly string[] | undefined;
  allowedEnvironments?: readonly string[] | undefined;
  deniedEnvironments?: readonly string[] | undefined;
  allowedRepositories?: readonly string[] | undefined;
  deniedRepositories?: readonly string[] | undefined;
}

export interface CreatedPermission {
  readonly permissionId: string;
  readonly status: string;
}

/** What the agent may do, as one manifest. It describes and grants nothing: ask before every action. */
export interface Boundary {
  readonly boundaryVersion: string;
  readonly agentId: string;
  readonly status: string;
  readonly generatedAt: string;
  readonly agent: {
    readonly name: string;
    readonly description: string | null;
    readonly guidelines: readonly string[];
  };
  readonly allowedActions: readonly string[];
  readonly blockedActions: readonly string[];
  readonly approvalRequiredActions: readonly string[];
  readonly resources: readonly string[];
  readonly vendors: readonly string[];
  readonly constraints: Readonly<Record<string, unknown>>;
  readonly activePermissions: readonly BoundaryPermission[];
  readonly expiredPermissions: readonly unknown[];
  readonly revokedPermissions: readonly unknown[];
  readonly summary: Readonly<Record<string, number>>;
  readonly enforcement: Readonly<Record<string, unknown>>;
}

export interface BoundaryPermission {
  readonly permissionId: string;
  readonly action: string;
  readonly resource: string | null;
  readonly requiresApproval: boolean;
  readonly expiresAt: string | null;
}

/** A text is the agent's name. */
export async function createAgent(
  connection: Connection,
  nameOrInput: string | AgentInput,
  options?: CallOptions,
): Promise<CreatedAgent> {
  const input: unknown = typeof nameOrInput === "string" ? { name: nameOrInput } : nameOrInput;
  if (!isObject(input))
    throw new BehalfIDConfigurationError("createAgent takes a name, or an object with one.");
  const question = post("/api/agents", toJson("The agent", input));
  const answer = objectOf(await connection.asDeveloper(question, options), 201);
  keyOf(answer["agentId"], answer["apiKey"], 201);
  return answer as unknown as CreatedAgent;
}

export async function createPermission(
  connection: Connection,
  input: PermissionInput,
  options?: CallOptions,
): Promise<CreatedPermission> {
  if (!isObject(input))
    throw new BehalfIDConfigurationError("createPermission takes an object with an action.");
  const body = toJson("The permission", { ...input, agentId: connection.agentId(input.agentId) });
  const question = post("/api/permissions", body);
  const answer = objectOf(await connection.asDeveloper(question, options), 201);
  if (!isText(answer["permissionId"])) throw malformed("permissionId", 201);
  return answer as unknown as CreatedPermission;
}

export async function getBoundary(
  connection: Connection,
  agentId?: string,
  options?: CallOptions,
): Promise<Boundary> {
  const path = `/api/agents/${pathPart(connection.agentId(agentId))}/boundary`;
  const answer = objectOf(await connection.asAgent(get(path), options), 200);
  if (!isText(answer["agentId"])) throw malformed("agentId");
  return answer as unknown as Boundary;
}

/** The old key is dead as soon as the server has answered; the connection goes on with the new one. */
export async function rotateKey(
  connection: Connection,
  agentId?: string,
  options?: CallOptions,
): Promise<AgentKey> {
  const path = `/api/agents/${pathPart(connection.agentId(agentId))}/rotate-key`;
  const answer = objectOf(await connection.asAgent(post(path), options), 200);
  const key = keyOf(answer["agentId"], answer["apiKey"], 200);
  connection.useKey(key.apiKey);
  return key;
}

function keyOf(agentId: unknown, apiKey: unknown, status: number): AgentKey {
  if (!isText(agentId)) throw malformed("agentId", status);
  if (!isText(apiKey) || !/^bhf_sk_[A-Za-z0-9_-]+$/.test(apiKey)) throw malformed("apiKey", status);
  return { agentId, apiKey };
}
