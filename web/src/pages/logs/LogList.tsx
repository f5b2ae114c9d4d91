// SPDX-License-Identifier: Apache-2.0
/** The entries that match, page after page, and a word when newer ones have come. */
import { useQueryClient } from "@tanstack/react-query";
import { useLogs, useNewestLog, type LogFilters } from "../../api/logs.ts";
import { keys } from "../../api/queries.ts";
import type { LogRow } from "../../api/types.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Endless } from "../../ui/Endless.tsx";
import { Empty, Failure, Loading } from "../../ui/States.tsx";
import { LogTable } from "./LogTable.tsx";
import styles from "./LogList.module.css";
import type { useOpenLog } from "./openLog.ts";

type List = ReturnType<typeof useLogs>;

/** True when the newest match is newer than what the list begins with. */
function useHasNewer(filters: LogFilters, list: List, rows: readonly LogRow[]): boolean {
  const newest = useNewestLog(filters);
  if (newest.data === undefined || newest.data === null || !list.isSuccess) return false;
  return newest.dataUpdatedAt > list.dataUpdatedAt && newest.data !== rows[0]?.requestId;
}

function Newer({ filters }: { filters: LogFilters }) {
  const client = useQueryClient();
  return (
    <div className={styles.newer} role="status">
      <span>There are newer entries.</span>
      <Button onClick={() => void client.resetQueries({ queryKey: [...keys.logs, "list", filters] })}>
        Show them
      </Button>
    </div>
  );
}

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  return isFiltered ? (
    <Empty title="No entry matches." action={<Button onClick={onClear}>Clear filters</Button>}>
      Fewer filters, or a longer time, show more.
    </Empty>
  ) : (
    <Empty title="The log is empty.">Each verify call of an agent is an entry here, as it happens.</Empty>
  );
}

/** What follows the rows. Where the server stopped looking, a person says whether it goes on. */
function End({ list }: { list: List }) {
  const more = () => void list.fetchNextPage();
  const last = list.data?.pages.at(-1);
  if (last?.pagination.partial === true && !list.isFetchNextPageError) {
    return (
      <div className={styles.partial}>
        <p>
          The search has stopped after {last.pagination.looked ?? "many"} entries. Older ones may match too.
        </p>
        <Button busy={list.isFetchingNextPage} onClick={more}>
          Look further back
        </Button>
      </div>
    );
  }
  return (
    <Endless
      loaded={list.data?.pages.length ?? 0}
      hasMore={list.hasNextPage}
      busy={list.isFetchingNextPage}
      error={list.isFetchNextPageError ? list.error : undefined}
      onMore={more}
    />
  );
}

export function LogList({
  filters,
  isFiltered,
  list,
  rows,
  opened,
  withAgent = true,
  onClear,
}: {
  filters: LogFilters;
  isFiltered: boolean;
  list: List;
  rows: readonly LogRow[];
  opened: ReturnType<typeof useOpenLog>;
  /** Left out where all rows are of one agent. */
  withAgent?: boolean;
  onClear: () => void;
}) {
  const hasNewer = useHasNewer(filters, list, rows);
  if (list.data === undefined) {
    return list.isError ? (
      <Failure error={list.error} onRetry={() => void list.refetch()} />
    ) : (
      <Loading lines={8} />
    );
  }
  const isOver = rows.length === 0 && !list.hasNextPage;
  return (
    <Card>
      {hasNewer ? <Newer filters={filters} /> : null}
      {list.isRefetchError ? <Failure error={list.error} onRetry={() => void list.refetch()} /> : null}
      {isOver ? <Nothing isFiltered={isFiltered} onClear={onClear} /> : null}
      {rows.length > 0 ? (
        <LogTable rows={rows} caption="Decisions, newest first" to={opened.to} withAgent={withAgent} />
      ) : null}
      <End list={list} />
    </Card>
  );
}
