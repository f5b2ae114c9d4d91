// SPDX-License-Identifier: Apache-2.0
import type { Connection } from "./connection.js";
import { decisionOf } from "./decision.js";
import { BehalfIDApprovalRequired, BehalfIDConfigurationError, BehalfIDDenied } from "./errors.js";
import { isObject, toJson } from "./json.js";
import type { Decision, VerifyOptions, VerifyRequest } from "./types.js";

/** A question that can be sent, any number of times, in the very same words. */
export interface Asked {
  readonly body: string;
  readonly shadow: boolean;
}

/** Makes the question. Throws BehalfIDConfigurationError for what cannot be sent. */
export function makeQuestion(connection: Connection, request: VerifyRequest): Asked {
  if (!isObject(request))
    throw new BehalfIDConfigurationError("The request must be an object with an action.");
  const agentId = connection.agentId(request.agentId);
  return {
    body: toJson("The request", { ...request, agentId }),
    shadow: request.shadow === true || request.mode === "shadow",
  };
}

/** Asks. A question without an idempotency key is never asked twice. */
export async function askQuestion(
  connection: Connection,
  asked: Asked,
  options: VerifyOptions = {},
): Promise<Decision> {
  const { idempotencyKey } = options;
  if (idempotencyKey !== undefined && !/^[\x20-\x7e]{1,200}$/.test(idempotencyKey)) {
    throw new BehalfIDConfigurationError("idempotencyKey must be 1 to 200 printable ASCII characters.");
  }
  const answer = await connection.asAgent(
    {
      method: "POST",
      path: "/api/verify",
      body: asked.body,
      idempotencyKey,
      repeatable: idempotencyKey !== undefined,
    },
    options,
  );
  return decisionOf(answer, asked.shadow);
}

/** The error for a decision that is no allow. */
export function refusal(decision: Decision): BehalfIDDenied {
  return decision.approvalRequired ? new BehalfIDApprovalRequired(decision) : new BehalfIDDenied(decision);
}
