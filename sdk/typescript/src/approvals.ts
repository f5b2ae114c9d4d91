// SPDX-License-Identifier: Apache-2.0
import { isText, malformed, objectOf } from "./answer.js";
import { now, pause } from "./clock.js";
import { timeLimit } from "./config.js";
import { checkCallOptions, get, pathPart } from "./connection.js";
import type { Connection } from "./connection.js";
import { BehalfIDAPIError, BehalfIDUnavailable } from "./errors.js";
import { isObject } from "./json.js";
import type { Approval, ApprovalStatus, CallOptions, WaitOptions } from "./types.js";

/** How long to wait for a person, in all. */
export const APPROVAL_TIMEOUT_MS = 1_800_000;

const LONGEST_POLL_S = 30;
const POLL_GRACE_MS = 5_000; // for an answer that was due when the server had waited as long as it was asked to
const SHORTEST_TURN_MS = 1_000;
const LONGEST_TURN_MS = 10_000;
const STATUSES: readonly unknown[] = [
  "pending",
  "approved",
  "denied",
  "used",
  "expired",
] satisfies ApprovalStatus[];

/**
 * Asks until the approval is pending no more, or the time is over: then it is still pending, or what kept the last
 * question from being answered is thrown. Faults that may pass are borne while the time lasts.
 */
export async function waitForApproval(
  connection: Connection,
  approvalId: string,
  options: WaitOptions = {},
): Promise<Approval> {
  checkCallOptions(options);
  const end = now() + timeLimit("timeoutMs", options.timeoutMs, APPROVAL_TIMEOUT_MS);
  const signal = options.signal;
  for (let faults = 0; ;) {
    const begun = now();
    const seconds = Math.min(LONGEST_POLL_S, Math.max(1, Math.ceil((end - begun) / 1000)));
    let turn = SHORTEST_TURN_MS;
    try {
      const approval = await readApproval(connection, approvalId, seconds, { signal });
      if (approval.status !== "pending" || Math.max(begun + turn, now()) >= end) return approval;
      faults = 0;
    } catch (error) {
      if (!mayPass(error)) throw error;
      turn = Math.max(turnAfter(error), Math.min(LONGEST_TURN_MS, SHORTEST_TURN_MS * 2 ** faults++));
      if (now() + turn >= end) throw error;
      turn += now() - begun;
    }
    await pauseUnless(begun + turn - now(), signal);
  }
}

async function readApproval(
  connection: Connection,
  approvalId: string,
  seconds: number,
  options: CallOptions,
): Promise<Approval> {
  const path = `/api/approvals/${pathPart(approvalId)}?wait=${seconds}`;
  const timeoutMs = seconds * 1000 + POLL_GRACE_MS;
  const answer = await connection.asAgent({ ...get(path), repeatable: false }, { ...options, timeoutMs });
  const { approval } = objectOf(answer, 200);
  if (!isObject(approval) || !isText(approval["approvalId"])) throw malformed("approval");
  if (approval["approvalId"] !== approvalId) throw malformed("another approval");
  if (!STATUSES.includes(approval["status"])) throw malformed("status of the approval");
  return approval as unknown as Approval;
}

function mayPass(error: unknown): boolean {
  if (error instanceof BehalfIDAPIError) return error.status === 429;
  return error instanceof BehalfIDUnavailable && ["timeout", "network", "server"].includes(error.kind);
}

function turnAfter(error: unknown): number {
  return error instanceof BehalfIDAPIError ? (error.retryAfter ?? 0) * 1000 : 0;
}

async function pauseUnless(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(Math.max(0, milliseconds), signal ?? new AbortController().signal);
  } catch {
    throw new BehalfIDUnavailable("aborted", "the caller ended the call");
  }
}
