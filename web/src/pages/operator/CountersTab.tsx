// SPDX-License-Identifier: Apache-2.0
import { Link } from "react-router";
import { useServerSummary, type ServerSummary } from "../../api/operator.ts";
import { Card, Facts, Figure, Stack } from "../../ui/Card.tsx";
import { Answer } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import styles from "./Operator.module.css";
import { sizeText } from "./size.ts";

const count = (value: number) => value.toLocaleString("en");

function Counters({ summary }: { summary: ServerSummary }) {
  const today = summary.decisionsToday;
  return (
    <Stack>
      <Card title="Decisions today (UTC)">
        <div className={styles.figures}>
          <Figure name="Allowed" value={count(today.allowed)} />
          <Figure name="Denied" value={count(today.denied)} />
          <Figure name="Approval required" value={count(today.approvalRequired)} />
          <Figure name="Approvals waiting now" value={count(summary.pendingApprovals)} />
        </div>
      </Card>
      <Card title="Webhook events">
        <div className={styles.figures}>
          <Figure name="To be delivered" value={count(summary.pendingEvents)} />
          <Figure
            name="Dead letters"
            value={count(summary.deadEvents)}
            note={<Link to="/dashboard/operator/events?status=dead">Look at them</Link>}
          />
        </div>
      </Card>
      <Card title="On this server">
        <div className={styles.figures}>
          <Figure name="Accounts" value={count(summary.accounts)} />
          <Figure name="People" value={count(summary.people)} />
          <Figure name="Agents" value={count(summary.agents)} />
          <Figure name="Active permissions" value={count(summary.activePermissions)} />
        </div>
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
