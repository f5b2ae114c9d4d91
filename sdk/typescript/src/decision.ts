// SPDX-License-Identifier: Apache-2.0
import { isText, malformed, objectOf } from "./answer.js";
import type { Answer } from "./answer.js";
import { isObject, ownMembers } from "./json.js";
import { redact } from "./redact.js";
import type { Decision, Risk, ShadowDecision } from "./types.js";

/**
 * The decision of an answer. Whatever is not one, by every rule, is none: BehalfIDUnavailable "malformed". shadow says
 * whether the question was a shadow call; only then may the answer be one.
 */
export function decisionOf(answer: Answer, shadow: boolean): Decision {
  const body = ownMembers(objectOf(answer, 200));
  const { requestId, allowed, approvalRequired, approvalId, reason, risk } = body;
  if (!isText(requestId)) throw malformed("requestId");
  if (typeof allowed !== "boolean") throw malformed("allowed");
  if (typeof approvalRequired !== "boolean") throw malformed("approvalRequired");
  if (allowed && approvalRequired) throw malformed("allowed, and approvalRequired");
  if (approvalId !== undefined && !isText(approvalId)) throw malformed("approvalId");
  if (typeof reason !== "string") throw malformed("reason");
  if (!isRisk(risk)) throw malformed("risk");
  const told = body["shadow"] !== undefined || body["shadowDecision"] !== undefined;
  if (told && !shadow) throw malformed("shadow, which nobody asked for");
  return Object.freeze({
    requestId,
    allowed,
    approvalRequired,
    approvalId: approvalId ?? null,
    reason: redact(reason),
    risk,
    shadow: told,
    shadowDecision: told ? shadowOf(body["shadow"], body["shadowDecision"]) : null,
  });
}

function shadowOf(shadow: unknown, decision: unknown): ShadowDecision {
  if (shadow !== true || !isObject(decision)) throw malformed("shadow");
  const { allowed, reason, risk } = ownMembers(decision);
  if (typeof allowed !== "boolean" || typeof reason !== "string" || !isRisk(risk))
    throw malformed("shadowDecision");
  return Object.freeze({ allowed, reason: redact(reason), risk });
}

function isRisk(value: unknown): value is Risk {
  return value === "low" || value === "medium" || value === "high";
}
