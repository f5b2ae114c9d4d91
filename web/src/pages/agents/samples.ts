// SPDX-License-Identifier: Apache-2.0
/** Requests to try on a draft: as texts in fields, as the API takes them, and suggestions that show its edges. */
import type { Sample } from "../../api/agents.ts";
import type { Constraints, Permission, PermissionDraft } from "../../api/types.ts";
import { groupFits } from "./permissionDraft.ts";

/** All texts, as typed; empty ones are not sent. */
export interface SampleDraft {
  action: string;
  vendor: string;
  amount: string;
  path: string;
  command: string;
  branch: string;
  environment: string;
  repository: string;
}

export const MOST_SAMPLES = 20;
const SUGGESTED = 6;
/** Where nothing sets a limit, payments are tried with this. */
const SMALL_AMOUNT = 10;

/** Where the agent of a sample works, so that relative paths and ~ mean something. */
export const SAMPLE_HOME = "/home/agent";
export const SAMPLE_FOLDER = "/home/agent/project";

const EMPTY: SampleDraft = {
  action: "",
  vendor: "",
  amount: "",
  path: "",
  command: "",
  branch: "",
  environment: "",
  repository: "",
};

export function emptySample(action: string): SampleDraft {
  return { ...EMPTY, action };
}

export function toSample(draft: SampleDraft): Sample {
  const sample: Sample = { action: draft.action.trim() };
  if (draft.vendor.trim() !== "") sample.vendor = draft.vendor.trim();
  if (draft.amount.trim() !== "") sample.amount = Number(draft.amount);
  const metadata = (["branch", "environment", "repository"] as const)
    .map((name): [string, string] => [name, draft[name].trim()])
    .filter(([, value]) => value !== "");
  if (metadata.length > 0) sample.metadata = Object.fromEntries(metadata);
  const input = {
    ...(draft.path !== "" && { filePath: draft.path }),
    ...(draft.command !== "" && { command: draft.command }),
  };
  if (Object.keys(input).length > 0)
    sample.policyContext = { toolInput: input, cwd: SAMPLE_FOLDER, home: SAMPLE_HOME };
  return sample;
}

/** A text that the pattern matches. */
export function exampleOf(pattern: string): string {
  return pattern.trim().replaceAll("**/", "").replaceAll("**", "example").replaceAll("*", "example");
}

function first(values: readonly string[] | undefined): string {
  return (values ?? []).map((value) => value.trim()).find((value) => value !== "") ?? "";
}

/** Resources and vendors may stand in one text with commas. */
function firstName(text: string): string {
  return first(text.split(","));
}

/** The limit that holds now for the action, of which a draft without one says nothing; the highest of several. */
export function limitOf(permissions: readonly Permission[], action: string): number | undefined {
  const limits = permissions
    .filter((one) => one.status === "active" && one.action === action.trim())
    .flatMap((one) => one.constraints.maxAmount ?? []);
  return limits.length === 0 ? undefined : Math.max(...limits);
}

/** A request that the draft is meant for. */
function wanted(draft: PermissionDraft, limit: number | undefined): SampleDraft {
  const constraints = draft.constraints ?? {};
  const action = draft.action.trim();
  return {
    ...emptySample(action),
    vendor: firstName(draft.resource ?? "") || firstName(first(constraints.allowedVendors)),
    amount: limit !== undefined ? String(limit) : groupFits("money", action) ? String(SMALL_AMOUNT) : "",
    path: isFileAction(action) ? exampleOf(first(constraints.allowedPaths)) || "src/example.ts" : "",
    command: action === "execute_command" ? "npm test" : "",
    branch: exampleOf(first(constraints.allowedBranches)),
    environment: exampleOf(first(constraints.allowedEnvironments)),
    repository: exampleOf(first(constraints.allowedRepositories)),
  };
}

export function isFileAction(action: string): boolean {
  return action === "read_file" || action === "write_file";
}

/** The request with one thing different that the draft, or what it loosens, refuses. */
function edges(base: SampleDraft, constraints: Constraints, limit: number | undefined): SampleDraft[] {
  const all: SampleDraft[] = [];
  if (limit !== undefined) all.push({ ...base, amount: String(limit + 1) });
  if (base.vendor !== "") all.push({ ...base, vendor: "other.example" });
  const path = exampleOf(first(constraints.deniedPaths));
  if (path !== "" && isFileAction(base.action)) all.push({ ...base, path });
  const command = first(constraints.deniedCommands);
  if (command !== "" && base.action === "execute_command") all.push({ ...base, command });
  const branch = exampleOf(first(constraints.deniedBranches));
  if (branch !== "") all.push({ ...base, branch });
  const environment = exampleOf(first(constraints.deniedEnvironments));
  if (environment !== "") all.push({ ...base, environment });
  const repository = exampleOf(first(constraints.deniedRepositories));
  if (repository !== "") all.push({ ...base, repository });
  return all;
}

/** Requests that show what the draft lets through and where it ends. `limitNow`: see limitOf. */
export function suggestSamples(draft: PermissionDraft, limitNow?: number): SampleDraft[] {
  if (draft.action.trim() === "") return [];
  const limit = draft.constraints?.maxAmount ?? limitNow;
  const base = wanted(draft, limit);
  const also = first(draft.allowedActions);
  const blocked = first(draft.blockedActions);
  const all = [base, ...edges(base, draft.constraints ?? {}, limit).slice(0, 3)];
  if (also !== "") all.push({ ...base, action: also });
  if (blocked !== "") all.push({ ...base, action: blocked });
  return all.slice(0, SUGGESTED);
}

/** "purchase on coachella.com, amount 800": in one line. */
export function describeSample(draft: SampleDraft): string {
  const parts = [
    draft.vendor.trim() === "" ? "" : `on ${draft.vendor.trim()}`,
    draft.amount.trim() === "" ? "" : `amount ${draft.amount.trim()}`,
    draft.path,
    draft.command,
    draft.branch.trim() === "" ? "" : `branch ${draft.branch.trim()}`,
    draft.environment.trim(),
    draft.repository.trim(),
  ].filter((part) => part !== "");
  return parts.join(", ");
}
