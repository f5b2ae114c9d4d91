// SPDX-License-Identifier: Apache-2.0
/** What the list of agents is narrowed to; it lives in the address. */
import { useSearchParams } from "react-router";
import type { Agent } from "../../api/types.ts";
import { currentParams, withParams } from "../../ui/address.ts";

export const AGENT_FILTERS = ["q", "status", "type", "provider"] as const;
export type AgentFilters = Record<(typeof AGENT_FILTERS)[number], string>;

/** Agents that fit; each word of the search must be in the name, an id, the provider or the description. */
export function filterAgents(agents: readonly Agent[], filters: AgentFilters): Agent[] {
  const words = filters.q
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return agents.filter((agent) => {
    if (filters.status !== "" && agent.status !== filters.status) return false;
    if (filters.type !== "" && agent.agentType !== filters.type) return false;
    if (filters.provider !== "" && agent.provider !== filters.provider) return false;
    const text = [
      agent.name,
      agent.agentId,
      agent.provider,
      agent.externalAgentId,
      agent.externalAgentLabel,
      agent.description,
    ]
      .join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function useAgentFilters() {
  const [params, setParams] = useSearchParams();
  const filters: AgentFilters = {
    q: params.get("q") ?? "",
    status: params.get("status") ?? "",
    type: params.get("type") ?? "",
    provider: params.get("provider") ?? "",
  };
  return {
    filters,
    isFiltered: AGENT_FILTERS.some((name) => filters[name] !== ""),
    change: (change: Partial<AgentFilters>) =>
      setParams(withParams(currentParams(), change), { replace: true, preventScrollReset: true }),
    clear: () => setParams({}, { replace: true }),
  };
}
