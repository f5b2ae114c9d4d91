// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import {
  replayQueuedEvent,
  useQueuedEvent,
  type EventDelivery,
  type QueuedEvent,
} from "../../api/operator.ts";
import { keys } from "../../api/queries.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Facts, Row, Stack } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import { Confirm, Dialog } from "../../ui/Dialog.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import { useThenDrop } from "../../ui/useAction.ts";
import { EventStatusBadge } from "./EventStatusBadge.tsx";
import styles from "./Operator.module.css";

/** The error names the status where there was one. */
function said({ error, httpStatus }: EventDelivery): string {
  if (error !== null) return `: ${error}`;
  return httpStatus === null ? "" : `: HTTP ${httpStatus}`;
}

function Attempts({ deliveries }: { deliveries: EventDelivery[] }) {
  if (deliveries.length === 0) return <p className="note">No attempt yet.</p>;
  return (
    <ol className={styles.attempts} aria-label="Attempts, newest first">
      {deliveries.map((delivery, at) => (
        <li key={delivery.deliveryId}>
          <Row>
            <Badge tone={delivery.status === "success" ? "allowed" : "denied"}>
              {delivery.status === "success" ? "Delivered" : "Failed"}
            </Badge>
            <span>
              attempt {delivery.attempt} of {delivery.maxAttempts}, <Time at={delivery.createdAt} />
              {said(delivery)}
            </span>
          </Row>
          {at === 0 && delivery.nextRetryAt !== null ? (
            <span className="note">
              Next one <Time at={delivery.nextRetryAt} />
            </span>
          ) : null}
        </li>
      ))}
    </ol>
  );
}

function Replay({ event }: { event: QueuedEvent }) {
  const [asks, setAsks] = useState(false);
  const thenDrop = useThenDrop();
  const tell = useTell();
  const replay = async () => {
    await thenDrop(replayQueuedEvent(event.eventId), keys.operator);
    tell("The event is being delivered again.");
  };
  if (!event.deadLetter) return null;
  return (
    <Row>
      <Button look="primary" onClick={() => setAsks(true)}>
        Replay
      </Button>
      <Confirm
        open={asks}
        onClose={() => setAsks(false)}
        title="Deliver this event again?"
        action="Replay event"
        run={replay}
      >
        <p>It goes, with fresh attempts, to the endpoints where it died. They may see it twice.</p>
      </Confirm>
    </Row>
  );
}

function Detail({ event, deliveries }: { event: QueuedEvent; deliveries: EventDelivery[] }) {
  return (
    <Stack>
      <Facts
        facts={[
          ["Status", <EventStatusBadge key="status" event={event} />],
          ["Made", <Time key="time" at={event.createdAt} exact />],
          ["Event id", <Mono key="event">{event.eventId}</Mono>],
          ["Account", <Mono key="account">{event.accountId}</Mono>],
          ["Agent", event.agentId === null ? null : <Mono key="agent">{event.agentId}</Mono>],
          [
            "Next attempt",
            event.nextAttemptAt === null ? null : <Time key="next" at={event.nextAttemptAt} />,
          ],
          ["Last error", event.lastError],
        ]}
      />
      <Replay event={event} />
      <h2>Attempts</h2>
      <Attempts deliveries={deliveries} />
      {event.payload === null ? (
        <p className="note">The payload is gone: the log entry it told about was erased.</p>
      ) : (
        <CodeBlock title="Payload" code={JSON.stringify(event.payload, null, 2)} />
      )}
    </Stack>
  );
}

function Loaded({ eventId }: { eventId: string }) {
  const query = useQueuedEvent(eventId);
  return (
    <Answer query={query} lines={5}>
      {({ event, deliveries }) => <Detail event={event} deliveries={deliveries} />}
    </Answer>
  );
}

export function QueuedEventDetail({ eventId, onClose }: { eventId: string | null; onClose: () => void }) {
  return (
    <Dialog open={eventId !== null} onClose={onClose} title="Event" side>
      {eventId !== null ? <Loaded eventId={eventId} /> : null}
    </Dialog>
  );
}
