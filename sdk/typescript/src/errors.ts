// SPDX-License-Identifier: Apache-2.0
import { redact } from "./redact.js";
import type { Decision, Risk } from "./types.js";

/**
 * The package may be in a program twice, imported and required: `instanceof` then knows the errors of both. A class that is
 * made from one of these knows its own, as usual.
 */
function knowBothBuilds(kind: { readonly prototype: object }, name: string): void {
  const mark = Symbol.for(`@behalfid/sdk ${name}`);
  Object.defineProperty(kind.prototype, mark, { value: true });
  Object.defineProperty(kind, Symbol.hasInstance, {
    value(this: unknown, given: unknown): boolean {
      if (this === kind) return typeof given === "object" && given !== null && mark in given;
      return Function.prototype[Symbol.hasInstance].call(this as () => unknown, given);
    },
  });
}

/** What every error of this package is. Its text never holds a key. */
export class BehalfIDError extends Error {
  static {
    knowBothBuilds(this, "BehalfIDError");
  }
  override readonly name: string = "BehalfIDError";

  constructor(message: string) {
    super(redact(message));
  }
}

/** The decision is there, and it is no allow. */
export class BehalfIDDenied extends BehalfIDError {
  static {
    knowBothBuilds(this, "BehalfIDDenied");
  }
  override readonly name: string = "BehalfIDDenied";
  readonly decision: Decision;
  readonly requestId: string;
  /** Why, in one sentence. Usually the decision's own; another one when a person refused. */
  readonly reason: string;
  readonly risk: Risk;

  constructor(decision: Decision, reason: string = decision.reason) {
    const ids =
      decision.approvalId === null ? decision.requestId : `${decision.requestId}, ${decision.approvalId}`;
    super(`Denied by BehalfID: ${reason} (${ids})`);
    this.decision = decision;
    this.requestId = decision.requestId;
    this.reason = reason;
    this.risk = decision.risk;
  }
}

/** A person must approve first. */
export class BehalfIDApprovalRequired extends BehalfIDDenied {
  static {
    knowBothBuilds(this, "BehalfIDApprovalRequired");
  }
  override readonly name: string = "BehalfIDApprovalRequired";
  /** What the person is asked; null when nobody was asked. */
  readonly approvalId: string | null;

  constructor(decision: Decision) {
    super(decision);
    this.approvalId = decision.approvalId;
  }
}

/**
 * Why there is no answer: its time was over; the connection failed; the server failed (5xx); it redirects; its answer is
 * none; the caller's own signal ended the call.
 */
export type UnavailableKind = "timeout" | "network" | "server" | "redirect" | "malformed" | "aborted";

/** No decision, and so no allow. */
export class BehalfIDUnavailable extends BehalfIDError {
  static {
    knowBothBuilds(this, "BehalfIDUnavailable");
  }
  override readonly name: string = "BehalfIDUnavailable";
  readonly kind: UnavailableKind;
  /** The HTTP status; null when none came. */
  readonly status: number | null;

  constructor(kind: UnavailableKind, detail: string, status: number | null = null) {
    super(`BehalfID is unavailable: ${detail}`);
    this.kind = kind;
    this.status = status;
  }
}

/** What the server says in an answer of 4xx. */
export interface APIErrorFacts {
  readonly status: number;
  readonly message: string;
  readonly code: string | null;
  readonly hint: string | null;
  readonly retryAfter: number | null;
  readonly requestId: string | null;
}

/** The server refuses the call itself: a wrong key, a wrong field, too many calls, an action that failed. */
export class BehalfIDAPIError extends BehalfIDError {
  static {
    knowBothBuilds(this, "BehalfIDAPIError");
  }
  override readonly name: string = "BehalfIDAPIError";
  readonly status: number;
  readonly code: string | null;
  readonly hint: string | null;
  /** Seconds after which to try again; null when the server does not say. */
  readonly retryAfter: number | null;
  /** Of an action that was allowed and failed: where the log has it. Else null. */
  readonly requestId: string | null;

  constructor(facts: APIErrorFacts) {
    super(facts.message);
    this.status = facts.status;
    this.code = facts.code === null ? null : redact(facts.code);
    this.hint = facts.hint === null ? null : redact(facts.hint);
    this.retryAfter = facts.retryAfter;
    this.requestId = facts.requestId;
  }
}

/** The client cannot be made, or cannot be used, in this way. Nothing was sent. */
export class BehalfIDConfigurationError extends BehalfIDError {
  static {
    knowBothBuilds(this, "BehalfIDConfigurationError");
  }
  override readonly name: string = "BehalfIDConfigurationError";
}
