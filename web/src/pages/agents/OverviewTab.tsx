// SPDX-License-Identifier: Apache-2.0
import { Link } from "react-router";
import type { AgentView } from "../../api/agents.ts";
import { segment } from "../../api/client.ts";
import type { Agent } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { Card, Facts, Figure, Grid, Stack } from "../../ui/Card.tsx";
import { Time } from "../../ui/Time.tsx";
import styles from "./AgentPage.module.css";
import { DisableButton } from "./AgentSwitch.tsx";
import { Guidelines } from "./Guidelines.tsx";
import { Identity } from "./Identity.tsx";

function Posture({ view }: { view: AgentView }) {
  const posture = view.securityPosture;
  const base = `/dashboard/agents/${segment(view.agent.agentId)}`;
  return (
    <Grid min="12rem">
      <Figure
        name="Active permissions"
        value={posture.activePermissions}
        note={<Link to={`${base}/permissions`}>Look at them</Link>}
      />
      <Figure
        name="Approval required"
        value={posture.approvalGatedPermissions}
        note="Permissions that wait for a person"
      />
      <Figure name="Revoked" value={posture.revokedPermissions} note="Permissions that were taken back" />
      <Figure
        name="Denied in 7 days"
        value={posture.recentDeniedActions}
        note={<Link to={`${base}/activity?decision=denied`}>See which</Link>}
      />
    </Grid>
  );
}

function Dates({ agent }: { agent: Agent }) {
  return (
    <Card title="Dates">
      <Facts
        facts={[
          ["Last decision", <Time key="l" at={agent.lastUsedAt} />],
          ["Created", <Time key="c" at={agent.createdAt} />],
          ["Changed", <Time key="u" at={agent.updatedAt} />],
        ]}
      />
    </Card>
  );
}

export function OverviewTab({ view }: { view: AgentView }) {
  const { agent } = view;
  const mayManage = useMay("manage");
  return (
    <Stack>
      <Posture view={view} />
      <Grid min="26rem">
        <Identity agent={agent} />
        <div className={styles.column}>
          <Guidelines agent={agent} />
          <Dates agent={agent} />
        </div>
      </Grid>
      {mayManage && agent.status === "active" ? (
        <Card title="Danger zone">
          <div className={styles.danger}>
            <p className="soft">Disabling denies everything from the next request on.</p>
            <DisableButton agent={agent} />
          </div>
        </Card>
      ) : null}
    </Stack>
  );
}
