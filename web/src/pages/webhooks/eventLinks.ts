// SPDX-License-Identifier: Apache-2.0
/** The ids in an event's body that have a page of their own. */
import { segment } from "../../api/client.ts";

export interface EventLink {
  name: string;
  id: string;
  to: string;
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

const PLACES: [key: string, name: string, address: (id: string) => string][] = [
  ["requestId", "Request", (id) => `/dashboard/logs?requestId=${segment(id)}`],
  ["approvalId", "Approval", (id) => `/dashboard/approvals?approvalId=${segment(id)}`],
];

export function eventLinks(payload: unknown): EventLink[] {
  const data = member(payload, "data");
  return PLACES.flatMap(([key, name, address]) => {
    const id = member(data, key);
    return typeof id === "string" && id !== "" ? [{ name, id, to: address(id) }] : [];
  });
}
