// SPDX-License-Identifier: Apache-2.0
/** A table that grows by pages, with what stands there before the first row, and the button for the next. */
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ComponentProps, ReactNode } from "react";
import { Failure, Loading } from "./States.tsx";
import { More, Table } from "./Table.tsx";

export function PagedTable<T>({
  list,
  empty,
  ...table
}: ComponentProps<typeof Table<T>> & {
  list: UseInfiniteQueryResult;
  /** Instead of a table without rows. */
  empty?: ReactNode;
}) {
  const hasRows = table.rows.length > 0;
  return (
    <>
      {list.isPending ? <Loading /> : null}
      {list.isError ? <Failure error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.isSuccess && !hasRows && !list.hasNextPage ? empty : null}
      {hasRows ? <Table {...table} /> : null}
      <More
        hasMore={list.hasNextPage}
        busy={list.isFetchingNextPage}
        onMore={() => void list.fetchNextPage()}
      />
    </>
  );
}
