// SPDX-License-Identifier: Apache-2.0
/** Makes the agent, then its permissions one after another, then its passport link where it reads one. */
import { createAgent, createPassport, createPermission } from "../../api/agents.ts";
import type { Agent, Catalogue } from "../../api/types.ts";
import { tokenIn } from "../../session/fragment.ts";
import { problemText } from "../../ui/problemText.ts";
import { cleanDraft } from "../agents/permissionDraft.ts";
import { providerOf, type Plan, type Scope } from "./wizard.ts";

export interface Missing {
  scope: Scope;
  why: string;
}

/** The agent exists. Its secrets live in this object alone. */
export interface Made {
  agent: Agent;
  apiKey: string;
  scopes: Scope[];
  missing: Missing[];
  passport: { url: string; token: string } | null;
}

async function addScopes(
  agentId: string,
  scopes: readonly Scope[],
): Promise<Pick<Made, "scopes" | "missing">> {
  const made: Scope[] = [];
  const missing: Missing[] = [];
  for (const scope of scopes) {
    try {
      await createPermission(agentId, cleanDraft(scope.draft));
      made.push(scope);
    } catch (problem) {
      missing.push({ scope, why: problemText(problem) });
    }
  }
  return { scopes: made, missing };
}

export async function makePassport(agentId: string): Promise<Made["passport"]> {
  const { passportUrl } = await createPassport(agentId);
  const token = tokenIn(new URL(passportUrl, location.origin).hash);
  return token === null ? null : { url: passportUrl, token };
}

export async function makeAgent(plan: Plan, catalogue: Catalogue): Promise<Made> {
  const description = plan.description.trim();
  const { agent, apiKey } = await createAgent({
    name: plan.name.trim(),
    agentType: plan.kind,
    provider: providerOf(plan, catalogue),
    ...(description !== "" && { description }),
  });
  const added = await addScopes(agent.agentId, plan.scopes);
  // Without its link the agent is there all the same: the page offers to make it again.
  const passport = plan.kind === "connected" ? await makePassport(agent.agentId).catch(() => null) : null;
  return { agent, apiKey, ...added, passport };
}

/** What is missing, once more. */
export async function tryMissing(made: Made): Promise<Made> {
  const added = await addScopes(
    made.agent.agentId,
    made.missing.map(({ scope }) => scope),
  );
  return { ...made, scopes: [...made.scopes, ...added.scopes], missing: added.missing };
}
