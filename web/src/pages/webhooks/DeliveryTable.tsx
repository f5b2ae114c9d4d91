// SPDX-License-Identifier: Apache-2.0
/** Attempts to deliver: at one endpoint, and of one event. */
import { segment } from "../../api/client.ts";
import type { Delivery } from "../../api/webhooks.ts";
import { Mono } from "../../ui/Mono.tsx";
import { Row } from "../../ui/Card.tsx";
import { Table, type Column } from "../../ui/Table.tsx";
import { Due, Time, useNow } from "../../ui/Time.tsx";
import { retryOf } from "./retry.ts";
import { DeliveryBadge } from "./WebhookStatus.tsx";
import styles from "./Webhooks.module.css";

function NextAttempt({ delivery }: { delivery: Delivery }) {
  const now = useNow(1_000);
  switch (retryOf(delivery, now)) {
    case "waits":
      return delivery.nextRetryAt === null ? null : <Due at={delivery.nextRetryAt} />;
    case "over":
      return <span className="note">tried again</span>;
    case "dead":
      return <span>none left: replay it</span>;
    case "none":
      return <span className="note">–</span>;
  }
}

const EVENT: Column<Delivery> = {
  name: "Event",
  head: true,
  cell: (one) => (
    <span className={styles.pair}>
      <Mono to={`/dashboard/webhooks/events?eventId=${segment(one.eventId)}`}>{one.eventType}</Mono>
      <span className={styles.id}>{one.eventId}</span>
    </span>
  ),
};
const COLUMNS: Column<Delivery>[] = [
  EVENT,
  { name: "Attempt", cell: (one) => `${one.attempt} of ${one.maxAttempts}` },
  {
    name: "Result",
    cell: (one) => (
      <span className={styles.pair}>
        <span>
          <DeliveryBadge delivery={one} />
        </span>
        {one.error !== null ? <span className={styles.error}>{one.error}</span> : null}
      </span>
    ),
  },
  { name: "When", cell: (one) => <Time at={one.createdAt} past /> },
  { name: "Next attempt", cell: (one) => <NextAttempt delivery={one} /> },
];

/** The newest attempts at one endpoint. */
export function DeliveryTable({ caption, deliveries }: { caption: string; deliveries: readonly Delivery[] }) {
  return <Table caption={caption} columns={COLUMNS} rows={deliveries} rowKey={(one) => one.deliveryId} />;
}

/** The attempts of one event, in a narrow place. */
export function AttemptList({ deliveries, linked }: { deliveries: readonly Delivery[]; linked: boolean }) {
  return (
    <ol className={styles.attempts} aria-label="Attempts, newest first">
      {deliveries.map((one) => (
        <li key={one.deliveryId} className={styles.attempt}>
          <Row>
            <DeliveryBadge delivery={one} />
            <span>
              Attempt {one.attempt} of {one.maxAttempts}, <Time at={one.createdAt} past />
            </span>
          </Row>
          {one.error !== null ? <span className={styles.error}>{one.error}</span> : null}
          <span className={styles.error}>
            At{" "}
            <Mono {...(linked && { to: `/dashboard/webhooks/${segment(one.webhookId)}` })}>
              {one.webhookId}
            </Mono>
          </span>
          {one.status === "failed" ? (
            <span className={styles.error}>
              Next attempt: <NextAttempt delivery={one} />
            </span>
          ) : null}
        </li>
      ))}
    </ol>
  );
}
