// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import type { Agent } from "../../api/types.ts";
import { filterAgents, type AgentFilters } from "./agentFilters.ts";

function agent(name: string, fields: Partial<Agent> = {}): Agent {
  return {
    agentId: `agent_${name}`,
    name,
    status: "active",
    agentType: "native",
    provider: "custom",
    connectionStatus: "manual",
    externalAgentId: null,
    externalAgentLabel: null,
    description: null,
    guidelines: [],
    ollamaBaseUrl: null,
    ollamaModel: null,
    publicPassportTokenPreview: null,
    publicPassportEnabled: false,
    lastUsedAt: null,
    keyRotatedAt: null,
    createdAt: "2026-11-21T12:00:00Z",
    updatedAt: "2026-11-21T12:00:00Z",
    ...fields,
  };
}

const AGENTS = [
  agent("Alpha", { description: "Buys tickets" }),
  agent("Beta", { status: "disabled", provider: "claude", agentType: "connected" }),
  agent("Gamma", { externalAgentLabel: "Ticket bot" }),
];

function shown(change: Partial<AgentFilters>): string[] {
  const filters = { q: "", status: "", type: "", provider: "", ...change };
  return filterAgents(AGENTS, filters).map(({ name }) => name);
}

test.each<[Partial<AgentFilters>, string[]]>([
  [{}, ["Alpha", "Beta", "Gamma"]],
  [{ q: "  TICKET " }, ["Alpha", "Gamma"]],
  [{ q: "ticket gamma" }, ["Gamma"]],
  [{ q: "agent_beta" }, ["Beta"]],
  [{ status: "disabled" }, ["Beta"]],
  [{ type: "native", q: "bot" }, ["Gamma"]],
  [{ provider: "claude", status: "active" }, []],
])("%j", (change, names) => {
  expect(shown(change)).toEqual(names);
});
