// SPDX-License-Identifier: Apache-2.0
/** One event: what was sent, to whom, and what came of it. */
import { useState } from "react";
import { segment } from "../../api/client.ts";
import { useWebhookActions, useWebhookEvent, type WebhookEvent } from "../../api/webhooks.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Facts, Row } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { FormError } from "../../ui/Field.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import { AttemptList } from "./DeliveryTable.tsx";
import { eventLinks } from "./eventLinks.ts";
import { EventBadge } from "./WebhookStatus.tsx";
import styles from "./Webhooks.module.css";

/** Harmless: the receiver knows the event's id and gets it once more. */
function Replay({ eventId }: { eventId: string }) {
  const { replayEvent } = useWebhookActions();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const tell = useTell();
  const run = () => {
    setBusy(true);
    setError(null);
    replayEvent(eventId)
      .then(() => tell("The event is sent again."))
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return (
    <>
      <p>It failed for good. A replay sends it again, with five attempts anew.</p>
      <Row>
        <Button look="primary" busy={busy} onClick={run}>
          Replay this event
        </Button>
      </Row>
      <FormError error={error} />
    </>
  );
}

function Detail({ event }: { event: WebhookEvent }) {
  return (
    <>
      <Row>
        <EventBadge event={event} />
      </Row>
      <Facts
        facts={[
          ["Event", <Mono key="e">{event.eventId}</Mono>],
          ["Type", <Mono key="t">{event.type}</Mono>],
          ["Happened", <Time key="h" at={event.createdAt} exact />],
          ["Attempts", event.attempts],
          ["Next attempt", event.nextAttemptAt === null ? null : <Time key="n" at={event.nextAttemptAt} />],
          [
            "Agent",
            event.agentId === null ? null : (
              <Mono key="a" to={`/dashboard/agents/${segment(event.agentId)}`}>
                {event.agentId}
              </Mono>
            ),
          ],
          ...eventLinks(event.payload).map(
            ({ name, id, to }) =>
              [
                name,
                <Mono key={name} to={to}>
                  {id}
                </Mono>,
              ] as const,
          ),
          ["Last error", event.lastError],
        ]}
      />
    </>
  );
}

export function EventDrawer({ eventId, onClose }: { eventId: string | null; onClose: () => void }) {
  const query = useWebhookEvent(eventId);
  const mayManage = useMay("manage");
  return (
    <Dialog side open={eventId !== null} onClose={onClose} title="Event">
      <Answer query={query} lines={6}>
        {({ event, deliveries }) => (
          <div className={styles.detail}>
            <Detail event={event} />
            {mayManage && event.deadLetter && event.payload !== null ? (
              <Replay eventId={event.eventId} />
            ) : null}
            <h2>Attempts</h2>
            {deliveries.length === 0 ? (
              <p className="note">None yet.</p>
            ) : (
              <AttemptList deliveries={deliveries} />
            )}
            {event.payload === null ? (
              <p className="note">The body is gone: the log entry that it tells about was deleted.</p>
            ) : (
              <CodeBlock title="Body" code={JSON.stringify(event.payload, null, 2)} />
            )}
          </div>
        )}
      </Answer>
    </Dialog>
  );
}
