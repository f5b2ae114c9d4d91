// SPDX-License-Identifier: Apache-2.0
/** Drafts of permissions without their form: where they come from, what belongs to an action, what is sent. */
import type { Constraints, Permission, PermissionDraft, ScopeTemplate } from "../../api/types.ts";

export type ListConstraint =
  | "allowedVendors"
  | "allowedPaths"
  | "deniedPaths"
  | "deniedCommands"
  | "allowedBranches"
  | "deniedBranches"
  | "allowedEnvironments"
  | "deniedEnvironments"
  | "allowedRepositories"
  | "deniedRepositories";

/** Conditions that go together, because the same kind of action can meet them. */
export type ConditionGroup = "money" | "paths" | "commands" | "code";

export const GROUP_FIELDS: Record<ConditionGroup, readonly (ListConstraint | "maxAmount")[]> = {
  money: ["maxAmount", "allowedVendors"],
  paths: ["allowedPaths", "deniedPaths"],
  commands: ["deniedCommands"],
  code: [
    "allowedBranches",
    "deniedBranches",
    "allowedEnvironments",
    "deniedEnvironments",
    "allowedRepositories",
    "deniedRepositories",
  ],
};

export const GROUPS: readonly ConditionGroup[] = ["money", "paths", "commands", "code"];

export type DraftField =
  Exclude<keyof PermissionDraft, "constraints"> | ListConstraint | "maxAmount" | "expiresAt";
export type DraftErrors = Partial<Record<DraftField, string>>;

export const emptyDraft: PermissionDraft = { action: "" };

/** The object with the optional field set, or without it. */
export function withField<T extends object, K extends keyof T>(
  object: T,
  key: K,
  value: T[K] | undefined,
): T {
  const others = Object.entries(object).filter(([name]) => name !== key);
  return Object.fromEntries(value === undefined ? others : [...others, [key, value]]) as T;
}

/** Actions with rules of their own, or that templates use; a draft may name any other. */
export const KNOWN_ACTIONS: readonly string[] = [
  "access_data",
  "browse_web",
  "create_content",
  "deploy",
  "deploy_production",
  "execute_command",
  "purchase",
  "read_file",
  "schedule",
  "send_email",
  "send_message",
  "write_file",
];

const MONEY =
  /^(buy|pay|payments?|purchases?|checkout|refunds?|charges?|invoices?|orders?|book|booking|transfers?|payouts?|subscriptions?|billing)$/;
const CODE =
  /^(deploy|deployment|deploys|git|github|gitlab|push|merge|branch|release|commit|rollback|migrate|migration|migrations|infrastructure|secrets)$/;

/** Whether the conditions of the group mean something to the action. */
export function groupFits(group: ConditionGroup, action: string): boolean {
  if (group === "paths") return action === "read_file" || action === "write_file";
  if (group === "commands") return action === "execute_command";
  const words = action.toLowerCase().split(/[^a-z]+/);
  return words.some((word) => (group === "money" ? MONEY : CODE).test(word));
}

/** The groups to show first: those of the action and of what the permission covers besides. */
export function groupsOf(draft: PermissionDraft): ConditionGroup[] {
  const actions = [draft.action, ...(draft.allowedActions ?? [])].map((action) => action.trim());
  return GROUPS.filter((group) => actions.some((action) => groupFits(group, action)));
}

export function isGroupSet(group: ConditionGroup, constraints: Constraints = {}): boolean {
  return GROUP_FIELDS[group].some((field) => {
    const value = constraints[field];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  });
}

/** The kind that passports show. */
export function kindOf(action: string): string {
  if (["access_data", "browse_web", "read_file"].includes(action)) return "access_data";
  if (["create_content", "send_email", "write_file"].includes(action)) return "create_content";
  if (["schedule", "read_calendar"].includes(action)) return "schedule";
  if (["purchase", "payment", "checkout", "refund", "charge"].includes(action)) return "purchase";
  return "custom";
}

export function draftFromTemplate(template: ScopeTemplate): PermissionDraft {
  return {
    action: template.action ?? "",
    description: template.description,
    resource: template.resource ?? "",
    allowedActions: template.allowedActions,
    blockedActions: template.blockedActions,
    requiresApproval: template.requiresApproval,
    ...(template.template !== null && { template: template.template }),
  };
}

export function draftFromPermission(permission: Permission): PermissionDraft {
  return {
    action: permission.action,
    description: permission.description ?? "",
    resource: permission.resource ?? "",
    scope: permission.scope ?? "",
    allowedActions: permission.allowedActions,
    blockedActions: permission.blockedActions,
    requiresApproval: permission.requiresApproval,
    approvalGrantMinutes: permission.approvalGrantMinutes,
    notes: permission.notes ?? "",
    constraints: permission.constraints,
    ...(permission.template !== null && { template: permission.template }),
  };
}

