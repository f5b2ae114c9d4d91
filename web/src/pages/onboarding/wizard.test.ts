// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import type { Catalogue, ScopeTemplate } from "../../api/types.ts";
import {
  EMPTY_PLAN,
  isChosen,
  ownScope,
  previewBody,
  providerOf,
  sentencesOf,
  trialOf,
  verifyBody,
  withChosenScopes,
} from "./wizard.ts";

function template(id: string, requiresApproval = false): ScopeTemplate {
  return {
    id,
    label: id,
    category: "data_access",
    description: `The ${id} scope.`,
    action: id,
    resource: `${id}.example`,
    requiresApproval,
    template: "access_data",
    risk: "low",
    allowedActions: [`${id}_more`],
    blockedActions: [],
  };
}

const catalogue: Catalogue = {
  categories: [{ id: "data_access", label: "Data access" }],
  providers: [{ id: "custom", label: "Custom" }],
  templates: [template("read"), template("write", true), template("pay", true)],
  presets: [{ id: "both", label: "Both", provider: "claude", description: "", scopes: ["write", "read"] }],
};

test("a preset brings its scopes and its provider", () => {
  const plan = withChosenScopes({ ...EMPTY_PLAN, presetId: "both" }, catalogue);
  expect(plan.scopes.map((scope) => scope.draft.action)).toEqual(["read", "write"]);
  expect(plan.scopes[1]?.draft).toMatchObject({ resource: "write.example", requiresApproval: true });
  expect(providerOf(plan, catalogue)).toBe("claude");
  expect(providerOf({ ...plan, provider: "make" }, catalogue)).toBe("make");
  expect(providerOf({ ...plan, source: "own" }, catalogue)).toBe("custom");
});

test("going back and choosing more keeps what was changed in a scope", () => {
  const first = withChosenScopes({ ...EMPTY_PLAN, source: "templates", templateIds: ["pay"] }, catalogue);
  const changed = first.scopes.map((scope) => ({ ...scope, draft: { ...scope.draft, resource: "mine" } }));
  const second = withChosenScopes({ ...first, scopes: changed, templateIds: ["pay", "read"] }, catalogue);
  expect(second.scopes.map((scope) => [scope.key, scope.draft.resource])).toEqual([
    ["read", "read.example"],
    ["pay", "mine"],
  ]);
});

test("a plan of one's own begins with one empty scope, and every further one has another key", () => {
  const plan = withChosenScopes({ ...EMPTY_PLAN, source: "own" }, catalogue);
  expect(plan.scopes.map((scope) => scope.key)).toEqual(["own-1"]);
  expect(ownScope([...plan.scopes, { key: "own-7", label: "", draft: { action: "" } }]).key).toBe("own-8");
});

test("one cannot go on before something is chosen", () => {
  expect(isChosen(EMPTY_PLAN)).toBe(false);
  expect(isChosen({ ...EMPTY_PLAN, source: "templates" })).toBe(false);
  expect(isChosen({ ...EMPTY_PLAN, source: "own" })).toBe(true);
});

test("the request to try is one that the permission is meant for", () => {
  const pay = { action: "purchase", resource: "a.example, b.example", constraints: { maxAmount: 25 } };
  expect(verifyBody("agent_1", trialOf(pay))).toEqual({
    agentId: "agent_1",
    action: "purchase",
    vendor: "a.example",
    amount: 25,
  });
  const write = { action: "write_file", constraints: { allowedPaths: ["/srv/app/**"] } };
  expect(verifyBody("agent_1", trialOf(write))).toEqual({
    agentId: "agent_1",
    action: "write_file",
    policyContext: { toolInput: { filePath: "/srv/app/README.md" } },
  });
  expect(verifyBody("agent_1", trialOf({ action: "execute_command" }))).toMatchObject({
    policyContext: { toolInput: { command: "make test" } },
  });
});

test("a preview by passport has neither command nor path", () => {
  const trial = { action: "execute_command", vendor: "x", amount: "3", target: "rm -rf /" };
  expect(previewBody(trial)).toEqual({ action: "execute_command", resource: "x", amount: 3 });
});

test("every condition of a permission shows in its sentences", () => {
  expect(
    sentencesOf({
      action: "purchase",
      allowedActions: ["cart"],
      blockedActions: ["refund"],
      constraints: {
        maxAmount: 0,
        expiresAt: "2026-11-21T18:00:00.000Z",
        allowedVendors: ["x"],
        deniedPaths: [],
      },
    }),
  ).toEqual([
    "Also: cart.",
    "Never: refund.",
    "Up to 0.",
    "With 1 more condition.",
    "Until 2026-11-21 18:00 UTC.",
  ]);
  expect(sentencesOf({ action: "purchase" })).toEqual([]);
});
