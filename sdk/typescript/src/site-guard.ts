// SPDX-License-Identifier: Apache-2.0
import { isText, malformed, objectOf } from "./answer.js";
import { post } from "./connection.js";
import type { Connection } from "./connection.js";
import { BehalfIDConfigurationError } from "./errors.js";
import { isObject, ownMembers, toJson } from "./json.js";
import { redact } from "./redact.js";
import type { CallOptions } from "./types.js";

/** Who wants what of the site. */
export interface SiteCheck {
  /** As it was sent, without query and fragment. */
  path: string;
  userAgent?: string | undefined;
  agentIdentifier?: string | undefined;
  metadata?: object | undefined;
  /** Of a signed request: what it was, so that its signature can be verified. */
  method?: string | undefined;
  scheme?: string | undefined;
  authority?: string | undefined;
  query?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** With a developer token in place of a site's key: which site. */
  siteId?: string | undefined;
  domain?: string | undefined;
}

export interface SiteDecision {
  readonly allowed: boolean;
  readonly reason: string;
  readonly requestId: string;
  readonly matchedRuleId: string | null;
  readonly siteId: string | null;
  /** The directory of who signed; null when nobody did, or not well. */
  readonly verifiedAgent: string | null;
  /** Why the signature does not count, where there was one. */
  readonly signatureError?: string;
}

/** What a web site asks before it serves an agent. */
export class SiteGuard {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** May this visitor have this path? Serve it only when allowed is true. */
  async check(input: SiteCheck, options?: CallOptions): Promise<SiteDecision> {
    if (!isObject(input)) throw new BehalfIDConfigurationError("check takes an object with a path.");
    const body = toJson("The check", input);
    const question = post("/api/site-guard/check", body);
    const answer = objectOf(await this.#connection.asSite(question, options), 200);
    const { allowed, requestId, reason } = ownMembers(answer);
    if (typeof allowed !== "boolean") throw malformed("allowed");
    if (!isText(requestId)) throw malformed("requestId");
    if (typeof reason !== "string") throw malformed("reason");
    return { ...answer, reason: redact(reason) } as unknown as SiteDecision;
  }
}
