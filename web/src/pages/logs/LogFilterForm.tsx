// SPDX-License-Identifier: Apache-2.0
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { useAgents } from "../../api/agents.ts";
import type { LogFilters } from "../../api/logs.ts";
import { Button } from "../../ui/Button.tsx";
import { SelectField, type Choice } from "../../ui/Field.tsx";
import { fieldFor } from "../../ui/fieldFor.ts";
import { LateTextField } from "../../ui/LateTextField.tsx";
import { Filters } from "../../ui/Table.tsx";
import { DECISIONS } from "./filters.ts";
import styles from "./LogFilterForm.module.css";

const RISKS: Choice<LogFilters["risk"]>[] = [
  { value: "", label: "Any risk" },
  { value: "low", label: "Low" },
  { value: "medium", label: "Medium" },
  { value: "high", label: "High" },
];
const RANGES: Choice<LogFilters["range"]>[] = [
  { value: "", label: "All that is kept" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
];
const CALLS: Choice<LogFilters["shadow"]>[] = [
  { value: "", label: "All calls" },
  { value: "false", label: "Enforced only" },
  { value: "true", label: "Shadow only" },
];

function useAgentChoices(chosen: string): Choice[] {
  const agents = useAgents().data ?? [];
  const known = agents.map((agent) => ({ value: agent.agentId, label: agent.name }));
  const others = chosen === "" || known.some((agent) => agent.value === chosen) ? [] : [chosen];
  return [{ value: "", label: "All agents" }, ...known, ...others.map((id) => ({ value: id, label: id }))];
}

export function LogFilterForm({
  filters,
  isFiltered,
  onChange,
  onClear,
}: {
  filters: LogFilters;
  isFiltered: boolean;
  onChange: (change: Partial<LogFilters>) => void;
  onClear: () => void;
}) {
  const agents = useAgentChoices(filters.agentId);
  const field = fieldFor(filters, onChange);
  const [open, setOpen] = useState(false);
  return (
    <Filters label="Filter the log">
      <div className={styles.search}>
        <LateTextField
          type="search"
          label="Search"
          placeholder="Text, or: denied high risk last 24 hours"
          {...field("search")}
        />
      </div>
      <SelectField label="Decision" choices={DECISIONS} {...field("decision")} />
      <SelectField label="Time" choices={RANGES} {...field("range")} />
      <div className={styles.toggle}>
        <Button
          wide
          aria-expanded={open}
          aria-controls="more-log-filters"
          icon={<ChevronDown size={16} aria-hidden />}
          onClick={() => setOpen(!open)}
        >
          {open ? "Fewer filters" : "More filters"}
        </Button>
      </div>
      <div id="more-log-filters" className={styles.more} data-open={open}>
        <SelectField label="Risk" choices={RISKS} {...field("risk")} />
        <SelectField label="Agent" choices={agents} {...field("agentId")} />
        <LateTextField label="Action" placeholder="Exact" {...field("action")} />
        <LateTextField label="Environment" placeholder="Such as production" {...field("environment")} />
        <SelectField label="Calls" choices={CALLS} {...field("shadow")} />
      </div>
      {isFiltered ? (
        <div className={styles.clear}>
          <Button look="quiet" onClick={onClear}>
            Clear filters
          </Button>
        </div>
      ) : null}
    </Filters>
  );
}
