// SPDX-License-Identifier: Apache-2.0
import { Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { segment } from "../../api/client.ts";
import { useWebhookActions, useWebhooks, type Made, type Webhook } from "../../api/webhooks.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, PageHead, Stack } from "../../ui/Card.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { Table, type Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { SecretDialog } from "./SecretDialog.tsx";
import { WebhookForm } from "./WebhookForm.tsx";
import { WebhookStatus } from "./WebhookStatus.tsx";
import { WebhookTabs } from "./WebhookTabs.tsx";
import styles from "./Webhooks.module.css";

const SHOWN_EVENTS = 3;

function Events({ events }: { events: readonly string[] }) {
  const more = events.length - SHOWN_EVENTS;
  return (
    <span className={styles.chips}>
      {events.slice(0, SHOWN_EVENTS).map((event) => (
        <span key={event} className={styles.chip}>
          {event}
        </span>
      ))}
      {more > 0 ? <span className="note">and {more} more</span> : null}
    </span>
  );
}

const COLUMNS: Column<Webhook>[] = [
  {
    name: "Address",
    head: true,
    cell: (webhook) => (
      <span className={styles.pair}>
        <Link to={`/dashboard/webhooks/${segment(webhook.webhookId)}`}>{webhook.url}</Link>
        <span className={styles.id}>{webhook.webhookId}</span>
      </span>
    ),
  },
  { name: "Status", cell: (webhook) => <WebhookStatus webhook={webhook} /> },
  { name: "Events", cell: (webhook) => <Events events={webhook.events} /> },
  { name: "Last attempt", cell: (webhook) => <Time at={webhook.lastTriggeredAt} past /> },
];

/** What most receivers are made for: somebody must act, or something was refused. */
const USUAL = ["approval.requested", "verification.denied"];

function AddEndpoint({ types, onMade }: { types: readonly string[]; onMade: (made: Made) => void }) {
  const [open, setOpen] = useState(false);
  const { create } = useWebhookActions();
  const close = () => setOpen(false);
  return (
    <>
      <Button look="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setOpen(true)}>
        Add endpoint
      </Button>
      <Dialog open={open} onClose={close} title="Add an endpoint" firm>
        <WebhookForm
          types={types}
          initial={{ url: "", events: USUAL.filter((type) => types.includes(type)) }}
          action="Add endpoint"
          onCancel={close}
          save={({ url, events }) =>
            create(url, events).then(({ secret }) => {
              close();
              onMade({ secret });
            })
          }
        />
      </Dialog>
    </>
  );
}

export default function Webhooks() {
  const webhooks = useWebhooks();
  const mayManage = useMay("manage");
  const [made, setMade] = useState<Made | null>(null);
  const types = webhooks.data?.eventTypes;
  return (
    <Stack>
      <PageHead
        title="Webhooks"
        lead="Signed events for your own systems: what was decided, what waits, what changed."
        actions={
          mayManage && types !== undefined ? <AddEndpoint types={types} onMade={setMade} /> : undefined
        }
      />
      <WebhookTabs />
      <Answer query={webhooks}>
        {(answer) => (
          <Card>
            {answer.webhooks.length === 0 ? (
              <Empty title="No endpoints yet.">
                {mayManage
                  ? "Add the address of a system that should hear of decisions and approvals."
                  : "An owner or admin can add one."}
              </Empty>
            ) : (
              <Table
                caption="Webhook endpoints"
                columns={COLUMNS}
                rows={answer.webhooks}
                rowKey={(webhook) => webhook.webhookId}
              />
            )}
          </Card>
        )}
      </Answer>
      <SecretDialog made={made} onClose={() => setMade(null)} />
    </Stack>
  );
}
