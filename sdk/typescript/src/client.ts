// SPDX-License-Identifier: Apache-2.0
import { executeAction } from "./actions.js";
import type { ActionOutcome, ActionRequest } from "./actions.js";
import { createAgent, createPermission, getBoundary, rotateKey } from "./agents.js";
import type {
  AgentInput,
  AgentKey,
  Boundary,
  CreatedAgent,
  CreatedPermission,
  PermissionInput,
} from "./agents.js";
import { waitForApproval } from "./approvals.js";
import { readSettings } from "./config.js";
import { Connection } from "./connection.js";
import { guardFunction } from "./guard.js";
import type { Guarded, GuardMapping, GuardOptions } from "./guard.js";
import { getLogs, iterateLogs } from "./logs.js";
import type { LogEntry, LogQuery } from "./logs.js";
import { refuseBrowsers } from "./runtime.js";
import { SiteGuard } from "./site-guard.js";
import type {
  Approval,
  BehalfIDOptions,
  CallOptions,
  Decision,
  VerifyOptions,
  VerifyRequest,
  WaitOptions,
} from "./types.js";
import { askQuestion, makeQuestion, refusal } from "./verify.js";

/**
 * A client of one BehalfID server, for one agent. Every method may throw BehalfIDUnavailable, BehalfIDAPIError and
 * BehalfIDConfigurationError.
 */
export class BehalfID {
  readonly #connection: Connection;
  /** Takes a site's key. */
  readonly siteGuard: SiteGuard;

  /** Throws BehalfIDConfigurationError in a browser, and for options that cannot be. */
  constructor(options: BehalfIDOptions = {}) {
    refuseBrowsers();
    this.#connection = new Connection(readSettings(options));
    this.siteGuard = new SiteGuard(this.#connection);
  }

  /** The decision, allowed or not: look at allowed. */
  async verify(request: VerifyRequest, options?: VerifyOptions): Promise<Decision> {
    return askQuestion(this.#connection, makeQuestion(this.#connection, request), options);
  }

  /** The decision when it is an allow; else throws BehalfIDDenied or BehalfIDApprovalRequired. */
  async verifyOrThrow(request: VerifyRequest, options?: VerifyOptions): Promise<Decision> {
    const decision = await this.verify(request, options);
    if (!decision.allowed) throw refusal(decision);
    return decision;
  }

  /**
   * The function, so that it runs only on an allow for what the mapping makes of its arguments. Each call may throw
   * what verifyOrThrow throws, and what the mapping and the function throw.
   */
  guard<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
    mapping: GuardMapping<Args>,
    options?: GuardOptions,
  ): Guarded<This, Args, Result> {
    return guardFunction(this.#connection, fn, mapping, options);
  }

  /** The approval once it is pending no more, or still pending when the time is over. */
  async waitForApproval(approvalId: string, options?: WaitOptions): Promise<Approval> {
    return waitForApproval(this.#connection, approvalId, options);
  }

  /**
   * Has the server decide and act (docs/action-gateway.md): executed is true with a result, or false when it was not
   * allowed. What was allowed and failed throws BehalfIDAPIError with its requestId. 30 seconds, unless told.
   */
  async executeAction(request: ActionRequest, options?: CallOptions): Promise<ActionOutcome> {
    return executeAction(this.#connection, request, options);
  }

  /** What the agent may do. It describes and grants nothing. */
  async getBoundary(agentId?: string, options?: CallOptions): Promise<Boundary> {
    return getBoundary(this.#connection, agentId, options);
  }

  /** The 50 newest rows of the log; with a query those of its first page. */
  async getLogs(agentId?: string, query?: LogQuery, options?: CallOptions): Promise<LogEntry[]> {
    return getLogs(this.#connection, agentId, query, options);
  }

  /** All rows that the query asks for, the newest first; a page is fetched when its first row is taken. */
  iterateLogs(
    agentId?: string,
    query?: LogQuery,
    options?: CallOptions,
  ): AsyncGenerator<LogEntry, void, undefined> {
    return iterateLogs(this.#connection, agentId, query, options);
  }

  /**
   * A new key. The old one is dead as soon as the server has answered, and this client goes on with the new one: keep
   * it. When the answer does not arrive, a person must make another one.
   */
  async rotateKey(agentId?: string, options?: CallOptions): Promise<AgentKey> {
    return rotateKey(this.#connection, agentId, options);
  }

  /** Takes a developer token. The key in the answer is shown once. */
  async createAgent(nameOrInput: string | AgentInput, options?: CallOptions): Promise<CreatedAgent> {
    return createAgent(this.#connection, nameOrInput, options);
  }

  /** Takes a developer token. */
  async createPermission(input: PermissionInput, options?: CallOptions): Promise<CreatedPermission> {
    return createPermission(this.#connection, input, options);
  }
}
