// SPDX-License-Identifier: Apache-2.0
/** The one choice of the list of events: a state, or what can be replayed. */
import type { EventFilters } from "../../api/webhooks.ts";
import type { Choice } from "../../ui/Field.tsx";

export type Show = EventFilters["status"] | "dead";

export const SHOWS: readonly Choice<Show>[] = [
  { value: "", label: "All events" },
  { value: "pending", label: "Waiting" },
  { value: "processing", label: "Partly delivered" },
  { value: "completed", label: "Delivered" },
  { value: "failed", label: "Dead or dropped" },
  { value: "dead", label: "Dead letters" },
];

export function readShow(value: string | null): Show {
  return SHOWS.find((choice) => choice.value === value)?.value ?? "";
}

export function showFilters(show: Show): Pick<EventFilters, "status" | "deadLetter"> {
  return show === "dead" ? { status: "", deadLetter: "true" } : { status: show, deadLetter: "" };
}
