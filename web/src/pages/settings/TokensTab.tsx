// SPDX-License-Identifier: Apache-2.0
import { Plus } from "lucide-react";
import { useState } from "react";
import { createToken, revokeToken, useTokens, type Token } from "../../api/people.ts";
import { keys } from "../../api/queries.ts";
import { useMe } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ConfirmFor } from "../../ui/ConfirmFor.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextField } from "../../ui/Field.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { SecretForm } from "../../ui/SecretForm.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { Table, type Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { useThenDrop } from "../../ui/useAction.ts";

function NewToken({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  return (
    <SecretForm
      secretName="Developer token"
      action="Create token"
      changes={keys.tokens}
      make={async () => (await createToken(name)).token}
      onClose={onClose}
      after={() => (
        <p>
          Programs send it as the header <code>X-Developer-Token</code>; the command line reads it from{" "}
          <code>BEHALFID_DEVELOPER_TOKEN</code>.
        </p>
      )}
    >
      <TextField
        label="Name"
        hint="What it is for, so that you know which one to revoke."
        required
        maxLength={120}
        autoComplete="off"
        placeholder="CI on main"
        value={name}
        onValue={setName}
      />
    </SecretForm>
  );
}

function columns(ownId: string, showsOwner: boolean, onRevoke: (token: Token) => void): Column<Token>[] {
  const whose: Column<Token> = {
    name: "Whose",
    cell: (token) => (token.userId === ownId ? "yours" : (token.email ?? "nobody's: of the command line")),
  };
  return [
    { name: "Name", head: true, cell: (token) => token.name },
    { name: "Token", cell: (token) => <Mono>{token.tokenPreview}</Mono> },
    ...(showsOwner ? [whose] : []),
    { name: "Last used", cell: (token) => <Time at={token.lastUsedAt} /> },
    { name: "Created", cell: (token) => <Time at={token.createdAt} /> },
    {
      name: "Actions",
      silent: true,
      cell: (token) => (
        <Button look="danger" onClick={() => onRevoke(token)} aria-label={`Revoke token ${token.name}`}>
          Revoke
        </Button>
      ),
    },
  ];
}

export function TokensTab() {
  const me = useMe();
  const tokens = useTokens();
  const [adding, setAdding] = useState(false);
  const [revoked, setRevoked] = useState<Token | null>(null);
  const thenDrop = useThenDrop();
  const tell = useTell();
  const revoke = async (token: Token) => {
    await thenDrop(revokeToken(token.tokenId), keys.tokens);
    tell("Token revoked.");
  };
  const add = (
    <Button look="primary" icon={<Plus size={18} aria-hidden />} onClick={() => setAdding(true)}>
      Create token
    </Button>
  );
  return (
    <Card title="Developer tokens" actions={add}>
      <p className="note">
        For programs that act for you: they may do what you may at that moment, but not approve, invite, make
        tokens, change settings or delete records.
      </p>
      <Answer query={tokens}>
        {(all) =>
          all.length > 0 ? (
            <Table
              caption="Developer tokens"
              columns={columns(
                me.user.userId,
                all.some((token) => token.userId !== undefined),
                setRevoked,
              )}
              rows={all}
              rowKey={(token) => token.tokenId}
            />
          ) : (
            <Empty title="No tokens" />
          )
        }
      </Answer>
      <Dialog open={adding} onClose={() => setAdding(false)} title="New developer token" firm>
        <NewToken onClose={() => setAdding(false)} />
      </Dialog>
      <ConfirmFor
        what={revoked}
        onClose={() => setRevoked(null)}
        title={({ name }) => `Revoke token ${name}?`}
        action="Revoke token"
        danger
        run={revoke}
      >
        {() => <p>It stops working with the next call. This cannot be undone.</p>}
      </ConfirmFor>
    </Card>
  );
}
