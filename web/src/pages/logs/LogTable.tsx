// SPDX-License-Identifier: Apache-2.0
/** Rows of the log. Each leads to its details: on this page (useOpenLog) or on the page of the log. */
import { Link, type To } from "react-router";
import type { LogRow } from "../../api/types.ts";
import { OutcomeBadge, RiskBadge } from "../../ui/Badge.tsx";
import { Exact } from "../../ui/Exact.tsx";
import { reasonWords } from "../../ui/reasons.ts";
import { Table, type Column } from "../../ui/Table.tsx";
import { exactTime, Time } from "../../ui/Time.tsx";
import styles from "./Logs.module.css";

export function logAddress(requestId: string): string {
  return `/dashboard/logs?requestId=${encodeURIComponent(requestId)}`;
}

function Target({ row }: { row: LogRow }) {
  if (row.vendor === null && row.amount === null) return <span className="note">–</span>;
  return (
    <span className={styles.pair}>
      {row.vendor !== null ? (
        <span>
          <Exact text={row.vendor} />
        </span>
      ) : null}
      {row.amount !== null ? <span className="note">Amount {row.amount}</span> : null}
    </span>
  );
}

function columns(to: (row: LogRow) => To, withAgent: boolean): Column<LogRow>[] {
  return [
    {
      name: "Action",
      head: true,
      roomy: true,
      cell: (row) => (
        <span className={styles.pair}>
          <Link to={to(row)}>
            <Exact text={row.action} />
          </Link>
          {withAgent ? (
            <span className="note">
              <Exact text={row.agentName ?? row.agentId} />
            </span>
          ) : null}
        </span>
      ),
    },
    {
      name: "Decision",
      cell: (row) => (
        <span className={styles.badges}>
          <OutcomeBadge outcome={row.decision} shadow={row.shadow} />
          {row.risk === "low" ? null : <RiskBadge risk={row.risk} />}
        </span>
      ),
    },
    { name: "Resource", roomy: true, cell: (row) => <Target row={row} /> },
    {
      name: "Why",
      words: true,
      cell: (row) => <span className={styles.why}>{reasonWords(row.reason)}</span>,
    },
    {
      name: "When",
      cell: (row) => (
        <span className={styles.pair}>
          <Time at={row.createdAt} past />
          <span className={styles.exactTime}>{exactTime(row.createdAt)}</span>
        </span>
      ),
    },
  ];
}

export function LogTable({
  rows,
  caption,
  to = (row) => logAddress(row.requestId),
  withAgent = true,
}: {
  rows: readonly LogRow[];
  /** For screen readers: "Newest decisions". */
  caption: string;
  to?: (row: LogRow) => To;
  /** Left out where all rows are of one agent. */
  withAgent?: boolean;
}) {
  return (
    <div className={styles.rows}>
      <Table caption={caption} columns={columns(to, withAgent)} rows={rows} rowKey={(row) => row.requestId} />
    </div>
  );
}
