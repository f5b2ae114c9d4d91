// SPDX-License-Identifier: Apache-2.0
/** Event types in words and in groups. The server says which there are; one that is unknown here shows its name. */

const WORDS: Record<string, string> = {
  "verification.allowed": "A call was allowed",
  "verification.denied": "A call was denied",
  "verification.approval_required": "A call needs an approval first",
  "verification.shadow": "A shadow call was decided",
  "approval.requested": "An approval is waiting",
  "approval.approved": "An approval was given",
  "approval.denied": "An approval was denied",
  "approval.used": "An approval was used",
  "agent.created": "An agent was created",
  "agent.disabled": "An agent was disabled",
  "agent.enabled": "An agent was enabled",
  "agent.key_rotated": "An agent's key was rotated",
  "permission.created": "A permission was created",
  "permission.revoked": "A permission was revoked",
  "webhook.disabled": "An endpoint was disabled for failing",
};

const GROUPS: Record<string, string> = {
  verification: "Decisions",
  approval: "Approvals",
  agent: "Agents",
  permission: "Permissions",
  webhook: "Webhooks",
};

export function eventWords(type: string): string | null {
  return WORDS[type] ?? null;
}

export interface EventGroup {
  name: string;
  types: string[];
}

/** In the order in which the server names them. */
export function groupTypes(types: readonly string[]): EventGroup[] {
  const groups = new Map<string, string[]>();
  for (const type of types) {
    const prefix = type.split(".")[0] ?? type;
    const name = GROUPS[prefix] ?? prefix;
    groups.set(name, [...(groups.get(name) ?? []), type]);
  }
  return [...groups].map(([name, members]) => ({ name, types: members }));
}

/** `events` with all of `types` in it, or none of them. */
export function withTypes(events: readonly string[], types: readonly string[], wanted: boolean): string[] {
  const others = events.filter((event) => !types.includes(event));
  return wanted ? [...others, ...types] : others;
}
