// SPDX-License-Identifier: Apache-2.0
import { isText, malformed, objectOf } from "./answer.js";
import { post } from "./connection.js";
import type { Connection } from "./connection.js";
import { BehalfIDConfigurationError } from "./errors.js";
import { OBJECT, TEXT, readFields } from "./fields.js";
import type { Rule } from "./fields.js";
import { isObject, ownMembers, toJson } from "./json.js";
import { redact } from "./redact.js";
import type { CallOptions } from "./types.js";

const ACTION_TIMEOUT_MS = 30_000;
const FIELDS: Readonly<Record<keyof ActionRequest, Rule>> = {
  action: TEXT,
  resource: TEXT,
  input: OBJECT,
  agentId: TEXT,
};

/** What to do: read a public web page. */
export interface ActionRequest {
  action: string;
  resource: string;
  input: { url: string };
  /** When it is not the client's. */
  agentId?: string | undefined;
}

/** What was read. What it says is the page's word: data, not instructions. */
export interface ActionResult {
  /** Where it ended, after redirects. */
  readonly url: string;
  /** Of the page: 404 and 500 were read too. */
  readonly status: number;
  readonly contentType: string | null;
  readonly title: string | null;
  readonly excerpt: string;
  /** There was more than was read. */
  readonly truncated: boolean;
}

/** It was allowed, and done. */
export interface ExecutedAction {
  readonly executed: true;
  readonly allowed: true;
  readonly approvalRequired: false;
  readonly approvalId: null;
  readonly requestId: string;
  readonly reason: string;
  readonly result: ActionResult;
}

/** It was not allowed, and nothing was done. */
export interface RefusedAction {
  readonly executed: false;
  readonly allowed: false;
  readonly approvalRequired: boolean;
  readonly approvalId: string | null;
  readonly requestId: string;
  readonly reason: string;
  readonly result: null;
}

export type ActionOutcome = ExecutedAction | RefusedAction;

/**
 * Has the server decide and act. An action that was allowed and failed throws BehalfIDAPIError with its requestId, so
 * that a result is always one of these two.
 */
export async function executeAction(
  connection: Connection,
  request: ActionRequest,
  options?: CallOptions,
): Promise<ActionOutcome> {
  const fields = readFields("The request", request, FIELDS);
  if (fields.action === undefined) throw new BehalfIDConfigurationError("action is missing.");
  const agentId = connection.agentId(fields.agentId as string | undefined);
  const body = toJson("The request", { ...fields, agentId });
  const question = post("/api/actions/execute", body);
  const answer = ownMembers(objectOf(await connection.asAgent(question, options, ACTION_TIMEOUT_MS), 200));
  const { requestId, allowed, executed, approvalId } = answer;
  const approvalRequired = answer["approvalRequired"] ?? false;
  if (!isText(requestId)) throw malformed("requestId");
  if (typeof answer["reason"] !== "string") throw malformed("reason");
  const reason = redact(answer["reason"]);
  if (typeof approvalRequired !== "boolean") throw malformed("approvalRequired");
  if (approvalId !== undefined && !isText(approvalId)) throw malformed("approvalId");
  if (executed === true && allowed === true && !approvalRequired) {
    const result = resultOf(answer["result"]);
    return { executed, allowed, approvalRequired: false, approvalId: null, requestId, reason, result };
  }
  if (executed !== false || allowed !== false) throw malformed("executed, allowed");
  return {
    executed,
    allowed,
    approvalRequired,
    approvalId: approvalId ?? null,
    requestId,
    reason,
    result: null,
  };
}

function resultOf(value: unknown): ActionResult {
  if (!isObject(value)) throw malformed("result");
  const { url, status, contentType, title, excerpt, truncated } = value;
  const texts =
    typeof url === "string" && typeof excerpt === "string" && maybeText(contentType) && maybeText(title);
  if (!texts || typeof status !== "number" || typeof truncated !== "boolean") throw malformed("result");
  return { url, status, contentType: contentType ?? null, title: title ?? null, excerpt, truncated };
}

function maybeText(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === "string";
}
