// SPDX-License-Identifier: Apache-2.0
import { Plus } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { segment } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import { createSite, useSites, type Site } from "../../api/sites.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, PageHead, Stack } from "../../ui/Card.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogForm } from "../../ui/DialogForm.tsx";
import { TextField } from "../../ui/Field.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { useAction } from "../../ui/useAction.ts";
import { SiteStatusBadge } from "./SiteStatusBadge.tsx";

function AddSite({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [domain, setDomain] = useState("");
  const action = useAction(keys.sites);
  const navigate = useNavigate();
  return (
    <DialogForm
      action="Add site"
      busy={action.busy}
      error={action.error}
      onSubmit={() =>
        action.run(
          () => createSite({ name, domain }),
          ({ site }) => void navigate(`/dashboard/sites/${segment(site.siteId)}/rules`),
        )
      }
      onCancel={onClose}
    >
      <TextField
        label="Name"
        required
        maxLength={120}
        autoComplete="off"
        value={name}
        onValue={setName}
        placeholder="Shop"
      />
      <TextField
        label="Domain"
        hint="The host alone: without https:// and without a path."
        required
        maxLength={253}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={domain}
        onValue={setDomain}
        placeholder="shop.example.com"
      />
    </DialogForm>
  );
}

function SiteTable({ sites }: { sites: Site[] }) {
  return (
    <Table
      caption="Sites of this account"
      rows={sites}
      rowKey={(site) => site.siteId}
      columns={[
        {
          name: "Site",
          head: true,
          cell: (site) => <Link to={`/dashboard/sites/${segment(site.siteId)}`}>{site.name}</Link>,
        },
        { name: "Domain", cell: (site) => <code className="exact">{site.domain}</code> },
        { name: "Status", cell: (site) => <SiteStatusBadge status={site.status} /> },
        { name: "Created", cell: (site) => <Time at={site.createdAt} /> },
      ]}
    />
  );
}

export default function Sites() {
  const sites = useSites();
  const mayManage = useMay("manage");
  const [adding, setAdding] = useState(false);
  const add = mayManage ? (
    <Button look="primary" icon={<Plus size={18} aria-hidden />} onClick={() => setAdding(true)}>
      Add site
    </Button>
  ) : null;
  return (
    <Stack>
      <PageHead
        title="Sites"
        lead="A web site asks here before it serves an agent. What no rule allows is denied."
        actions={add}
      />
      <Card>
        <Answer query={sites}>
          {(all) =>
            all.length > 0 ? (
              <SiteTable sites={all} />
            ) : (
              <Empty title="No site is guarded yet">
                {mayManage
                  ? "Add the site's domain, write a rule, and give its server a key."
                  : "An owner or admin of this account can add one."}
              </Empty>
            )
          }
        </Answer>
      </Card>
      <Dialog open={adding} onClose={() => setAdding(false)} title="Add a site">
        <AddSite onClose={() => setAdding(false)} />
      </Dialog>
    </Stack>
  );
}
