// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { rotateSigningKey, useSigningKeys, type SigningKey } from "../../api/operator.ts";
import { keys } from "../../api/queries.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { Table, type Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { useThenDrop } from "../../ui/useAction.ts";

const COLUMNS: Column<SigningKey>[] = [
  { name: "Key id", head: true, cell: (key) => <Mono>{key.kid}</Mono> },
  { name: "Number", cell: (key) => key.number },
  {
    name: "Use",
    cell: (key) => (key.signs ? <Badge tone="accent">Signs</Badge> : <Badge>Only verifies</Badge>),
  },
  {
    name: "Created",
    cell: (key) => (key.createdAt === null ? "with the server" : <Time at={key.createdAt} />),
  },
  {
    name: "Published until",
    cell: (key) => (key.publishedUntil === null ? "further notice" : <Time at={key.publishedUntil} />),
  },
];

export function SigningKeysTab() {
  const signingKeys = useSigningKeys();
  const [asks, setAsks] = useState(false);
  const thenDrop = useThenDrop();
  const tell = useTell();
  const rotate = async () => {
    await thenDrop(rotateSigningKey(), keys.operator);
    tell("A new key signs from now on.");
  };
  return (
    <Card title="Keys that sign passports" actions={<Button onClick={() => setAsks(true)}>New key</Button>}>
      <p className="note">
        Signed passports are verified with the public halves, which stand at{" "}
        <code className="exact">/.well-known/jwks.json</code>.
      </p>
      <Answer query={signingKeys}>
        {(all) => (
          <Table
            caption="Signing keys, newest first"
            columns={COLUMNS}
            rows={all}
            rowKey={(key) => String(key.number)}
          />
        )}
      </Answer>
      <Confirm
        open={asks}
        onClose={() => setAsks(false)}
        title="Sign with a new key?"
        action="Make a new key"
        run={rotate}
      >
        <p>
          The present one signs nothing more, and stays published for two days: longer than any passport that
          it has signed can live.
        </p>
      </Confirm>
    </Card>
  );
}
