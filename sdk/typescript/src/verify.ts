// SPDX-License-Identifier: Apache-2.0
import { onlyKnown } from "./config.js";
import type { Connection } from "./connection.js";
import { decisionOf } from "./decision.js";
import { BehalfIDApprovalRequired, BehalfIDConfigurationError, BehalfIDDenied } from "./errors.js";
import { NUMBER, OBJECT, TEXT, TRUTH, readFields } from "./fields.js";
import type { Rule } from "./fields.js";
import { toJson } from "./json.js";
import type { Decision, VerifyOptions, VerifyRequest } from "./types.js";

const FIELDS: Readonly<Record<keyof VerifyRequest, Rule>> = {
  action: TEXT,
  vendor: TEXT,
  resource: TEXT,
  amount: NUMBER,
  metadata: OBJECT,
  policyContext: OBJECT,
  shadow: TRUTH,
  mode: { what: '"shadow"', holds: (value) => value === "shadow" },
  agentId: TEXT,
};

/** No blank at either end: headers lose it on the way. */
const IDEMPOTENCY_KEY = /^[!-~]([ -~]{0,198}[!-~])?$/;

/** A question that can be sent, any number of times, in the very same words. */
export interface Asked {
  readonly body: string;
  readonly shadow: boolean;
}

/** Makes the question. Throws BehalfIDConfigurationError for what cannot be sent. */
export function makeQuestion(connection: Connection, request: VerifyRequest): Asked {
  const fields = readFields("The request", request, FIELDS);
  if (fields.action === undefined) throw new BehalfIDConfigurationError("action is missing.");
  const agentId = connection.agentId(fields.agentId as string | undefined);
  return {
    body: toJson("The request", { ...fields, agentId }),
    shadow: fields.shadow === true || fields.mode === "shadow",
  };
}

/** Asks. A question without an idempotency key is never asked twice. */
export async function askQuestion(
  connection: Connection,
  asked: Asked,
  options: VerifyOptions = {},
): Promise<Decision> {
  onlyKnown(options, ["timeoutMs", "signal", "idempotencyKey"]);
  const { idempotencyKey: key, timeoutMs, signal } = options;
  const idempotencyKey = checkKey(key);
  const answer = await connection.asAgent(
    {
      method: "POST",
      path: "/api/verify",
      body: asked.body,
      idempotencyKey,
      repeatable: idempotencyKey !== undefined,
    },
    { timeoutMs, signal },
  );
  return decisionOf(answer, asked.shadow);
}

/** null too is none: it would be sent as the word, and all calls would have the one key. */
function checkKey(key: unknown): string | undefined {
  if (key === undefined || (typeof key === "string" && IDEMPOTENCY_KEY.test(key))) return key;
  throw new BehalfIDConfigurationError(
    "idempotencyKey must be a text of 1 to 200 printable ASCII characters, without blanks at its ends.",
  );
}

/** The error for a decision that is no allow. */
export function refusal(decision: Decision): BehalfIDDenied {
  return decision.approvalRequired ? new BehalfIDApprovalRequired(decision) : new BehalfIDDenied(decision);
}
