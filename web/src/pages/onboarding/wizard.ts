// SPDX-License-Identifier: Apache-2.0
/** What the wizard collects, and what is made of it; without its pages. */
import type { Catalogue, PermissionDraft, ScopeTemplate } from "../../api/types.ts";
import { draftFromTemplate } from "../agents/permissionDraft.ts";

export type Kind = "native" | "connected";
export type Source = "preset" | "templates" | "own";

/** One permission that the agent will get. */
export interface Scope {
  /** Tells scopes of this wizard apart. */
  key: string;
  label: string;
  draft: PermissionDraft;
}

export interface Plan {
  kind: Kind;
  name: string;
  /** Null: what the preset says, or else the first of the list. */
  provider: string | null;
  description: string;
  source: Source;
  presetId: string | null;
  templateIds: string[];
  scopes: Scope[];
}

export const EMPTY_PLAN: Plan = {
  kind: "native",
  name: "",
  provider: null,
  description: "",
  source: "preset",
  presetId: null,
  templateIds: [],
  scopes: [],
};

function scopeOf(template: ScopeTemplate): Scope {
  return { key: template.id, label: template.label, draft: draftFromTemplate(template) };
}

export function ownScope(taken: readonly Scope[]): Scope {
  const numbers = taken.map((scope) => Number(/^own-(\d+)$/.exec(scope.key)?.[1] ?? 0));
  return {
    key: `own-${Math.max(0, ...numbers) + 1}`,
    label: "Permission of your own",
    draft: { action: "" },
  };
}

/** The templates that are chosen, in the catalogue's order. */
function chosenTemplates(plan: Plan, catalogue: Catalogue): ScopeTemplate[] {
  const preset = catalogue.presets.find((one) => one.id === plan.presetId);
  const ids = plan.source === "preset" ? (preset?.scopes ?? []) : plan.templateIds;
  return catalogue.templates.filter((template) => ids.includes(template.id));
}

/** The plan with the scopes of what is chosen: one that was there keeps what was changed in it. */
export function withChosenScopes(plan: Plan, catalogue: Catalogue): Plan {
  if (plan.source === "own") {
    const own = plan.scopes.filter((scope) => scope.key.startsWith("own-"));
    return { ...plan, scopes: own.length > 0 ? own : [ownScope([])] };
  }
  const kept = new Map(plan.scopes.map((scope) => [scope.key, scope]));
  const scopes = chosenTemplates(plan, catalogue).map(
    (template) => kept.get(template.id) ?? scopeOf(template),
  );
  return { ...plan, scopes };
}

export function isChosen(plan: Plan): boolean {
  if (plan.source === "preset") return plan.presetId !== null;
  return plan.source === "own" || plan.templateIds.length > 0;
}

export function providerOf(plan: Plan, catalogue: Catalogue): string {
  const preset = plan.source === "preset" ? catalogue.presets.find((one) => one.id === plan.presetId) : null;
  return plan.provider ?? preset?.provider ?? "custom";
}

export function labelOf(list: readonly { id: string; label: string }[], id: string): string {
  return list.find((one) => one.id === id)?.label ?? id;
}

/* ---- in words ---- */

function several(names: readonly string[]): string {
  return names.join(", ");
}

/** What the permission lets pass and what it holds back, in sentences. */
export function sentencesOf(draft: PermissionDraft): string[] {
  const { maxAmount, expiresAt, ...lists } = draft.constraints ?? {};
  const limits = Object.values(lists).filter((list) => Array.isArray(list) && list.length > 0).length;
  const lines: (string | null)[] = [
    draft.allowedActions?.length ? `Also: ${several(draft.allowedActions)}.` : null,
    draft.blockedActions?.length ? `Never: ${several(draft.blockedActions)}.` : null,
    maxAmount === undefined ? null : `Up to ${maxAmount}.`,
    limits === 0 ? null : `With ${limits} more ${limits === 1 ? "condition" : "conditions"}.`,
    expiresAt === undefined ? null : `Until ${expiresAt.slice(0, 16).replace("T", " ")} UTC.`,
  ];
  return lines.filter((line) => line !== null);
}

/* ---- the first decision ---- */

/** A request as somebody types it. */
export interface Trial {
  action: string;
  vendor: string;
  amount: string;
  /** The command or the path, of actions that an approval binds to one. */
  target: string;
}

export type TargetKind = "command" | "path" | null;

export function targetKind(action: string): TargetKind {
  if (action === "execute_command") return "command";
  return action === "read_file" || action === "write_file" ? "path" : null;
}

const EXAMPLES = { command: "make test", path: "/srv/app/README.md" } as const;

/** A request that the permission is meant for. */
export function trialOf(draft: PermissionDraft): Trial {
  const kind = targetKind(draft.action);
  const constraints = draft.constraints ?? {};
  const resource = (draft.resource ?? "").split(",")[0]?.trim() ?? "";
  const path = constraints.allowedPaths?.[0]?.replace(/\*+/g, "README.md");
  return {
    action: draft.action,
    vendor: constraints.allowedVendors?.[0] ?? resource,
    amount: constraints.maxAmount === undefined ? "" : String(constraints.maxAmount),
    target: kind === null ? "" : kind === "path" ? (path ?? EXAMPLES.path) : EXAMPLES.command,
  };
}

/** A request that no permission is meant for. */
export const OUTSIDE: Trial = { action: "delete_backups", vendor: "", amount: "", target: "" };

function askedOf(trial: Trial): { action: string; vendor?: string; amount?: number } {
  const vendor = trial.vendor.trim();
  const amount = trial.amount.trim();
  return {
    action: trial.action.trim(),
    ...(vendor !== "" && { vendor }),
    ...(amount !== "" && { amount: Number(amount) }),
  };
}

/** What is asked in a verify call, whoever asks. */
export function requestOf(trial: Trial): Record<string, unknown> {
  const kind = targetKind(trial.action.trim());
  const toolInput = kind === "command" ? { command: trial.target } : { filePath: trial.target };
  return {
    ...askedOf(trial),
    ...(kind !== null && trial.target !== "" && { policyContext: { toolInput } }),
  };
}

/** The body of the verify call. */
export function verifyBody(agentId: string, trial: Trial): Record<string, unknown> {
  return { agentId, ...requestOf(trial) };
}

/** The body of a preview by passport, which knows neither commands nor paths. */
export function previewBody(trial: Trial): { action: string; resource?: string; amount?: number } {
  const { vendor, ...asked } = askedOf(trial);
  return { ...asked, ...(vendor !== undefined && { resource: vendor }) };
}
