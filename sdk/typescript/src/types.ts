// SPDX-License-Identifier: Apache-2.0
/** What a client is made of. Each may be left out; most are then read from the environment. */
export interface BehalfIDOptions {
  /** Of the server; else BEHALFID_BASE_URL, else http://127.0.0.1:8420. */
  baseUrl?: string | undefined;
  /** The agent's key (bhf_sk_...), or a site's (bhf_site_...); else BEHALFID_API_KEY. */
  apiKey?: string | undefined;
  /** Whom to ask for when a request does not say; else BEHALFID_AGENT_ID. */
  agentId?: string | undefined;
  /** A developer token (bhf_dev_...); else BEHALFID_DEVELOPER_TOKEN. */
  developerToken?: string | undefined;
  /** A site's key (bhf_site_...) for siteGuard; else BEHALFID_SITE_KEY. */
  siteKey?: string | undefined;
  /** Milliseconds for a call in all, tries and answer included; 5000, and 30000 for executeAction. */
  timeoutMs?: number | undefined;
  /** Permit http:// to another machine: keys and decisions then travel in the open. */
  allowInsecureHttp?: boolean | undefined;
  /** In place of the global fetch: for tests and for proxies. It must honour signal and redirect. */
  fetch?: typeof globalThis.fetch | undefined;
}

/** What every call may be told. */
export interface CallOptions {
  /** Milliseconds for this call in all. */
  timeoutMs?: number | undefined;
  /** Ends the call: it throws BehalfIDUnavailable of kind "aborted". */
  signal?: AbortSignal | undefined;
}

export interface VerifyOptions extends CallOptions {
  /** 1 to 200 printable ASCII characters, no blank at either end: a repeat with the same key counts once, so the call may be tried again. */
  idempotencyKey?: string | undefined;
}

/** What is asked: may this be done? */
export interface VerifyRequest {
  action: string;
  /** What the action is done to; vendor wins over resource. */
  vendor?: string | undefined;
  resource?: string | undefined;
  /** 0 or more. */
  amount?: number | undefined;
  /** Recorded in the log; 2,048 characters as JSON. */
  metadata?: object | undefined;
  /** Never recorded; 16,384 characters as JSON. */
  policyContext?: object | undefined;
  /** Always allowed; the real decision is recorded, and shown as shadowDecision. */
  shadow?: boolean | undefined;
  /** "shadow" is the same as shadow: true. */
  mode?: "shadow" | undefined;
  /** When it is not the client's. */
  agentId?: string | undefined;
}

export type Risk = "low" | "medium" | "high";

/** What the policy says of a shadow call. */
export interface ShadowDecision {
  readonly allowed: boolean;
  readonly reason: string;
  readonly risk: Risk;
}

/** What the server decided. */
export interface Decision {
  /** Joins answer, log and approval. */
  readonly requestId: string;
  readonly allowed: boolean;
  /** A person must approve this very request first. */
  readonly approvalRequired: boolean;
  /** What the person is asked; null when nobody is. */
  readonly approvalId: string | null;
  readonly reason: string;
  readonly risk: Risk;
  /** It was only asked what would be: allowed says nothing then. */
  readonly shadow: boolean;
  /** What the policy says, of a shadow call; else null. */
  readonly shadowDecision: ShadowDecision | null;
}

export type ApprovalStatus = "pending" | "approved" | "denied" | "used" | "expired";

/** A request to a person. Times are ISO 8601 in UTC. */
export interface Approval {
  readonly approvalId: string;
  readonly status: ApprovalStatus;
  readonly agentId: string;
  readonly permissionId: string | null;
  readonly action: string;
  readonly vendor: string | null;
  readonly amount: number | null;
  readonly requestId: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly resolvedAt: string | null;
  readonly grantExpiresAt: string | null;
  readonly usedAt: string | null;
}

export interface WaitOptions {
  /** Milliseconds to wait in all; 30 minutes. The last answer may take a few seconds more. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}
