// SPDX-License-Identifier: Apache-2.0
/** Every decision: filtered, as far back as is kept, each with its details, as a file, and deleted. */
import { useLogs } from "../../api/logs.ts";
import { useMay } from "../../session/session.tsx";
import { PageHead, Stack } from "../../ui/Card.tsx";
import { ChainStrip } from "./ChainStrip.tsx";
import { EraseAll } from "./EraseAll.tsx";
import { ExportButton } from "./ExportButton.tsx";
import { useLogFilters } from "./filters.ts";
import { LogCounts } from "./LogCounts.tsx";
import { LogDrawer } from "./LogDrawer.tsx";
import { LogFilterForm } from "./LogFilterForm.tsx";
import { LogList } from "./LogList.tsx";
import { useOpenLog } from "./openLog.ts";

export default function Logs() {
  const { filters, isFiltered, change, clear } = useLogFilters();
  const opened = useOpenLog();
  const mayErase = useMay("eraseLogs");
  const list = useLogs(filters);
  const rows = list.data?.pages.flatMap((page) => page.logs) ?? [];
  const first = list.data?.pages[0];
  const total = first?.pagination.totalExact === true ? first.pagination.total : null;
  return (
    <Stack>
      <PageHead
        title="Activity"
        lead="Every decision, newest first. Rows are never changed; deletions are on record."
        actions={
          <>
            <ExportButton filters={filters} total={total} />
            {mayErase ? <EraseAll /> : null}
          </>
        }
      />
      <ChainStrip />
      <LogFilterForm filters={filters} isFiltered={isFiltered} onChange={change} onClear={clear} />
      {first !== undefined ? <LogCounts first={first} /> : null}
      <LogList
        filters={filters}
        isFiltered={isFiltered}
        list={list}
        rows={rows}
        opened={opened}
        onClear={clear}
      />
      <LogDrawer
        requestId={opened.requestId}
        known={rows.find((row) => row.requestId === opened.requestId)}
        onClose={opened.close}
      />
    </Stack>
  );
}
