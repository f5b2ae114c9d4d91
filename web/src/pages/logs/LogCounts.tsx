// SPDX-License-Identifier: Apache-2.0
/** What the entries that match come to. */
import type { LogPage } from "../../api/logs.ts";
import styles from "./LogCounts.module.css";

const number = new Intl.NumberFormat("en");

function Count({ name, value, note }: { name: string; value: string; note?: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note !== undefined ? <span className="note"> {note}</span> : null}
      </dd>
    </div>
  );
}

export function LogCounts({ first }: { first: LogPage }) {
  const { summary, pagination } = first;
  const newest = `of the newest ${number.format(summary.newest)}`;
  const some = summary.exact ? undefined : newest;
  return (
    <dl className={styles.counts} aria-label="Counts">
      <Count
        name="Entries"
        value={`${number.format(pagination.total)}${pagination.totalExact ? "" : "+"}`}
        note={summary.shadow > 0 ? `${number.format(summary.shadow)} shadow` : undefined}
      />
      <Count name="Allowed" value={number.format(summary.allowed)} note={some} />
      <Count name="Denied" value={number.format(summary.denied - summary.approvalRequired)} note={some} />
      <Count name="Approval required" value={number.format(summary.approvalRequired)} note={some} />
      <Count
        name="High risk"
        value={number.format(summary.highRisk)}
        note={summary.newest < pagination.total ? newest : undefined}
      />
    </dl>
  );
}
