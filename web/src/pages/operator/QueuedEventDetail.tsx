// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { replayQueuedEvent, useQueuedEvent, type QueuedEvent } from "../../api/operator.ts";
import { keys } from "../../api/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Row } from "../../ui/Card.tsx";
import { Confirm, Dialog } from "../../ui/Dialog.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { useThenDrop } from "../../ui/useAction.ts";
import { EventDetail } from "../webhooks/EventDetail.tsx";

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

function Loaded({ eventId }: { eventId: string }) {
  const query = useQueuedEvent(eventId);
  return (
    <Answer query={query} lines={5}>
      {({ event, deliveries }) => (
        <EventDetail
          event={event}
          deliveries={deliveries}
          accountId={event.accountId}
          replay={<Replay event={event} />}
        />
      )}
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
