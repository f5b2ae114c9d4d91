// SPDX-License-Identifier: Apache-2.0
/** Attempts to deliver: of one endpoint, or of one event. */
import { segment } from "../../api/client.ts";
import type { Delivery } from "../../api/webhooks.ts";
import { Mono } from "../../ui/Mono.tsx";
import { Table, type Column } from "../../ui/Table.tsx";
import { Time, useNow } from "../../ui/Time.tsx";
import { retryOf } from "./retry.ts";
import { DeliveryBadge } from "./WebhookStatus.tsx";
import styles from "./Webhooks.module.css";

function Next({ delivery }: { delivery: Delivery }) {
  const now = useNow(1_000);
  switch (retryOf(delivery, now)) {
    case "waits":
      return <Time at={delivery.nextRetryAt} />;
    case "over":
      return <span className={styles.soft}>tried again</span>;
    case "dead":
      return <span>none left: replay it</span>;
    case "none":
      return <span className={styles.soft}>–</span>;
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
const ENDPOINT: Column<Delivery> = {
  name: "Endpoint",
  head: true,
  cell: (one) => <Mono to={`/dashboard/webhooks/${segment(one.webhookId)}`}>{one.webhookId}</Mono>,
};

function columns(of: "endpoint" | "event"): Column<Delivery>[] {
  return [
    of === "endpoint" ? EVENT : ENDPOINT,
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
    { name: "When", cell: (one) => <Time at={one.createdAt} /> },
    { name: "Next attempt", cell: (one) => <Next delivery={one} /> },
  ];
}

export function DeliveryTable({
  of,
  caption,
  deliveries,
}: {
  of: "endpoint" | "event";
  caption: string;
  deliveries: readonly Delivery[];
}) {
  return <Table caption={caption} columns={columns(of)} rows={deliveries} rowKey={(one) => one.deliveryId} />;
}
