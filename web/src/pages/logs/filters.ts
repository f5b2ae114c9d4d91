// SPDX-License-Identifier: Apache-2.0
/** The filters of the log live in the address, so that a list can be sent to somebody. */
import { useSearchParams } from "react-router";
import { currentParams, withParams } from "../../ui/address.ts";
import { NO_FILTERS, type LogFilters } from "../../api/logs.ts";
import { OUTCOMES } from "../../ui/Badge.tsx";
import type { Choice } from "../../ui/Field.tsx";

/** The log counts what waits for a person among what was denied. */
export const DECISIONS: readonly Choice<LogFilters["decision"]>[] = [
  { value: "", label: "All decisions" },
  { value: "allowed", label: OUTCOMES.allowed.label },
  { value: "denied", label: "Denied or approval required" },
  { value: "approval_required", label: OUTCOMES.approval_required.label },
];

const CHOICES: Partial<Record<keyof LogFilters, readonly string[]>> = {
  decision: ["allowed", "denied", "approval_required"],
  risk: ["low", "medium", "high"],
  range: ["24h", "7d"],
  shadow: ["true", "false"],
};

const NAMES = Object.keys(NO_FILTERS) as (keyof LogFilters)[];

/** What the address says; a value that is none of the choices counts as none. */
export function readFilters(params: URLSearchParams): LogFilters {
  const filters: LogFilters = { ...NO_FILTERS };
  for (const name of NAMES) {
    const value = params.get(name) ?? "";
    if (CHOICES[name]?.includes(value) !== false) Object.assign(filters, { [name]: value });
  }
  return filters;
}

/** The address with other filters. All that is no filter stays, except the open entry. */
export function writeFilters(params: URLSearchParams, change: Partial<LogFilters>): URLSearchParams {
  return withParams(params, { ...change, requestId: null });
}

export function useLogFilters() {
  const [params, setParams] = useSearchParams();
  const filters = readFilters(params);
  return {
    filters,
    isFiltered: NAMES.some((name) => filters[name] !== ""),
    change: (change: Partial<LogFilters>) =>
      setParams(writeFilters(currentParams(), change), { replace: true, preventScrollReset: true }),
    clear: () => setParams(writeFilters(currentParams(), NO_FILTERS), { preventScrollReset: true }),
  };
}
