// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { segment } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import { changeSite, deleteSite, useSite, type Site, type SiteView } from "../../api/sites.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { BackLink } from "../../ui/BackLink.tsx";
import { Card, PageHead, Row, Stack } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { FormError } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { useAction, useThenDrop } from "../../ui/useAction.ts";
import { SiteChecks } from "./SiteChecks.tsx";
import { SiteConnect } from "./SiteConnect.tsx";
import { SiteDirectories } from "./SiteDirectories.tsx";
import { SiteKeys } from "./SiteKeys.tsx";
import { SiteRules } from "./SiteRules.tsx";
import { SiteStatusBadge } from "./SiteStatusBadge.tsx";

const TABS = [
  { id: "", name: "Recent checks" },
  { id: "rules", name: "Rules" },
  { id: "keys", name: "Keys" },
  { id: "signed-agents", name: "Signed agents" },
  { id: "connect", name: "Connect" },
] as const;

function SiteActions({ site }: { site: Site }) {
  const [asks, setAsks] = useState<"disable" | "delete" | null>(null);
  const thenDrop = useThenDrop();
  const enable = useAction();
  const navigate = useNavigate();
  const tell = useTell();
  const switchTo = async (status: Site["status"]) => {
    await thenDrop(changeSite(site.siteId, { status }), keys.sites);
    tell(status === "active" ? "Site enabled." : "Site disabled.");
  };
  const remove = async () => {
    await deleteSite(site.siteId);
    await navigate("/dashboard/sites");
    await thenDrop(Promise.resolve(), keys.sites);
    tell("Site deleted.");
  };
  return (
    <>
      <FormError error={enable.error} />
      {site.status === "active" ? (
        <Button onClick={() => setAsks("disable")}>Disable</Button>
      ) : (
        <Button busy={enable.busy} onClick={() => enable.run(() => switchTo("active"))}>
          Enable
        </Button>
      )}
      <Button look="danger" onClick={() => setAsks("delete")}>
        Delete
      </Button>
      <Confirm
        open={asks === "disable"}
        onClose={() => setAsks(null)}
        title={`Disable ${site.name}?`}
        action="Disable site"
        danger
        run={() => switchTo("disabled")}
      >
        <p>From now on every check of this site is denied, until it is enabled again.</p>
      </Confirm>
      <Confirm
        open={asks === "delete"}
        onClose={() => setAsks(null)}
        title={`Delete ${site.name}?`}
        action="Delete site"
        danger
        phrase={site.domain}
        run={remove}
      >
        <p>
          Its rules, keys, trusted directories and access log are deleted with it. This cannot be undone;
          disabling can.
        </p>
      </Confirm>
    </>
  );
}

function Tab({ tab, view }: { tab: string; view: SiteView }) {
  switch (tab) {
    case "":
      return <SiteChecks view={view} />;
    case "rules":
      return <SiteRules view={view} />;
    case "keys":
      return <SiteKeys view={view} />;
    case "signed-agents":
      return <SiteDirectories view={view} />;
    case "connect":
      return <SiteConnect site={view.site} />;
    default:
      return (
        <Card>
          <Empty title="There is no such part of this page" />
        </Card>
      );
  }
}

export default function SitePage() {
  const { siteId = "", tab = "" } = useParams();
  const view = useSite(siteId);
  const mayManage = useMay("manage");
  const here = `/dashboard/sites/${segment(siteId)}`;
  const site = view.data?.site;
  return (
    <Stack>
      <PageHead
        title={site?.name ?? "Site"}
        above={<BackLink to="/dashboard/sites" name="Sites" />}
        lead={
          site ? (
            <Row>
              <code className="exact">{site.domain}</code>
              <SiteStatusBadge status={site.status} />
            </Row>
          ) : undefined
        }
        actions={site && mayManage ? <SiteActions site={site} /> : undefined}
      />
      <Tabs
        label="Parts of the site"
        tabs={TABS.map(({ id, name }) => ({ name, to: id === "" ? here : `${here}/${id}` }))}
      />
      <Answer query={view} lines={6}>
        {(data) => <Tab tab={tab} view={data} />}
      </Answer>
    </Stack>
  );
}
