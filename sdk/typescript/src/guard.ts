// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { APPROVAL_TIMEOUT_MS, waitForApproval } from "./approvals.js";
import { onlyKnown, timeLimit } from "./config.js";
import { checkCallOptions } from "./connection.js";
import type { Connection } from "./connection.js";
import {
  BehalfIDApprovalRequired,
  BehalfIDConfigurationError,
  BehalfIDDenied,
  BehalfIDUnavailable,
} from "./errors.js";
import { isObject } from "./json.js";
import type { CallOptions, Decision, VerifyRequest } from "./types.js";
import { askQuestion, makeQuestion, refusal } from "./verify.js";
import type { Asked } from "./verify.js";

/** What to ask before a function runs: always the same, or made from the arguments of the call. */
export type GuardMapping<Args extends unknown[]> =
  Readonly<VerifyRequest> | ((...args: Args) => VerifyRequest | PromiseLike<VerifyRequest>);

/** timeoutMs and signal are for each question, not for the function. */
export interface GuardOptions extends CallOptions {
  /** When a person must approve: throw BehalfIDApprovalRequired, or wait and ask once more. "throw" without it. */
  approval?: "throw" | "wait" | undefined;
  /** Milliseconds to wait for the person; 30 minutes. */
  approvalTimeoutMs?: number | undefined;
  /** Called before the waiting or the throwing; awaited. When it fails, nothing runs and its error comes through. */
  onApprovalRequired?: ((error: BehalfIDApprovalRequired) => unknown) | undefined;
}

const OPTIONS = [
  "timeoutMs",
  "signal",
  "approval",
  "approvalTimeoutMs",
  "onApprovalRequired",
] as const satisfies readonly (keyof GuardOptions)[];

/** The guarded function: the same arguments, and a promise of what the function gives. */
export type Guarded<This, Args extends unknown[], Result> = (
  this: This,
  ...args: Args
) => Promise<Awaited<Result>>;

/**
 * The function, behind a question. Each call makes the question from its arguments, asks, and runs the function once on
 * an allow; in every other case it throws and the function does not run. What the function throws comes through as it
 * is. An argument that is changed while the answer is awaited is not asked about again.
 */
export function guardFunction<This, Args extends unknown[], Result>(
  connection: Connection,
  fn: (this: This, ...args: Args) => Result,
  mapping: GuardMapping<Args>,
  options: GuardOptions = {},
): Guarded<This, Args, Result> {
  if (typeof fn !== "function") throw new BehalfIDConfigurationError("guard takes a function.");
  if (isGenerator(fn) || /^class\s*[^\s(]/.test(Function.prototype.toString.call(fn))) {
    throw new BehalfIDConfigurationError("guard takes a function, no generator and no class.");
  }
  if (typeof mapping !== "function" && !isObject(mapping)) {
    throw new BehalfIDConfigurationError("guard takes what to ask: a request, or a function that makes one.");
  }
  onlyKnown(options, OPTIONS);
  const approval: unknown = options.approval;
  if (approval !== undefined && approval !== "throw" && approval !== "wait") {
    throw new BehalfIDConfigurationError('approval must be "throw" or "wait".');
  }
  if (options.onApprovalRequired !== undefined && typeof options.onApprovalRequired !== "function") {
    throw new BehalfIDConfigurationError("onApprovalRequired must be a function.");
  }
  checkCallOptions({ timeoutMs: options.timeoutMs, signal: options.signal });
  timeLimit("timeoutMs", options.timeoutMs, 1);
  timeLimit("approvalTimeoutMs", options.approvalTimeoutMs, APPROVAL_TIMEOUT_MS);
  const guarded = async function (this: This, ...args: Args): Promise<Awaited<Result>> {
    const request = typeof mapping === "function" ? await mapping.apply(this, args) : mapping;
    await requireAllow(connection, makeQuestion(connection, request), options);
    return await fn.apply(this, args);
  };
  for (const property of ["name", "length"] as const) {
    Object.defineProperty(guarded, property, { value: fn[property], configurable: true });
  }
  return guarded;
}

/** Of one the body would run when it is iterated: later than the allow, or never. */
function isGenerator(fn: object): boolean {
  return Object.prototype.toString.call(fn).endsWith("GeneratorFunction]");
}

/** Returns only when there is an allow. */
async function requireAllow(connection: Connection, asked: Asked, options: GuardOptions): Promise<void> {
  let decision = await ask(connection, asked, options);
  if (decision.approvalRequired) {
    const error = new BehalfIDApprovalRequired(decision);
    await options.onApprovalRequired?.(error);
    if (options.approval !== "wait" || error.approvalId === null) throw error;
    await awaitPerson(connection, error.approvalId, error, options);
    decision = await ask(connection, asked, options);
  }
  if (!decision.allowed) throw refusal(decision);
  if (options.signal?.aborted === true) throw new BehalfIDUnavailable("aborted", "the caller ended the call");
}

/** Returns when the person has approved. */
async function awaitPerson(
  connection: Connection,
  approvalId: string,
  error: BehalfIDApprovalRequired,
  options: GuardOptions,
): Promise<void> {
  const { status } = await waitForApproval(connection, approvalId, {
    timeoutMs: options.approvalTimeoutMs,
    signal: options.signal,
  });
  if (status === "pending") throw error;
  if (status !== "approved") throw new BehalfIDDenied(error.decision, `The approval is ${status}.`);
}

/** Each question has a key of its own, so that it may be tried again and counts once. */
function ask(connection: Connection, asked: Asked, { timeoutMs, signal }: GuardOptions): Promise<Decision> {
  return askQuestion(connection, asked, { idempotencyKey: randomUUID(), timeoutMs, signal });
}
