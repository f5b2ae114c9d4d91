// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { changeSettings, useSettings, type AccountSettings } from "../../api/people.ts";
import { useSummary } from "../../api/overview.ts";
import { keys } from "../../api/queries.ts";
import { useMay, useMe } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Facts, Row, Stack } from "../../ui/Card.tsx";
import { CheckField, FormError, FormStack, TextField } from "../../ui/Field.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import { useAction } from "../../ui/useAction.ts";
import { roleLabel } from "./roles.ts";
import styles from "./Settings.module.css";

const SIGNUP: Readonly<Record<string, string>> = {
  closed: "by invitation of an operator or owner",
  invite: "by invitation",
  open: "open to anyone",
};

function AccountForm({ settings }: { settings: AccountSettings }) {
  const [name, setName] = useState(settings.account.name);
  const [separates, setSeparates] = useState(settings.separationOfDuties);
  const action = useAction(keys.settings, keys.me);
  const tell = useTell();
  const isChanged = name !== settings.account.name || separates !== settings.separationOfDuties;
  return (
    <form
      className={styles.narrow}
      onSubmit={(event) => {
        event.preventDefault();
        action.run(
          () => changeSettings({ name, separationOfDuties: separates }),
          () => tell("Settings saved."),
        );
      }}
    >
      <FormStack>
        <TextField
          label="Name of the account"
          required
          maxLength={120}
          autoComplete="off"
          value={name}
          onValue={setName}
        />
        <CheckField
          label="Nobody approves requests of their own agents"
          hint="Who created an agent, or was given its key, cannot approve what it asks for."
          checked={separates}
          onValue={setSeparates}
        />
        <FormError error={action.error} />
        <Row>
          <Button type="submit" look="primary" busy={action.busy} disabled={!isChanged}>
            Save
          </Button>
        </Row>
      </FormStack>
    </form>
  );
}

function About({ settings }: { settings: AccountSettings }) {
  const me = useMe();
  return (
    <>
      <Card title="You">
        <Facts
          facts={[
            ["Email", me.user.email],
            ["Role here", roleLabel(me.role)],
            ["Your id", <Mono key="id">{me.user.userId}</Mono>],
          ]}
        />
      </Card>
      <Card title="This account on this server">
        <Facts
          facts={[
            ["Account", settings.account.name],
            ["Account id", <Mono key="id">{settings.account.accountId}</Mono>],
            [
              "Public address",
              <span key="url" className="exact">
                {settings.appUrl}
              </span>,
            ],
            ["Separation of duties", settings.separationOfDuties ? "on" : "off"],
            ["Records are kept for", `${settings.logRetentionDays} days`],
            ["New accounts", SIGNUP[settings.signup] ?? settings.signup],
            ["Mail", settings.mailEnabled ? "on" : "off: links are handed over by people"],
            ["Webhooks", settings.webhooksEnabled ? "on" : "off"],
          ]}
        />
      </Card>
    </>
  );
}

function UsageCard() {
  const summary = useSummary(14);
  return (
    <Card title="Usage">
      <Answer query={summary}>
        {({ usage }) =>
          usage === undefined ? null : (
            <Facts
              facts={[
                ["Members", usage.seatCount],
                ["Agents", usage.agentCount],
                ["Decisions in this period", usage.verificationCount.toLocaleString("en")],
                ["Counted since", <Time key="since" at={usage.periodStart} exact />],
                ["Counted anew", <Time key="anew" at={usage.periodResetAt} exact />],
                ["Limits", usage.verificationLimit === null ? "none" : String(usage.verificationLimit)],
              ]}
            />
          )
        }
      </Answer>
    </Card>
  );
}

export function AccountTab() {
  const settings = useSettings();
  const mayChange = useMay("manageAccount");
  return (
    <Answer query={settings}>
      {(data) => (
        <Stack>
          {mayChange ? (
            <Card title="Account">
              <AccountForm key={`${data.account.name} ${String(data.separationOfDuties)}`} settings={data} />
            </Card>
          ) : null}
          <UsageCard />
          <About settings={data} />
        </Stack>
      )}
    </Answer>
  );
}
