// SPDX-License-Identifier: Apache-2.0
import { useParams } from "react-router";
import { Card, PageHead, Stack } from "../../ui/Card.tsx";
import { Empty } from "../../ui/States.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { AccountTab } from "./AccountTab.tsx";
import { PasswordTab } from "./PasswordTab.tsx";
import { SessionsTab } from "./SessionsTab.tsx";
import { TokensTab } from "./TokensTab.tsx";

const ROOT = "/dashboard/settings";

function Tab({ tab }: { tab: string }) {
  switch (tab) {
    case "":
      return <AccountTab />;
    case "password":
      return <PasswordTab />;
    case "tokens":
      return <TokensTab />;
    case "sessions":
      return <SessionsTab />;
    default:
      return (
        <Card>
          <Empty title="There is no such setting" />
        </Card>
      );
  }
}

export default function Settings() {
  const { tab = "" } = useParams();
  return (
    <Stack>
      <PageHead title="Settings" />
      <Tabs
        label="Settings"
        tabs={[
          { to: ROOT, name: "Account" },
          { to: `${ROOT}/password`, name: "Password" },
          { to: `${ROOT}/tokens`, name: "Tokens" },
          { to: `${ROOT}/sessions`, name: "Sessions" },
        ]}
      />
      <Tab tab={tab} />
    </Stack>
  );
}
