// SPDX-License-Identifier: Apache-2.0
/** An entry of the log as text to take along. */
import type { LogRow } from "../../api/types.ts";
import { OUTCOMES } from "../../ui/Badge.tsx";

/** Texts of others must not look like lines of the receipt. */
function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}

export function receiptText(row: LogRow): string {
  const lines: [string, string | null][] = [
    [
      "Decision",
      row.shadow ? `${OUTCOMES[row.decision].label} (shadow: not enforced)` : OUTCOMES[row.decision].label,
    ],
    ["Reason", row.reason],
    ["Risk", row.risk],
    ["Agent", row.agentName != null ? `${row.agentName} (${row.agentId})` : row.agentId],
    ["Action", row.action],
    ["Resource", row.vendor],
    ["Amount", row.amount === null ? null : String(row.amount)],
    ["Environment", row.environment],
    ["Permission", row.permissionId],
    ["Approval", row.approvalId],
    ["Request", row.requestId],
    ["Time", row.createdAt],
  ];
  return lines.flatMap(([name, value]) => (value === null ? [] : [`${name}: ${oneLine(value)}`])).join("\n");
}

export function receiptJson(row: LogRow): string {
  return JSON.stringify(row, null, 2);
}
