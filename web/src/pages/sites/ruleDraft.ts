// SPDX-License-Identifier: Apache-2.0
import type { SiteRule, SiteRuleDraft } from "../../api/sites.ts";

/** What stands in the fields of the form: texts, none of them null. */
export interface RuleFields {
  name: string;
  agentIdentifier: string;
  userAgentPattern: string;
  verifiedAgent: string;
  allowedPaths: string[];
  blockedPaths: string[];
  requiresApproval: boolean;
  notes: string;
}

export function fieldsOf(rule: SiteRule | null): RuleFields {
  return {
    name: rule?.name ?? "",
    agentIdentifier: rule?.agentIdentifier ?? "",
    userAgentPattern: rule?.userAgentPattern ?? "",
    verifiedAgent: rule?.verifiedAgent ?? "",
    allowedPaths: rule?.allowedPaths ?? [],
    blockedPaths: rule?.blockedPaths ?? [],
    requiresApproval: rule?.requiresApproval ?? false,
    notes: rule?.notes ?? "",
  };
}

const orNull = (text: string) => (text.trim() === "" ? null : text.trim());
const filled = (lines: string[]) => lines.map((line) => line.trim()).filter((line) => line !== "");

/** Blank lines and fields are nothing. The status is another button's. */
export function draftOf(fields: RuleFields): Omit<SiteRuleDraft, "status"> {
  return {
    name: fields.name.trim(),
    agentIdentifier: orNull(fields.agentIdentifier),
    userAgentPattern: orNull(fields.userAgentPattern),
    verifiedAgent: orNull(fields.verifiedAgent),
    allowedPaths: filled(fields.allowedPaths),
    blockedPaths: filled(fields.blockedPaths),
    requiresApproval: fields.requiresApproval,
    notes: orNull(fields.notes),
  };
}
