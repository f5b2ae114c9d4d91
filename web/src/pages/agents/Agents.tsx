// SPDX-License-Identifier: Apache-2.0
/** All agents of the account. */
import { Plus } from "lucide-react";
import { Link } from "react-router";
import { useAgents } from "../../api/agents.ts";
import { segment } from "../../api/client.ts";
import type { Agent } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Card, PageHead, Stack } from "../../ui/Card.tsx";
import { Exact } from "../../ui/Exact.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { Table, type Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { AgentFilterForm } from "./AgentFilterForm.tsx";
import { filterAgents, useAgentFilters } from "./agentFilters.ts";
import styles from "./Agents.module.css";
import { AgentStatusBadge } from "./AgentStatusBadge.tsx";
import { connectionLabel, providerLabel, TYPES } from "./words.ts";

const COLUMNS: Column<Agent>[] = [
  {
    name: "Agent",
    head: true,
    cell: (agent) => (
      <span className={styles.pair}>
        <Link to={`/dashboard/agents/${segment(agent.agentId)}`}>
          <Exact text={agent.name} />
        </Link>
        <code className="note">{agent.agentId}</code>
      </span>
    ),
  },
  {
    name: "Type",
    words: true,
    cell: (agent) => `${TYPES[agent.agentType].label}, ${providerLabel(agent.provider)}`,
  },
  { name: "Connection", words: true, cell: (agent) => connectionLabel(agent.connectionStatus) },
  { name: "Last decision", cell: (agent) => <Time at={agent.lastUsedAt} /> },
  { name: "Status", cell: (agent) => <AgentStatusBadge status={agent.status} /> },
];

function AddAgent() {
  return (
    <ButtonLink to="/dashboard/agents/new" look="primary" icon={<Plus size={18} aria-hidden />}>
      Add agent
    </ButtonLink>
  );
}

function AgentList({ agents }: { agents: Agent[] }) {
  const { filters, isFiltered, change, clear } = useAgentFilters();
  const mayManage = useMay("manage");
  if (agents.length === 0)
    return (
      <Empty title="No agents yet" action={mayManage ? <AddAgent /> : undefined}>
        An agent gets a key or a passport, and permissions that say what it may do.
      </Empty>
    );
  const shown = filterAgents(agents, filters);
  return (
    <Stack>
      <AgentFilterForm agents={agents} filters={filters} onChange={change} />
      <p className={styles.count} role="status">
        {shown.length === agents.length
          ? `${agents.length} ${agents.length === 1 ? "agent" : "agents"}`
          : `${shown.length} of ${agents.length} agents`}
        {isFiltered ? (
          <Button look="quiet" onClick={clear}>
            Clear filters
          </Button>
        ) : null}
      </p>
      {shown.length > 0 ? (
        <Table caption="Agents" columns={COLUMNS} rows={shown} rowKey={(agent) => agent.agentId} />
      ) : (
        <Empty title="No agent fits these filters" />
      )}
    </Stack>
  );
}

export default function Agents() {
  const agents = useAgents();
  const mayManage = useMay("manage");
  return (
    <Stack>
      <PageHead
        title="Agents"
        lead="Who may act on your behalf, and when each last asked."
        actions={mayManage ? <AddAgent /> : undefined}
      />
      <Card>
        <Answer query={agents} lines={5}>
          {(list) => <AgentList agents={list} />}
        </Answer>
      </Card>
    </Stack>
  );
}
