// SPDX-License-Identifier: Apache-2.0
/** What anybody may ask: the demonstration and the state of the server (docs/api.md). */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { call } from "./client.ts";
import type { Decision } from "./types.ts";

export interface Scenario {
  scenarioId: string;
  label: string;
  action: string;
  vendor: string;
  description: string;
}

export interface DemoPermission {
  permissionId: string;
  action: string;
  resource: string | null;
  requiresApproval: boolean;
  blockedActions: string[];
}

export interface DemoAnswer extends Decision {
  approvalRequired: boolean;
  timestamp: string;
  scenarioId: string;
  scenario: Omit<Scenario, "scenarioId">;
  request: { action: string; vendor: string };
  /** The one that decided. */
  permission: DemoPermission | null;
}

/** An answer, and how long it took from here. */
export interface DemoRun {
  answer: DemoAnswer;
  tookMs: number;
}

export type Health = "operational" | "degraded" | "outage";

export interface ServerStatus {
  overall: Health;
  groupedComponents: { group: string; components: { name: string; status: Health }[] }[];
  incidents: unknown[];
}

/** Nothing is recorded by it, and so it may be asked without a click. */
async function runScenario(scenarioId: string, signal: AbortSignal): Promise<DemoRun> {
  const began = performance.now();
  const answer = await call<DemoAnswer>("POST", "/api/demo/verify", {
    body: { scenarioId },
    signal,
    changesNothing: true,
  });
  return { answer, tookMs: Math.max(1, Math.round(performance.now() - began)) };
}

/** `run` grows with every wish to ask once more. Null asks nothing. */
export function useDemo(scenarioId: string | null, run: number): UseQueryResult<DemoRun> {
  return useQuery({
    queryKey: ["demo", "run", scenarioId, run],
    queryFn: ({ signal }) => runScenario(scenarioId ?? "", signal),
    enabled: scenarioId !== null,
    staleTime: Infinity,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
  });
}

export function useScenarios(): UseQueryResult<Scenario[]> {
  return useQuery({
    queryKey: ["demo", "scenarios"],
    queryFn: ({ signal }) => call<{ scenarios: Scenario[] }>("GET", "/api/demo/scenarios", { signal }),
    select: (page) => page.scenarios,
    staleTime: 300_000,
  });
}

export function useServerStatus(): UseQueryResult<ServerStatus> {
  return useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => call<ServerStatus>("GET", "/api/status", { signal }),
    refetchInterval: 15_000,
  });
}
