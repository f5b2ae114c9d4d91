// SPDX-License-Identifier: Apache-2.0
/** One event: what was sent, to whom, and what came of it. For its account, and for operators. */
import type { ReactNode } from "react";
import { segment } from "../../api/client.ts";
import type { Delivery, WebhookEvent } from "../../api/webhooks.ts";
import { Facts, Row } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { Due, Time } from "../../ui/Time.tsx";
import { AttemptList } from "./DeliveryTable.tsx";
import { eventLinks } from "./eventLinks.ts";
import { EventBadge } from "./WebhookStatus.tsx";
import styles from "./Webhooks.module.css";

type Fact = readonly [name: string, value: ReactNode];

function facts(event: WebhookEvent, isOurs: boolean): Fact[] {
  const linked = (name: string, id: string, to: string): Fact => [
    name,
    <Mono key={name} {...(isOurs && { to })}>
      {id}
    </Mono>,
  ];
  return [
    ["Event", <Mono key="e">{event.eventId}</Mono>],
    ["Type", <Mono key="t">{event.type}</Mono>],
    ["Happened", <Time key="h" at={event.createdAt} exact />],
    ["Attempts", event.attempts],
    ["Next attempt", event.nextAttemptAt === null ? null : <Due key="n" at={event.nextAttemptAt} />],
    event.agentId === null
      ? ["Agent", null]
      : linked("Agent", event.agentId, `/dashboard/agents/${segment(event.agentId)}`),
    ...eventLinks(event.payload).map(({ name, id, to }) => linked(name, id, to)),
    ["Last error", event.lastError],
  ];
}

export function EventDetail({
  event,
  deliveries,
  accountId,
  replay,
}: {
  event: WebhookEvent;
  deliveries: readonly Delivery[];
  /** Whose it is, for operators: its ids lead nowhere for them. */
  accountId?: string;
  replay?: ReactNode;
}) {
  const isOurs = accountId === undefined;
  const whose: Fact[] = isOurs ? [] : [["Account", <Mono key="account">{accountId}</Mono>]];
  return (
    <div className={styles.detail}>
      <Row>
        <EventBadge event={event} />
      </Row>
      <Facts facts={[...whose, ...facts(event, isOurs)]} />
      {replay}
      <h2>Attempts</h2>
      {deliveries.length === 0 ? (
        <p className="note">None yet.</p>
      ) : (
        <AttemptList deliveries={deliveries} linked={isOurs} />
      )}
      {event.payload === null ? (
        <p className="note">The body is gone: the log entry that it tells about was deleted.</p>
      ) : (
        <CodeBlock title="Body" code={JSON.stringify(event.payload, null, 2)} />
      )}
    </div>
  );
}
