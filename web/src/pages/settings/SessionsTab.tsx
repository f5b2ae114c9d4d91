// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { revokeOtherSessions, revokeSession, useSessions, type Session } from "../../api/people.ts";
import { keys } from "../../api/queries.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Row } from "../../ui/Card.tsx";
import { ConfirmFor } from "../../ui/ConfirmFor.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { Table, type Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { useThenDrop } from "../../ui/useAction.ts";
import { describeDevice, describeKind } from "./device.ts";

function columns(onRevoke: (session: Session) => void): Column<Session>[] {
  return [
    {
      name: "Session",
      head: true,
      cell: (session) => (
        <Row>
          <span title={session.userAgent ?? undefined}>{describeDevice(session.userAgent)}</span>
          {session.current ? <Badge tone="accent">This one</Badge> : null}
        </Row>
      ),
    },
    { name: "Address", cell: (session) => <span className="exact">{session.address ?? "–"}</span> },
    {
      name: "Signed in",
      cell: (session) => (
        <span className="lines">
          <Time at={session.createdAt} />
          <span className="note">{describeKind(session.kind)}</span>
        </span>
      ),
    },
    { name: "Last active", cell: (session) => <Time at={session.lastSeenAt} /> },
    { name: "Ends unless used", cell: (session) => <Time at={session.expiresAt} /> },
    {
      name: "Actions",
      silent: true,
      cell: (session) =>
        session.current ? null : (
          <Button
            look="danger"
            onClick={() => onRevoke(session)}
            aria-label={`End the session ${describeDevice(session.userAgent)} from ${session.address ?? "an unknown address"}`}
          >
            End
          </Button>
        ),
    },
  ];
}

export function SessionsTab() {
  const sessions = useSessions();
  const [ended, setEnded] = useState<Session | "others" | null>(null);
  const thenDrop = useThenDrop();
  const tell = useTell();
  const end = async (what: Session | "others") => {
    if (what === "others") {
      const { revoked } = await thenDrop(revokeOtherSessions(), keys.sessions);
      tell(revoked === 1 ? "One session ended." : `${revoked} sessions ended.`);
    } else {
      await thenDrop(revokeSession(what.sessionId), keys.sessions);
      tell("Session ended.");
    }
  };
  const hasOthers = (sessions.data ?? []).some((session) => !session.current);
  const endAll = hasOthers ? (
    <Button look="danger" onClick={() => setEnded("others")}>
      End all others
    </Button>
  ) : undefined;
  return (
    <Card title="Where you are signed in" actions={endAll}>
      <p className="note">
        A session ends after an hour without use, and after 14 days at the latest. If you do not know one of
        these, end it and change your password.
      </p>
      <Answer query={sessions}>
        {(all) => (
          <Table
            caption="Your sessions"
            columns={columns(setEnded)}
            rows={all}
            rowKey={(session) => session.sessionId}
          />
        )}
      </Answer>
      <ConfirmFor
        what={ended}
        onClose={() => setEnded(null)}
        title={(what) => (what === "others" ? "End all other sessions?" : "End this session?")}
        action={ended === "others" ? "End all others" : "End session"}
        danger
        run={end}
      >
        {(what) => <p>{what === "others" ? "They are" : "It is"} signed out at once.</p>}
      </ConfirmFor>
    </Card>
  );
}
