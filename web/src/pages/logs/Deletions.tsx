// SPDX-License-Identifier: Apache-2.0
/** Who deleted what from the log, and when. Nothing removes anything from this list. */
import { useErasures, type Erasure } from "../../api/logs.ts";
import { useMe } from "../../session/session.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Empty } from "../../ui/States.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { PagedTable } from "../../ui/PagedTable.tsx";
import type { Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import styles from "./Logs.module.css";

function what(erasure: Erasure): string {
  if (erasure.requestHash !== null) return "One entry";
  return `All entries: ${erasure.entries}`;
}

function By({ erasure }: { erasure: Erasure }) {
  const { user } = useMe();
  const isMine = erasure.erasedBy === user.userId;
  return (
    <span className={styles.pair}>
      {isMine ? `${user.email} (you)` : <Mono>{erasure.erasedBy ?? "–"}</Mono>}
    </span>
  );
}

const COLUMNS: Column<Erasure>[] = [
  { name: "What", head: true, cell: what },
  {
    name: "When",
    cell: (erasure) => (
      <span className={styles.pair}>
        <Time at={erasure.erasedAt} exact />
      </span>
    ),
  },
  { name: "By", cell: (erasure) => <By erasure={erasure} /> },
  { name: "State", cell: (erasure) => (erasure.done ? "Overwritten" : "Hidden, being overwritten") },
];

export function Deletions({ open, onClose }: { open: boolean; onClose: () => void }) {
  const erasures = useErasures(open);
  const rows = erasures.data?.pages.flatMap((page) => page.erasures) ?? [];
  return (
    <Dialog open={open} onClose={onClose} title="Deletions on record">
      <PagedTable
        list={erasures}
        caption="Deletions, newest first"
        columns={COLUMNS}
        rows={rows}
        rowKey={(erasure) => String(erasure.erasureId)}
        empty={
          <Empty title="Nothing was deleted from this log.">
            Retention removes old entries without a record here.
          </Empty>
        }
      />
    </Dialog>
  );
}
