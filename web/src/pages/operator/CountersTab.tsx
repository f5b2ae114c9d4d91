// SPDX-License-Identifier: Apache-2.0
import { Link } from "react-router";
import { useServerSummary, type ServerSummary } from "../../api/operator.ts";
import { Card, Facts, Figure, Grid, Stack } from "../../ui/Card.tsx";
import { Answer } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import { sizeText } from "./size.ts";

const count = (value: number) => value.toLocaleString("en");

function Counters({ summary }: { summary: ServerSummary }) {
  const today = summary.decisionsToday;
  return (
    <Stack>
      <Card title="Decisions today (UTC)">
        <Grid min="12rem">
          <Figure name="Allowed" value={count(today.allowed)} />
          <Figure name="Denied" value={count(today.denied)} />
          <Figure name="Approval required" value={count(today.approvalRequired)} />
          <Figure name="Approvals waiting now" value={count(summary.pendingApprovals)} />
        </Grid>
      </Card>
      <Card title="Webhook events">
        <Grid min="12rem">
          <Figure name="To be delivered" value={count(summary.pendingEvents)} />
          <Figure
            name="Dead letters"
            value={count(summary.deadEvents)}
            note={<Link to="/dashboard/operator/events?dead=true">Look at them</Link>}
          />
        </Grid>
      </Card>
      <Card title="On this server">
        <Grid min="12rem">
          <Figure name="Accounts" value={count(summary.accounts)} />
          <Figure name="People" value={count(summary.people)} />
          <Figure name="Agents" value={count(summary.agents)} />
          <Figure name="Active permissions" value={count(summary.activePermissions)} />
        </Grid>
        <Facts
          facts={[
            ["Database", sizeText(summary.databaseBytes)],
            ["Version", summary.version],
            ["Started", <Time key="started" at={summary.startedAt} />],
          ]}
        />
      </Card>
    </Stack>
  );
}

export function CountersTab() {
  const summary = useServerSummary();
  return (
    <Answer query={summary} lines={6}>
      {(data) => <Counters summary={data} />}
    </Answer>
  );
}
