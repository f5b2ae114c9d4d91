// SPDX-License-Identifier: Apache-2.0
/** Who deleted what from the log, and when. Nothing removes anything from this list. */
import { useErasures, type Erasure } from "../../api/logs.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Empty, Failure, Loading } from "../../ui/States.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { More, Table, type Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";

function what(erasure: Erasure): string {
  if (erasure.requestHash !== null) return "One entry";
  return `All entries: ${erasure.entries}`;
}

const COLUMNS: Column<Erasure>[] = [
  { name: "What", head: true, cell: what },
  { name: "When", cell: (erasure) => <Time at={erasure.erasedAt} exact /> },
  { name: "By", cell: (erasure) => <Mono>{erasure.erasedBy ?? "–"}</Mono> },
  {
    name: "State",
    cell: (erasure) => (erasure.done ? "Overwritten" : "Hidden, being overwritten"),
  },
];

export function Deletions({ open, onClose }: { open: boolean; onClose: () => void }) {
  const erasures = useErasures(open);
  const rows = erasures.data?.pages.flatMap((page) => page.erasures) ?? [];
  return (
    <Dialog open={open} onClose={onClose} title="Deletions on record">
      {erasures.isError ? (
        <Failure error={erasures.error} onRetry={() => void erasures.refetch()} />
      ) : erasures.isPending ? (
        <Loading />
      ) : rows.length === 0 ? (
        <Empty title="Nothing was deleted from this log.">
          Retention removes old entries without a record here.
        </Empty>
      ) : (
        <Table
          caption="Deletions, newest first"
          columns={COLUMNS}
          rows={rows}
          rowKey={(erasure) => String(erasure.erasureId)}
        />
      )}
      <More
        hasMore={erasures.hasNextPage}
        busy={erasures.isFetchingNextPage}
        onMore={() => void erasures.fetchNextPage()}
      />
    </Dialog>
  );
}
