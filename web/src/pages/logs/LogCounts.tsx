// SPDX-License-Identifier: Apache-2.0
/** What the entries that match come to. */
import type { LogPage } from "../../api/logs.ts";
import { Figure } from "../../ui/Card.tsx";
import styles from "./LogCounts.module.css";

const number = new Intl.NumberFormat("en");

export function LogCounts({ first }: { first: LogPage }) {
  const { summary, pagination } = first;
  const total = `${number.format(pagination.total)}${pagination.totalExact ? "" : "+"}`;
  const some = summary.exact ? undefined : `of the newest ${number.format(summary.newest)}`;
  const risky =
    summary.newest < pagination.total ? `of the newest ${number.format(summary.newest)}` : undefined;
  return (
    <div className={styles.counts} role="group" aria-label="Counts">
      <Figure
        name="Entries"
        value={total}
        note={summary.shadow > 0 ? `${number.format(summary.shadow)} shadow` : undefined}
      />
      <Figure name="Allowed" value={number.format(summary.allowed)} note={some} />
      <Figure name="Denied" value={number.format(summary.denied - summary.approvalRequired)} note={some} />
      <Figure name="Approval required" value={number.format(summary.approvalRequired)} note={some} />
      <Figure name="High risk" value={number.format(summary.highRisk)} note={risky} />
    </div>
  );
}
