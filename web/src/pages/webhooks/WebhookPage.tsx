// SPDX-License-Identifier: Apache-2.0
/** One endpoint: what it wants, how it does, and the attempts to reach it. */
import { useState } from "react";
import { useParams } from "react-router";
import { useWebhook, type Delivery, type Made, type Webhook } from "../../api/webhooks.ts";
import { useMay } from "../../session/session.tsx";
import { BackLink } from "../../ui/BackLink.tsx";
import { Card, Facts, PageHead, Stack } from "../../ui/Card.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { exactTime, Time } from "../../ui/Time.tsx";
import { DeliveryTable } from "./DeliveryTable.tsx";
import { EditButton, EndpointChanges, ReplayButton, TestButton } from "./EndpointActions.tsx";
import { SecretDialog } from "./SecretDialog.tsx";
import { WebhookStatus } from "./WebhookStatus.tsx";
import styles from "./Webhooks.module.css";

function Notices({ webhook }: { webhook: Webhook }) {
  return (
    <>
      {webhook.disabledReason !== null ? (
        <p className={styles.notice}>
          <strong>Disabled by the server:</strong> {webhook.disabledReason}
        </p>
      ) : null}
      {webhook.failingSince !== null ? (
        <p className={styles.notice}>
          <strong>Every attempt has failed</strong> since {exactTime(webhook.failingSince)}. After three days
          of that the server disables an endpoint.
        </p>
      ) : null}
      {webhook.previousSecretExpiresAt !== null ? (
        <p className={styles.notice}>
          <strong>Two secrets sign:</strong> the one before this one too, until{" "}
          {exactTime(webhook.previousSecretExpiresAt)}.
        </p>
      ) : null}
    </>
  );
}

function About({ webhook, mayManage }: { webhook: Webhook; mayManage: boolean }) {
  return (
    <Card title="Endpoint" actions={mayManage ? <EditButton webhook={webhook} /> : undefined}>
      <Facts
        facts={[
          ["Status", <WebhookStatus key="s" webhook={webhook} />],
          ["Last attempt", <Time key="l" at={webhook.lastTriggeredAt} past />],
          ["Id", <Mono key="i">{webhook.webhookId}</Mono>],
          ["Signing secret", <Mono key="p">{webhook.secretPreview}</Mono>],
          ["Created", <Time key="c" at={webhook.createdAt} exact />],
        ]}
      />
      <h3>Events</h3>
      <span className={styles.chips}>
        {webhook.events.map((event) => (
          <span key={event} className={styles.chip}>
            {event}
          </span>
        ))}
      </span>
    </Card>
  );
}

function Deliveries({
  webhook,
  deliveries,
  mayManage,
}: {
  webhook: Webhook;
  deliveries: readonly Delivery[];
  mayManage: boolean;
}) {
  const actions = (
    <>
      <ReplayButton webhook={webhook} />
      <TestButton webhook={webhook} />
    </>
  );
  return (
    <Card title="Deliveries" actions={mayManage ? actions : undefined}>
      {deliveries.length === 0 ? (
        <Empty title="Nothing was sent yet.">A test event shows whether the endpoint can be reached.</Empty>
      ) : (
        <DeliveryTable caption="The newest 50 attempts" deliveries={deliveries} />
      )}
    </Card>
  );
}

export default function WebhookPage() {
  const { webhookId = "" } = useParams();
  const query = useWebhook(webhookId);
  const mayManage = useMay("manage");
  const [made, setMade] = useState<Made | null>(null);
  return (
    <Stack>
      <PageHead
        title={query.data?.webhook.url ?? "Webhook"}
        above={<BackLink to="/dashboard/webhooks" name="Webhooks" />}
      />
      <Answer query={query} lines={6}>
        {(answer) => (
          <>
            <Notices webhook={answer.webhook} />
            <About webhook={answer.webhook} mayManage={mayManage} />
            <Deliveries webhook={answer.webhook} deliveries={answer.deliveries} mayManage={mayManage} />
            {mayManage ? <EndpointChanges webhook={answer.webhook} onMade={setMade} /> : null}
          </>
        )}
      </Answer>
      <SecretDialog made={made} onClose={() => setMade(null)} />
    </Stack>
  );
}
