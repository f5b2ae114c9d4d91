// SPDX-License-Identifier: Apache-2.0
/** Agents by activity, and whether webhooks arrive. */
import { Link } from "react-router";
import { segment } from "../../api/client.ts";
import { SERIES, SERIES_NAMES } from "./outcomes.ts";
import type { BusyAgent, WebhookHealth } from "../../api/overview.ts";
import { Badge, type Tone } from "../../ui/Badge.tsx";
import { Exact } from "../../ui/Exact.tsx";
import { Empty } from "../../ui/States.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import styles from "./Overview.module.css";

function Last({ at }: { at: string | null }) {
  return (
    <span className={styles.nowrap}>
      <Time at={at} />
    </span>
  );
}

export function BusyAgents({ agents }: { agents: readonly BusyAgent[] }) {
  if (agents.length === 0) {
    return <Empty title="No agent has asked in these days" />;
  }
  return (
    <Table
      caption="Agents by decisions"
      rows={agents}
      rowKey={(agent) => agent.agentId}
      columns={[
        {
          name: "Agent",
          head: true,
          cell: (agent) => (
            <Link to={`/dashboard/agents/${segment(agent.agentId)}`}>
              <Exact text={agent.name} />
            </Link>
          ),
        },
        ...SERIES.map((series) => ({
          name: SERIES_NAMES[series],
          cell: (agent: BusyAgent) => <span className={styles.number}>{agent[series]}</span>,
        })),
        { name: "Last", cell: (agent) => <Last at={agent.lastUsedAt} /> },
      ]}
    />
  );
}

/** In words first: what is wrong, if anything. */
export function healthOf(webhook: WebhookHealth): { label: string; tone: Tone } {
  if (webhook.deadEvents > 0)
    return {
      label: `${webhook.deadEvents} dead ${webhook.deadEvents === 1 ? "letter" : "letters"}`,
      tone: "denied",
    };
  if (webhook.status === "disabled") return { label: "Disabled", tone: "neutral" };
  const isDelivered = webhook.lastStatus !== null && webhook.lastStatus < 300;
  if (webhook.lastTriggeredAt !== null && !isDelivered) return { label: "Failing", tone: "denied" };
  return { label: "Active", tone: "allowed" };
}

export function Webhooks({ webhooks }: { webhooks: readonly WebhookHealth[] }) {
  if (webhooks.length === 0) {
    return (
      <Empty title="No webhook" action={<Link to="/dashboard/webhooks">Add one</Link>}>
        A webhook tells your other systems what is asked and decided.
      </Empty>
    );
  }
  return (
    <Table
      caption="Health of webhooks"
      rows={webhooks}
      rowKey={(webhook) => webhook.webhookId}
      columns={[
        {
          name: "Endpoint",
          head: true,
          cell: (webhook) => (
            <Link to={`/dashboard/webhooks/${segment(webhook.webhookId)}`}>
              <Exact text={webhook.url} />
            </Link>
          ),
        },
        {
          name: "Health",
          cell: (webhook) => <Badge tone={healthOf(webhook).tone}>{healthOf(webhook).label}</Badge>,
        },
        { name: "In the queue", cell: (webhook) => webhook.pendingEvents },
        { name: "Last", cell: (webhook) => <Last at={webhook.lastTriggeredAt} /> },
      ]}
    />
  );
}
