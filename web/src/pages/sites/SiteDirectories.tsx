// SPDX-License-Identifier: Apache-2.0
import { Plus } from "lucide-react";
import { useState } from "react";
import {
  addDirectory,
  deleteDirectory,
  refreshDirectory,
  siteKey,
  type SiteDirectory,
  type SiteView,
} from "../../api/sites.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Row } from "../../ui/Card.tsx";
import { Confirm, Dialog } from "../../ui/Dialog.tsx";
import { DialogForm } from "../../ui/DialogForm.tsx";
import { FormError, TextField } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Empty } from "../../ui/States.tsx";
import { Table, type Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { useAction, useThenDrop } from "../../ui/useAction.ts";

function AddDirectory({ siteId, onClose }: { siteId: string; onClose: () => void }) {
  const [url, setUrl] = useState("");
  const action = useAction(siteKey(siteId));
  const tell = useTell();
  return (
    <DialogForm
      action="Trust directory"
      busy={action.busy}
      error={action.error}
      onSubmit={() =>
        action.run(
          () => addDirectory(siteId, url.trim()),
          () => {
            tell("Directory added. Its keys are being fetched.");
            onClose();
          },
        )
      }
      onCancel={onClose}
    >
      <TextField
        label="Address"
        hint="The https address of the agent's operator, without a path. Its keys are fetched now and every hour."
        required
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        placeholder="https://bot.example.com"
        value={url}
        onValue={setUrl}
      />
    </DialogForm>
  );
}

function Keys({ directory }: { directory: SiteDirectory }) {
  const count = directory.keys.length;
  return (
    <div className="lines">
      <span>{count === 1 ? "1 key" : `${count} keys`}</span>
      {directory.pinned ? <span className="note">given, never fetched</span> : null}
      {directory.error !== null ? <span>Could not be read: {directory.error}</span> : null}
    </div>
  );
}

function Actions({ siteId, directory }: { siteId: string; directory: SiteDirectory }) {
  const [deletes, setDeletes] = useState(false);
  const action = useAction(siteKey(siteId));
  const thenDrop = useThenDrop();
  const tell = useTell();
  const { directoryId, url } = directory;
  return (
    <Row>
      {directory.pinned ? null : (
        <Button
          busy={action.busy}
          aria-label={`Fetch the keys of ${url}`}
          onClick={() =>
            action.run(
              () => refreshDirectory(siteId, directoryId),
              () => tell("Its keys are fetched soon."),
            )
          }
        >
          Fetch again
        </Button>
      )}
      <Button look="danger" aria-label={`Remove ${url}`} onClick={() => setDeletes(true)}>
        Remove
      </Button>
      <FormError error={action.error} />
      <Confirm
        open={deletes}
        onClose={() => setDeletes(false)}
        title="Trust this directory no more?"
        action="Remove directory"
        danger
        run={() => thenDrop(deleteDirectory(siteId, directoryId), siteKey(siteId))}
      >
        <p>Signatures by the keys of {url} count no more, from the next check on.</p>
      </Confirm>
    </Row>
  );
}

export function SiteDirectories({ view }: { view: SiteView }) {
  const { siteId } = view.site;
  const mayManage = useMay("manage");
  const [adding, setAdding] = useState(false);
  const columns: Column<SiteDirectory>[] = [
    { name: "Directory", head: true, cell: (directory) => <span className="exact">{directory.url}</span> },
    { name: "Keys", cell: (directory) => <Keys directory={directory} /> },
    { name: "Fetched", cell: (directory) => <Time at={directory.fetchedAt} /> },
  ];
  if (mayManage) {
    columns.push({
      name: "Actions",
      silent: true,
      cell: (directory) => <Actions siteId={siteId} directory={directory} />,
    });
  }
  const add = mayManage ? (
    <Button look="primary" icon={<Plus size={18} aria-hidden />} onClick={() => setAdding(true)}>
      Trust a directory
    </Button>
  ) : undefined;
  return (
    <Card title="Signed agents" actions={add}>
      <p className="note">
        An agent can prove who runs it by signing its requests. Here stand the directories whose keys this
        site trusts; a rule can demand such a signature.
      </p>
      {view.directories.length > 0 ? (
        <Table
          caption="Directories that the site trusts"
          columns={columns}
          rows={view.directories}
          rowKey={(directory) => directory.directoryId}
        />
      ) : (
        <Empty title="No directory is trusted" />
      )}
      <Dialog open={adding} onClose={() => setAdding(false)} title="Trust a directory">
        <AddDirectory siteId={siteId} onClose={() => setAdding(false)} />
      </Dialog>
    </Card>
  );
}
