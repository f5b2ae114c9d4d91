// SPDX-License-Identifier: Apache-2.0
import { Plus } from "lucide-react";
import { useState } from "react";
import { createSiteKey, revokeSiteKey, siteKey, type SiteKey, type SiteView } from "../../api/sites.ts";
import { useMay } from "../../session/session.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ConfirmFor } from "../../ui/ConfirmFor.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextField } from "../../ui/Field.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { SecretForm } from "../../ui/SecretForm.tsx";
import { Empty } from "../../ui/States.tsx";
import { Table, type Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { useThenDrop } from "../../ui/useAction.ts";
import { SiteTry } from "./SiteTry.tsx";

function NewKey({ siteId, onClose }: { siteId: string; onClose: () => void }) {
  const [name, setName] = useState("");
  return (
    <SecretForm
      secretName="Site key"
      action="Create key"
      changes={siteKey(siteId)}
      make={async () => (await createSiteKey(siteId, name)).rawKey}
      onClose={onClose}
      after={(secret) => <SiteTry siteId={siteId} secret={secret} />}
    >
      <TextField
        label="Name"
        hint="Where it will be used, so that you know which one to revoke."
        required
        maxLength={120}
        autoComplete="off"
        placeholder="Web server"
        value={name}
        onValue={setName}
      />
    </SecretForm>
  );
}

function columns(onRevoke: ((key: SiteKey) => void) | null): Column<SiteKey>[] {
  const all: Column<SiteKey>[] = [
    { name: "Name", head: true, cell: (key) => key.name },
    { name: "Key", cell: (key) => <Mono>{key.keyPreview}</Mono> },
    {
      name: "Status",
      cell: (key) => (key.status === "active" ? <Badge tone="accent">Active</Badge> : <Badge>Revoked</Badge>),
    },
    { name: "Last used", cell: (key) => <Time at={key.lastUsedAt} /> },
    { name: "Created", cell: (key) => <Time at={key.createdAt} /> },
  ];
  if (onRevoke === null) return all;
  const button = (key: SiteKey) =>
    key.status === "active" ? (
      <Button look="danger" onClick={() => onRevoke(key)} aria-label={`Revoke key ${key.name}`}>
        Revoke
      </Button>
    ) : null;
  return [...all, { name: "Actions", silent: true, cell: button }];
}

export function SiteKeys({ view }: { view: SiteView }) {
  const { siteId } = view.site;
  const mayManage = useMay("manage");
  const [adding, setAdding] = useState(false);
  const [revoked, setRevoked] = useState<SiteKey | null>(null);
  const thenDrop = useThenDrop();
  const tell = useTell();
  const revoke = async (key: SiteKey) => {
    await thenDrop(revokeSiteKey(siteId, key.keyId), siteKey(siteId));
    tell("Key revoked.");
  };
  const add = mayManage ? (
    <Button look="primary" icon={<Plus size={18} aria-hidden />} onClick={() => setAdding(true)}>
      Create key
    </Button>
  ) : undefined;
  return (
    <Card title="Keys" actions={add}>
      {view.keys.length > 0 ? (
        <Table
          caption="Keys of the site"
          columns={columns(mayManage ? setRevoked : null)}
          rows={view.keys}
          rowKey={(key) => key.keyId}
        />
      ) : (
        <Empty title="No keys yet">
          The site's server asks with a key. It can do nothing but ask about this site.
        </Empty>
      )}
      <Dialog open={adding} onClose={() => setAdding(false)} title="New site key" firm>
        <NewKey siteId={siteId} onClose={() => setAdding(false)} />
      </Dialog>
      <ConfirmFor
        what={revoked}
        onClose={() => setRevoked(null)}
        title={({ name }) => `Revoke key ${name}?`}
        action="Revoke key"
        danger
        run={revoke}
      >
        {() => <p>It stops working with the next check. A server that still uses it lets nobody in.</p>}
      </ConfirmFor>
    </Card>
  );
}
