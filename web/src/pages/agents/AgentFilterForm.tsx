// SPDX-License-Identifier: Apache-2.0
import type { Agent } from "../../api/types.ts";
import { SelectField, type Choice } from "../../ui/Field.tsx";
import { fieldFor } from "../../ui/fieldFor.ts";
import { LateTextField } from "../../ui/LateTextField.tsx";
import { Filters } from "../../ui/Table.tsx";
import type { AgentFilters } from "./agentFilters.ts";
import styles from "./Agents.module.css";
import { PROVIDERS, TYPES } from "./words.ts";

const STATUSES: Choice[] = [
  { value: "", label: "Any status" },
  { value: "active", label: "Active" },
  { value: "disabled", label: "Disabled" },
];
const KINDS: Choice[] = [
  { value: "", label: "Any type" },
  { value: "native", label: TYPES.native.label },
  { value: "connected", label: TYPES.connected.label },
];

export function AgentFilterForm({
  agents,
  filters,
  onChange,
}: {
  agents: readonly Agent[];
  filters: AgentFilters;
  onChange: (change: Partial<AgentFilters>) => void;
}) {
  const field = fieldFor(filters, onChange);
  const used = new Set(agents.map((agent) => agent.provider));
  const providers = PROVIDERS.filter(({ value }) => used.has(value) || value === filters.provider);
  return (
    <Filters label="Filter agents">
      <div className={styles.search}>
        <LateTextField label="Search" type="search" placeholder="Name, id, description" {...field("q")} />
      </div>
      <SelectField label="Status" choices={STATUSES} {...field("status")} />
      <SelectField label="Type" choices={KINDS} {...field("type")} />
      <SelectField
        label="Provider"
        choices={[{ value: "", label: "Any provider" }, ...providers]}
        {...field("provider")}
      />
    </Filters>
  );
}