function lines(values: readonly string[] | undefined): string[] {
  return (values ?? []).map((value) => value.trim()).filter((value) => value !== "");
}

function cleanConstraints(constraints: Constraints): Constraints {
  const clean: Constraints = {};
  if (constraints.maxAmount !== undefined) clean.maxAmount = constraints.maxAmount;
  if (constraints.expiresAt !== undefined && constraints.expiresAt !== "")
    clean.expiresAt = constraints.expiresAt;
  for (const field of GROUPS.flatMap((group) => GROUP_FIELDS[group])) {
    if (field === "maxAmount") continue;
    const values = lines(constraints[field]);
    if (values.length > 0) clean[field] = values;
  }
  return clean;
}

/** What is sent: without empty fields and empty lines. */
export function cleanDraft(draft: PermissionDraft): PermissionDraft {
  const clean: PermissionDraft = { action: draft.action.trim() };
  for (const field of ["description", "resource", "scope", "notes"] as const) {
    const text = draft[field]?.trim() ?? "";
    if (text !== "") clean[field] = text;
  }
  for (const field of ["allowedActions", "blockedActions"] as const) {
    const values = lines(draft[field]);
    if (values.length > 0) clean[field] = values;
  }
  clean.requiresApproval = draft.requiresApproval === true;
  if (clean.requiresApproval && draft.approvalGrantMinutes !== undefined)
    clean.approvalGrantMinutes = draft.approvalGrantMinutes;
  clean.template = draft.template ?? kindOf(clean.action);
  const constraints = cleanConstraints(draft.constraints ?? {});
  if (Object.keys(constraints).length > 0) clean.constraints = constraints;
  return clean;
}

const TEXT_LIMITS = { action: 80, description: 240, resource: 240, scope: 500, notes: 800 } as const;

/** What the server would refuse, said while it is typed. Limits are those of the API. */
export function checkDraft(draft: PermissionDraft, now: number): DraftErrors {
  const errors: DraftErrors = {};
  if (draft.action.trim() === "") errors.action = "Name the action.";
  for (const [field, limit] of Object.entries(TEXT_LIMITS) as [keyof typeof TEXT_LIMITS, number][]) {
    if ((draft[field]?.trim().length ?? 0) > limit) errors[field] = `${limit} characters at most.`;
  }
  const minutes = draft.approvalGrantMinutes;
  if (minutes !== undefined && !(Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440))
    errors.approvalGrantMinutes = "A whole number from 1 to 1440.";
  const { maxAmount, expiresAt } = draft.constraints ?? {};
  if (maxAmount !== undefined && !(maxAmount >= 0)) errors.maxAmount = "0 or more.";
  if (expiresAt !== undefined && !(Date.parse(expiresAt) > now)) errors.expiresAt = "This time is over.";
  return errors;
}

const FIELD_NAMES: ReadonlySet<string> = new Set<DraftField>([
  ...GROUPS.flatMap((group) => GROUP_FIELDS[group]),
  ...(["action", "description", "resource", "scope", "notes", "template", "allowedActions"] as const),
  ...(["blockedActions", "requiresApproval", "approvalGrantMinutes", "expiresAt"] as const),
]);

/** The server's sentence at the field that it begins with; null when it is about none. */
export function fieldError(message: string): DraftErrors | null {
  const name = /^(?:draft\.)?(?:constraints\.)?(\w+)\b/.exec(message)?.[1] ?? "";
  // The server says "amount" of the limit, as of the amount of a request.
  const field = name === "amount" ? "maxAmount" : name;
  return FIELD_NAMES.has(field) ? { [field]: message.replace(/^draft\.(?:constraints\.)?/, "") } : null;
}

/* ---- ends ---- */

export type Shortcut = "2 hours" | "today" | "7 days";
export const SHORTCUTS: readonly Shortcut[] = ["2 hours", "today", "7 days"];

/** `today` ends when the day of this browser does. */
export function shortcutTime(shortcut: Shortcut, now: Date): string {
  const end = new Date(now);
  if (shortcut === "2 hours") end.setTime(now.getTime() + 2 * 3_600_000);
  else if (shortcut === "7 days") end.setTime(now.getTime() + 7 * 86_400_000);
  else end.setHours(23, 59, 59, 0);
  return end.toISOString();
}

/** For an input of type datetime-local, which knows no zone. */
export function toLocalInput(iso: string | undefined): string {
  const at = iso === undefined ? NaN : Date.parse(iso);
  if (Number.isNaN(at)) return "";
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

export function fromLocalInput(text: string): string | undefined {
  const at = Date.parse(text); // without a zone it is the browser's
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
