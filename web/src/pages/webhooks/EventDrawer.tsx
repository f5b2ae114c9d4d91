// SPDX-License-Identifier: Apache-2.0
import { useWebhookActions, useWebhookEvent } from "../../api/webhooks.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Row } from "../../ui/Card.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { FormError } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { useAction } from "../../ui/useAction.ts";
import { EventDetail } from "./EventDetail.tsx";

/** Harmless: the receiver knows the event's id and gets it once more. */
function Replay({ eventId }: { eventId: string }) {
  const { replayEvent } = useWebhookActions();
  const { busy, error, run } = useAction();
  const tell = useTell();
  return (
    <>
      <p>It failed for good. A replay sends it again, with five attempts anew.</p>
      <Row>
        <Button
          look="primary"
          busy={busy}
          onClick={() =>
            run(
              () => replayEvent(eventId),
              () => tell("The event is sent again."),
            )
          }
        >
          Replay this event
        </Button>
      </Row>
      <FormError error={error} />
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
          <EventDetail
            event={event}
            deliveries={deliveries}
            replay={
              mayManage && event.deadLetter && event.payload !== null ? (
                <Replay eventId={event.eventId} />
              ) : null
            }
          />
        )}
      </Answer>
    </Dialog>
  );
}
