// SPDX-License-Identifier: Apache-2.0
/** How it went: the split of all decisions, the bars of each day, and the same as a table. */
import { lazy, Suspense } from "react";
import { Link } from "react-router";
import { sumOf, totalOf, type Day } from "../../api/overview.ts";
import { withQuery } from "../../api/client.ts";
import { Empty } from "../../ui/States.tsx";
import { Table } from "../../ui/Table.tsx";
import styles from "./Overview.module.css";
import { SERIES, SERIES_NAMES, share, shortDay, type Series } from "./outcomes.ts";

const DaysChart = lazy(() => import("./DaysChart.tsx")); // what waits is shown before charts are loaded

const LOG_FILTER: Record<Series, string> = {
  allowed: "allowed",
  denied: "denied",
  approval: "approval_required",
};

function Split({ days }: { days: readonly Day[] }) {
  const sum = sumOf(days);
  const total = totalOf(sum);
  return (
    <dl className={styles.split} aria-label="Outcomes">
      {SERIES.map((series) => (
        <div key={series}>
          <dt>
            <span className={styles.key} data-series={series} aria-hidden />
            <Link to={withQuery("/dashboard/logs", { decision: LOG_FILTER[series] })}>
              {SERIES_NAMES[series]}
            </Link>
          </dt>
          <dd>
            <strong>{sum[series]}</strong> <span className="soft">{share(sum[series], total)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function DaysTable({ days }: { days: readonly Day[] }) {
  return (
    <details className={styles.asTable}>
      <summary>As a table</summary>
      <Table
        caption="Decisions by day"
        rowKey={(day) => day.day}
        rows={[...days].reverse()}
        columns={[
          { name: "Day (UTC)", head: true, cell: (day) => shortDay(day.day) },
          ...SERIES.map((series) => ({ name: SERIES_NAMES[series], cell: (day: Day) => day[series] })),
        ]}
      />
    </details>
  );
}

export function Decisions({ days }: { days: Day[] }) {
  if (totalOf(sumOf(days)) === 0) {
    return <Empty title="No decision in these days">As soon as an agent asks, it is counted here.</Empty>;
  }
  return (
    <>
      <Split days={days} />
      <Suspense fallback={<div className={styles.chart} />}>
        <DaysChart days={days} />
      </Suspense>
      <DaysTable days={days} />
    </>
  );
}
