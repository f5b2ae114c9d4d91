// SPDX-License-Identifier: Apache-2.0
import { waitForApproval } from "./approvals.js";
import { readSettings } from "./config.js";
import { Connection } from "./connection.js";
import { guardFunction } from "./guard.js";
import type { Guarded, GuardMapping, GuardOptions } from "./guard.js";
import { refuseBrowsers } from "./runtime.js";
import type {
  Approval,
  BehalfIDOptions,
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

  /** Throws BehalfIDConfigurationError in a browser, and for options that cannot be. */
  constructor(options: BehalfIDOptions = {}) {
    refuseBrowsers();
    this.#connection = new Connection(readSettings(options));
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
}
