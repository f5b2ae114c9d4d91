// SPDX-License-Identifier: Apache-2.0
/** One agent: its identity, permissions, ways to connect it, and what it did. */
import { useParams } from "react-router";
import { useAgent, type AgentView } from "../../api/agents.ts";
import { ApiError, segment } from "../../api/client.ts";
import { BackLink } from "../../ui/BackLink.tsx";
import { PageHead, Stack } from "../../ui/Card.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { ActivityTab } from "./ActivityTab.tsx";
import styles from "./AgentPage.module.css";
import { AgentStatusBadge } from "./AgentStatusBadge.tsx";
import { DisabledNotice } from "./AgentSwitch.tsx";
import { IntegrationsTab } from "./IntegrationsTab.tsx";
import { OverviewTab } from "./OverviewTab.tsx";
import { PermissionsTab } from "./PermissionsTab.tsx";
import { providerLabel, TYPES } from "./words.ts";

const TABS = {
  overview: OverviewTab,
  permissions: PermissionsTab,
  integrations: IntegrationsTab,
  activity: ActivityTab,
} as const;

function isTab(name: string): name is keyof typeof TABS {
  return Object.hasOwn(TABS, name);
}

function Unknown({ what }: { what: string }) {
  return (
    <Stack>
      <PageHead title={what} above={<BackLink to="/dashboard/agents" name="Agents" />} />
      <Empty
        title="Nothing is here"
        action={<ButtonLink to="/dashboard/agents">To the agents of this account</ButtonLink>}
      >
        It may belong to another account of yours.
      </Empty>
    </Stack>
  );
}

function View({ view, tab }: { view: AgentView; tab: keyof typeof TABS }) {
  const { agent } = view;
  const base = `/dashboard/agents/${segment(agent.agentId)}`;
  const Content = TABS[tab];
  return (
    <Stack>
      <PageHead
        title={agent.name}
        above={<BackLink to="/dashboard/agents" name="Agents" />}
        lead={
          <span className={styles.lead}>
            <AgentStatusBadge status={agent.status} />
            {`${TYPES[agent.agentType].label} agent, ${providerLabel(agent.provider)}`}
            <Mono>{agent.agentId}</Mono>
          </span>
        }
      />
      <DisabledNotice agent={agent} />
      <Tabs
        label={`Parts of ${agent.name}`}
        tabs={[
          { to: base, name: "Overview" },
          { to: `${base}/permissions`, name: "Permissions" },
          { to: `${base}/integrations`, name: "Integrations" },
          { to: `${base}/activity`, name: "Activity" },
        ]}
      />
      <Content key={tab} view={view} />
    </Stack>
  );
}

export default function AgentPage() {
  const { agentId = "", tab = "overview" } = useParams();
  const view = useAgent(agentId);
  if (view.error instanceof ApiError && view.error.status === 404) return <Unknown what="No such agent" />;
  if (!isTab(tab)) return <Unknown what="No such page" />;
  return (
    <Answer query={view} lines={8}>
      {(data) => <View key={agentId} view={data} tab={tab} />}
    </Answer>
  );
}
