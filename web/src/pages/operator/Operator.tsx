// SPDX-License-Identifier: Apache-2.0
import { useParams } from "react-router";
import { useMe } from "../../session/session.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { Card, PageHead, Stack } from "../../ui/Card.tsx";
import { Empty } from "../../ui/States.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { AccountsTab } from "./AccountsTab.tsx";
import { CountersTab } from "./CountersTab.tsx";
import { QueueTab } from "./QueueTab.tsx";
import { ServerTab } from "./ServerTab.tsx";
import { SigningKeysTab } from "./SigningKeysTab.tsx";

const ROOT = "/dashboard/operator";

function Tab({ tab }: { tab: string }) {
  switch (tab) {
    case "":
      return <CountersTab />;
    case "accounts":
      return <AccountsTab />;
    case "events":
      return <QueueTab />;
    case "settings":
      return <ServerTab />;
    case "signing-keys":
      return <SigningKeysTab />;
    default:
      return (
        <Card>
          <Empty title="There is no such part of this page" />
        </Card>
      );
  }
}

function NotForYou() {
  return (
    <Stack>
      <PageHead title="Operator" />
      <Card>
        <Empty
          title="Operator access required"
          action={<ButtonLink to="/dashboard">To the overview</ButtonLink>}
        >
          This page is for those who run the server.
        </Empty>
      </Card>
    </Stack>
  );
}

export default function Operator() {
  const { tab = "" } = useParams();
  const { isOperator } = useMe().user;
  if (!isOperator) return <NotForYou />;
  return (
    <Stack>
      <PageHead
        title="Operator"
        lead="This server as a whole. What is in other people's accounts stays theirs."
      />
      <Tabs
        label="Parts of the server"
        tabs={[
          { to: ROOT, name: "Counters" },
          { to: `${ROOT}/accounts`, name: "Accounts" },
          { to: `${ROOT}/events`, name: "Event queue" },
          { to: `${ROOT}/settings`, name: "Settings" },
          { to: `${ROOT}/signing-keys`, name: "Signing keys" },
        ]}
      />
      <Tab tab={tab} />
    </Stack>
  );
}
