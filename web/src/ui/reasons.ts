// SPDX-License-Identifier: Apache-2.0
/** Reasons of decisions in words for people. The API's own texts (src/core/reason_table.h) are for programs. */

const WORDS = new Map([
  ["Verification failed closed.", "It could not be decided, so it was denied."],
  ["Agent is disabled.", "The agent is disabled."],
  ["No active permission exists for this action.", "No active permission covers this action."],
  ["Permission has been revoked.", "The permission was revoked."],
  ["Permission has expired.", "The permission has expired."],
  ["Action is blocked by this permission.", "A permission blocks this action."],
  ["Action is not included in allowedActions.", "The permission does not list this action."],
  ["Resource does not match permission resource.", "The permission is for another resource."],
  [
    "amount is required for permissions with a maxAmount constraint.",
    "The permission has a highest amount, and the request names none.",
  ],
  ["Amount exceeds maxAmount constraint.", "The amount is above what the permission allows."],
  ["Vendor is not included in allowedVendors constraint.", "The permission does not allow this vendor."],
  ["Branch is not included in allowedBranches constraint.", "The permission does not allow this branch."],
  ["Branch is blocked by deniedBranches constraint.", "The permission denies this branch."],
  [
    "Environment is not included in allowedEnvironments constraint.",
    "The permission does not allow this environment.",
  ],
  ["Environment is blocked by deniedEnvironments constraint.", "The permission denies this environment."],
  [
    "Repository is not included in allowedRepositories constraint.",
    "The permission does not allow this repository.",
  ],
  ["Repository is blocked by deniedRepositories constraint.", "The permission denies this repository."],
  ["path_not_permitted", "The permission does not allow this path."],
  ["command_blocked", "The permission denies this command."],
  ["Permission requires approval before execution.", "The permission requires the approval of a person."],
  ["Action allowed by active permission.", "A permission allows it."],
  ["Action allowed by approved permission grant.", "A person has approved it."],
  ["Approval target is required for this action.", "The request names no command or path to approve."],
  [
    "Verification failed closed during permission lookup.",
    "The permissions could not be read, so it was denied.",
  ],
  ["Shadow mode: action would have been allowed.", "It would have been allowed; nothing was enforced."],
  ["Shadow mode: action would have been denied.", "It would have been denied; nothing was enforced."],
  [
    "Action Gateway MVP only supports browse_web on the web resource.",
    "The action gateway only does browse_web on the resource web.",
  ],
]);

/** What has no words here is said as it came. */
export function reasonWords(reason: string): string {
  return WORDS.get(reason) ?? reason;
}
