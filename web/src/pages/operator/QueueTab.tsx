// SPDX-License-Identifier: Apache-2.0
import { RefreshCw } from "lucide-react";
import { useSearchParams } from "react-router";
import { keys } from "../../api/queries.ts";
import { processQueue, useEventTypes, useQueue, type QueuedEvent } from "../../api/operator.ts";
import { withParams } from "../../ui/address.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { FormError, SelectField } from "../../ui/Field.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { PagedTable } from "../../ui/PagedTable.tsx";
import { Empty } from "../../ui/States.tsx";
import { Filters, type Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { useAction } from "../../ui/useAction.ts";
import { readShow, SHOWS, showFilters } from "../webhooks/show.ts";
import { EventBadge } from "../webhooks/WebhookStatus.tsx";
import styles from "./Operator.module.css";
import { QueuedEventDetail } from "./QueuedEventDetail.tsx";

/** Filters and the opened event live in the address. */
function useQueueView() {
  const [params, setParams] = useSearchParams();
  const set = (name: string, value: string) =>
    setParams((all) => withParams(all, { [name]: value }), { replace: name !== "event" });
  return {
    status: readShow(params.get("status")),
    type: params.get("type") ?? "",
    opened: params.get("event"),
    set,
  };
}

type View = ReturnType<typeof useQueueView>;

function QueueFilters({ view }: { view: View }) {
  const types = useEventTypes().data ?? [];
  const all = view.type === "" || types.includes(view.type) ? types : [...types, view.type];
  return (
    <Filters label="Filter events">
      <SelectField
        label="State"
        choices={SHOWS}
        value={view.status}
        onValue={(status) => view.set("status", status)}
      />
      <SelectField
        label="Type"
        choices={[{ value: "", label: "All types" }, ...all.map((type) => ({ value: type, label: type }))]}
        value={view.type}
        onValue={(type) => view.set("type", type)}
      />
    </Filters>
  );
}

function columns(onOpen: (event: QueuedEvent) => void): Column<QueuedEvent>[] {
  return [
    {
      name: "When",
      cell: (event) => (
        <span className={styles.firm}>
          <Time at={event.createdAt} />
        </span>
      ),
    },
    {
      name: "Event",
      head: true,
      cell: (event) => (
        <button type="button" className={styles.open} onClick={() => onOpen(event)}>
          {event.type}
          <span className="visually-hidden"> {event.eventId}</span>
        </button>
      ),
    },
    { name: "State", cell: (event) => <EventBadge event={event} /> },
    { name: "Attempts", cell: (event) => event.attempts },
    {
      name: "Account and agent",
      cell: (event) => (
        <span className={`lines ${styles.firm}`}>
          <Mono>{event.accountId}</Mono>
          {event.agentId !== null ? <Mono>{event.agentId}</Mono> : null}
        </span>
      ),
    },
    { name: "Last error", cell: (event) => event.lastError ?? "–" },
  ];
}

function LookNow() {
  const action = useAction(keys.operator);
  const tell = useTell();
  const run = () =>
    action.run(processQueue, (done) =>
      tell(
        done.processed === 0
          ? "Nothing was due."
          : `${done.completed} delivered, ${done.retried} will be tried again, ${done.deadLettered} are dead.`,
      ),
    );
  return (
    <>
      <FormError error={action.error} />
      <Button icon={<RefreshCw size={16} aria-hidden />} busy={action.busy} onClick={run}>
        Deliver now
      </Button>
    </>
  );
}

export function QueueTab() {
  const view = useQueueView();
  const queue = useQueue({ ...showFilters(view.status), type: view.type });
  const rows = queue.data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <Card title="Event queue" actions={<LookNow />}>
      <QueueFilters view={view} />
      <PagedTable
        list={queue}
        caption="Events of all accounts, newest first"
        columns={columns((event) => view.set("event", event.eventId))}
        rows={rows}
        rowKey={(event) => event.eventId}
        empty={
          <Empty title="No such events">
            Events are created only where an account has a webhook for them.
          </Empty>
        }
      />
      <QueuedEventDetail eventId={view.opened} onClose={() => view.set("event", "")} />
    </Card>
  );
}
