// SPDX-License-Identifier: Apache-2.0
/** The events of the workspace, with what became of each; dead letters are replayed from here. */
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import {
  useHasDeadLetters,
  useWebhookActions,
  useWebhookEvents,
  useWebhooks,
  type EventFilters,
  type WebhookEvent,
} from "../../api/webhooks.ts";
import { useMay } from "../../session/session.tsx";
import { withParams } from "../../ui/address.ts";
import { Button } from "../../ui/Button.tsx";
import { Card, PageHead, Stack } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { Endless } from "../../ui/Endless.tsx";
import { SelectField } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Empty, Failure, Loading } from "../../ui/States.tsx";
import { Filters, Table, type Column } from "../../ui/Table.tsx";
import { Due, Time } from "../../ui/Time.tsx";
import { replayWords } from "./EndpointActions.tsx";
import { EventDrawer } from "./EventDrawer.tsx";
import { readShow, SHOWS, showFilters, type Show } from "./show.ts";
import { EventBadge } from "./WebhookStatus.tsx";
import { WebhookTabs } from "./WebhookTabs.tsx";
import styles from "./Webhooks.module.css";

function ReplayAll() {
  const [asked, setAsked] = useState(false);
  const { replayAll } = useWebhookActions();
  const tell = useTell();
  const isAny = useHasDeadLetters();
  if (!isAny && !asked) return null;
  return (
    <>
      <Button onClick={() => setAsked(true)}>Replay all dead letters</Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title="Replay all dead letters?"
        action="Replay all"
        run={async () => tell(replayWords(await replayAll()))}
      >
        <p>
          Every event that has failed for good is sent again to each endpoint where it did, with the same id
          and the same body, and has five attempts anew.
        </p>
      </Confirm>
    </>
  );
}

function columns(address: (event: WebhookEvent) => string): Column<WebhookEvent>[] {
  return [
    {
      name: "Event",
      head: true,
      cell: (event) => (
        <span className={styles.pair}>
          <Link to={{ search: address(event) }}>{event.type}</Link>
          <span className={styles.id}>{event.eventId}</span>
        </span>
      ),
    },
    { name: "State", cell: (event) => <EventBadge event={event} /> },
    { name: "Attempts", cell: (event) => event.attempts },
    {
      name: "Last error",
      cell: (event) => <span className={styles.error}>{event.lastError ?? "–"}</span>,
    },
    { name: "Happened", cell: (event) => <Time at={event.createdAt} past /> },
    {
      name: "Next attempt",
      cell: (event) =>
        event.nextAttemptAt === null ? <span className="note">–</span> : <Due at={event.nextAttemptAt} />,
    },
  ];
}

function EventList({
  filters,
  address,
}: {
  filters: EventFilters;
  address: (event: WebhookEvent) => string;
}) {
  const list = useWebhookEvents(filters);
  if (list.data === undefined) {
    return list.isError ? (
      <Failure error={list.error} onRetry={() => void list.refetch()} />
    ) : (
      <Loading lines={6} />
    );
  }
  const events = list.data.pages.flatMap((page) => page.events);
  const isFiltered = filters.status !== "" || filters.type !== "" || filters.deadLetter !== "";
  return (
    <Card>
      {list.isRefetchError ? <Failure error={list.error} onRetry={() => void list.refetch()} /> : null}
      {events.length === 0 && !list.hasNextPage ? (
        <Empty title={isFiltered ? "No event matches." : "No events yet."}>
          Events are recorded when an active endpoint wants their type, and kept for 30 days.
        </Empty>
      ) : (
        <Table
          caption="Events, newest first"
          columns={columns(address)}
          rows={events}
          rowKey={(event) => event.eventId}
        />
      )}
      <Endless
        loaded={list.data.pages.length}
        hasMore={list.hasNextPage}
        busy={list.isFetchingNextPage}
        error={list.isFetchNextPageError ? list.error : undefined}
        onMore={() => void list.fetchNextPage()}
      />
    </Card>
  );
}

export default function WebhookEvents() {
  const [params, setParams] = useSearchParams();
  const mayManage = useMay("manage");
  const types = useWebhooks().data?.eventTypes ?? [];
  const show = readShow(params.get("show"));
  const type = params.get("type") ?? "";
  const change = (name: string, value: string) =>
    setParams((now) => withParams(now, { [name]: value }), {
      replace: name !== "eventId",
      preventScrollReset: true,
    });
  const address = (event: WebhookEvent) => withParams(params, { eventId: event.eventId }).toString();
  return (
    <Stack>
      <PageHead
        title="Webhook events"
        lead="What was sent to your endpoints, what waits, and what failed for good."
        actions={mayManage ? <ReplayAll /> : undefined}
      />
      <WebhookTabs />
      <Filters label="Filter the events">
        <SelectField<Show>
          label="State"
          choices={SHOWS}
          value={show}
          onValue={(value) => change("show", value)}
        />
        <SelectField
          label="Type"
          choices={[
            { value: "", label: "All types" },
            ...[...types, "webhook.test"].map((one) => ({ value: one, label: one })),
          ]}
          value={type}
          onValue={(value) => change("type", value)}
        />
      </Filters>
      <EventList filters={{ ...showFilters(show), type }} address={address} />
      <EventDrawer eventId={params.get("eventId")} onClose={() => change("eventId", "")} />
    </Stack>
  );
}
