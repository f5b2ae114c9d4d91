// SPDX-License-Identifier: Apache-2.0
/** What can be done with an endpoint. Shown to those who may. */
import { useState, type ReactNode } from "react";
import { useNavigate } from "react-router";
import {
  useHasDeadLetters,
  useWebhookActions,
  useWebhooks,
  type Made,
  type Webhook,
} from "../../api/webhooks.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm, Dialog } from "../../ui/Dialog.tsx";
import { FormError } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { useAction } from "../../ui/useAction.ts";
import styles from "./EndpointActions.module.css";
import { WebhookForm } from "./WebhookForm.tsx";

export function EditButton({ webhook }: { webhook: Webhook }) {
  const [open, setOpen] = useState(false);
  const webhooks = useWebhooks();
  const { update } = useWebhookActions();
  const tell = useTell();
  const close = () => setOpen(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Edit</Button>
      <Dialog open={open} onClose={close} title="Edit the endpoint" firm>
        <Answer query={webhooks}>
          {({ eventTypes }) => (
            <WebhookForm
              types={eventTypes}
              initial={{ url: webhook.url, events: webhook.events }}
              action="Save"
              onCancel={close}
              save={(draft) =>
                update(webhook.webhookId, draft).then(() => {
                  close();
                  tell("Endpoint saved. Events that are added count from the next one on.");
                })
              }
            />
          )}
        </Answer>
      </Dialog>
    </>
  );
}

/** Something harmless with a word about its end. */
export function TestButton({ webhook }: { webhook: Webhook }) {
  const { test } = useWebhookActions();
  const { busy, error, run } = useAction();
  const tell = useTell();
  return (
    <>
      <FormError error={error} />
      <Button
        look="primary"
        busy={busy}
        disabled={webhook.status !== "active"}
        onClick={() =>
          run(
            () => test(webhook.webhookId),
            () => tell("Test event queued. Its attempt appears below."),
          )
        }
      >
        Send test event
      </Button>
    </>
  );
}

export function replayWords(count: number): string {
  if (count === 0) return "There was no dead letter to replay.";
  return count === 1 ? "1 event is sent again." : `${count} events are sent again.`;
}

export function ReplayButton({ webhook }: { webhook: Webhook }) {
  const [asked, setAsked] = useState(false);
  const { replayEndpoint } = useWebhookActions();
  const tell = useTell();
  const isAny = useHasDeadLetters();
  if (!isAny && !asked) return null;
  return (
    <>
      <Button disabled={webhook.status !== "active"} onClick={() => setAsked(true)}>
        Replay dead letters
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title="Replay this endpoint's dead letters?"
        action="Replay"
        run={async () => tell(replayWords(await replayEndpoint(webhook.webhookId)))}
      >
        <p>
          Each event that has failed for good here is sent again, with the same id and the same body, and has
          five attempts anew.
        </p>
      </Confirm>
    </>
  );
}

/** A change with its consequence beside it, and a question before it. */
function Change({
  title,
  text,
  action,
  question,
  detail,
  danger = false,
  phrase,
  run,
}: {
  title: string;
  text: ReactNode;
  action: string;
  question: string;
  detail: ReactNode;
  danger?: boolean;
  phrase?: string;
  run: () => Promise<unknown>;
}) {
  const [asked, setAsked] = useState(false);
  return (
    <div className={styles.change}>
      <div className={styles.text}>
        <h3>{title}</h3>
        <p>{text}</p>
      </div>
      <Button look={danger ? "danger" : "plain"} onClick={() => setAsked(true)}>
        {action}
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={question}
        action={action}
        danger={danger}
        {...(phrase !== undefined && { phrase })}
        run={run}
      >
        {detail}
      </Confirm>
    </div>
  );
}

function EnableOrDisable({ webhook }: { webhook: Webhook }) {
  const { enable, disable } = useWebhookActions();
  const tell = useTell();
  if (webhook.status === "disabled") {
    return (
      <Change
        title="Enable"
        text="It gets nothing at present."
        action="Enable endpoint"
        question="Enable this endpoint?"
        detail={<p>It gets what happens from now on.</p>}
        run={() => enable(webhook.webhookId).then(() => tell("Endpoint enabled."))}
      />
    );
  }
  return (
    <Change
      title="Disable"
      text="It gets nothing until it is enabled again."
      action="Disable endpoint"
      question="Disable this endpoint?"
      detail={<p>What waits to be sent to it is dropped for good. Dead letters stay.</p>}
      danger
      run={() => disable(webhook.webhookId).then(() => tell("Endpoint disabled."))}
    />
  );
}

export function EndpointChanges({ webhook, onMade }: { webhook: Webhook; onMade: (made: Made) => void }) {
  const { rotate, remove } = useWebhookActions();
  const navigate = useNavigate();
  const tell = useTell();
  return (
    <Card title="Change">
      <Change
        title="Rotate the signing secret"
        text="A new secret is shown once. The present one signs too for 24 hours."
        action="Rotate secret"
        question="Rotate the signing secret?"
        detail={
          <p>
            For 24 hours requests are signed with both, so that the receiver can be changed over.
            {webhook.previousSecretExpiresAt === null
              ? null
              : " The secret before the present one signs no more, at once."}
          </p>
        }
        run={() => rotate(webhook.webhookId).then(onMade)}
      />
      <EnableOrDisable webhook={webhook} />
      <Change
        title="Delete"
        text="Its secrets are removed. Its attempts stay on record for 30 days."
        action="Delete endpoint"
        question="Delete this endpoint?"
        detail={<p>What waits to be sent to it is dropped. This cannot be undone.</p>}
        danger
        phrase="delete"
        run={async () => {
          await remove(webhook.webhookId);
          tell("Endpoint deleted.");
          void navigate("/dashboard/webhooks");
        }}
      />
    </Card>
  );
}
