// SPDX-License-Identifier: Apache-2.0
import type { PreviewAnswer, PreviewRequest } from "../../api/passport.ts";
import type { Outcome } from "../../api/types.ts";

export interface PreviewFields {
  action: string;
  resource: string;
  amount: string;
  context: string;
}

/** Fields that are blank are not sent: to the server an empty resource is an error, none is not. */
export function requestOf(fields: PreviewFields): PreviewRequest {
  return {
    action: fields.action.trim(),
    ...(fields.resource.trim() === "" ? {} : { resource: fields.resource.trim() }),
    ...(fields.amount.trim() === "" ? {} : { amount: Number(fields.amount) }),
    ...(fields.context.trim() === "" ? {} : { context: fields.context.trim() }),
  };
}

/** A preview says by its reason alone that a person must approve. */
const NEEDS_APPROVAL = "Permission requires approval before execution.";

export function outcomeOfPreview(answer: PreviewAnswer): Outcome {
  if (answer.allowed) return "allowed";
  return answer.reason === NEEDS_APPROVAL ? "approval_required" : "denied";
}
