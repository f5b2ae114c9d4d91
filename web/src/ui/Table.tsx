// SPDX-License-Identifier: Apache-2.0
/** A table that becomes cards on a phone: each cell knows the name of its column. */
import type { ReactNode } from "react";
import { Button } from "./Button.tsx";
import styles from "./Table.module.css";

export interface Column<T> {
  name: string;
  cell: (row: T) => ReactNode;
  /** The one that names the row. */
  head?: boolean;
  /** The heading is for screen readers alone (buttons). */
  silent?: boolean;
  /** Names and addresses, which must not be broken in their middle while another column has room. */
  roomy?: boolean;
  /** A few words of our own, none of which is to be broken beside a long name. */
  words?: boolean;
}

export function Table<T>({
  caption,
  columns,
  rows,
  rowKey,
}: {
  /** What the table holds; for screen readers. */
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
}) {
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" data-roomy={column.roomy}>
              <span className={column.silent === true ? "visually-hidden" : undefined}>{column.name}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column) =>
              column.head === true ? (
                <th key={column.name} scope="row" data-label={column.name}>
                  {column.cell(row)}
                </th>
              ) : (
                <td
                  key={column.name}
                  data-label={column.silent === true ? undefined : column.name}
                  data-words={column.words}
                >
                  {column.cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The end of a list that has more. */
export function More({ hasMore, busy, onMore }: { hasMore: boolean; busy: boolean; onMore: () => void }) {
  if (!hasMore) return null;
  return (
    <div className={styles.more}>
      <Button busy={busy} onClick={onMore}>
        Show more
      </Button>
    </div>
  );
}

/** Filters above a list. */
export function Filters({ children, label }: { children: ReactNode; label: string }) {
  return (
    <form
      role="search"
      aria-label={label}
      className={styles.filters}
      onSubmit={(event) => event.preventDefault()}
    >
      {children}
    </form>
  );
}
