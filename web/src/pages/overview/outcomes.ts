// SPDX-License-Identifier: Apache-2.0
/** The three outcomes as charts show them, from the bottom up. Each has a sign of its own beside its colour. */
import type { Counts } from "../../api/overview.ts";

export const SERIES = ["allowed", "denied", "approval"] as const satisfies readonly (keyof Counts)[];
export type Series = (typeof SERIES)[number];

export const SERIES_NAMES: Record<Series, string> = {
  allowed: "Allowed",
  denied: "Denied",
  approval: "Approval required",
};

/** "42 %", and never 0 % or 100 % of what is more or less than that. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0 %";
  if (part === whole) return "100 %";
  return `${Math.min(99, Math.max(1, Math.round((part / whole) * 100)))} %`;
}

const dayName = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });

/** "Nov 21" */
export function shortDay(day: string): string {
  return dayName.format(new Date(`${day}T00:00:00Z`));
}
