// SPDX-License-Identifier: Apache-2.0
/** What the agent asked, and what it was told. */
import type { AgentView } from "../../api/agents.ts";
import { useLogs } from "../../api/logs.ts";
import { Button } from "../../ui/Button.tsx";
import { Stack } from "../../ui/Card.tsx";
import { SelectField, TextField } from "../../ui/Field.tsx";
import { fieldFor } from "../../ui/fieldFor.ts";
import { LateTextField } from "../../ui/LateTextField.tsx";
import { Filters } from "../../ui/Table.tsx";
import { DECISIONS, useLogFilters } from "../logs/filters.ts";
import { LogDrawer } from "../logs/LogDrawer.tsx";
import { LogList } from "../logs/LogList.tsx";
import { useOpenLog } from "../logs/openLog.ts";
import styles from "./AgentPage.module.css";
import { fromLocalInput, toLocalInput } from "./permissionDraft.ts";

const PAGE = 20;

function ActivityFilters({ filters, change, isFiltered, clear }: ReturnType<typeof useLogFilters>) {
  const field = fieldFor(filters, change);
  return (
    <Filters label="Filter the activity">
      <SelectField label="Decision" choices={DECISIONS} {...field("decision")} />
      <LateTextField label="Action" placeholder="Exact" {...field("action")} />
      <LateTextField label="Resource" placeholder="Exact" {...field("vendor")} />
      <div className={styles.time}>
        <TextField
          label="From"
          type="datetime-local"
          value={toLocalInput(filters.from)}
          onValue={(text) => change({ from: fromLocalInput(text) ?? "" })}
        />
      </div>
      <div className={styles.time}>
        <TextField
          label="To"
          type="datetime-local"
          value={toLocalInput(filters.to)}
          onValue={(text) => change({ to: fromLocalInput(text) ?? "" })}
        />
      </div>
      {isFiltered ? (
        <Button look="quiet" onClick={clear}>
          Clear filters
        </Button>
      ) : null}
    </Filters>
  );
}

export function ActivityTab({ view }: { view: AgentView }) {
  const filtering = useLogFilters();
  const filters = { ...filtering.filters, agentId: view.agent.agentId };
  const list = useLogs(filters, PAGE);
  const opened = useOpenLog();
  const rows = list.data?.pages.flatMap((page) => page.logs) ?? [];
  return (
    <Stack>
      <ActivityFilters {...filtering} />
      <LogList
        filters={filters}
        isFiltered={filtering.isFiltered}
        list={list}
        rows={rows}
        opened={opened}
        withAgent={false}
        onClear={filtering.clear}
      />
      <LogDrawer
        requestId={opened.requestId}
        known={rows.find((row) => row.requestId === opened.requestId)}
        onClose={opened.close}
      />
    </Stack>
  );
}
