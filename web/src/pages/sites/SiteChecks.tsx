// SPDX-License-Identifier: Apache-2.0
import { RefreshCw } from "lucide-react";
import { Link } from "react-router";
import { segment } from "../../api/client.ts";
import { useSiteChecks, type SiteCheck, type SiteRule, type SiteView } from "../../api/sites.ts";
import { OutcomeBadge, RiskBadge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Row } from "../../ui/Card.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { PagedTable } from "../../ui/PagedTable.tsx";
import { Empty } from "../../ui/States.tsx";
import type { Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";

function Visitor({ check }: { check: SiteCheck }) {
  return (
    <div className="lines">
      {check.verifiedAgent !== null ? <span>Signed by {check.verifiedAgent}</span> : null}
      {check.agentIdentifier !== null ? <span>{check.agentIdentifier}</span> : null}
      <span className="note">{check.userAgent ?? "No user agent"}</span>
    </div>
  );
}

function columns(rules: SiteRule[]): Column<SiteCheck>[] {
  return [
    { name: "When", cell: (check) => <Time at={check.createdAt} /> },
    {
      name: "Decision",
      cell: (check) => (
        <Row>
          <OutcomeBadge outcome={check.allowed ? "allowed" : "denied"} />
          {check.allowed ? null : <RiskBadge risk={check.risk} />}
        </Row>
      ),
    },
    { name: "Path", head: true, cell: (check) => <Mono>{check.path}</Mono> },
    { name: "Visitor", cell: (check) => <Visitor check={check} /> },
    {
      name: "Why",
      cell: (check) => (
        <div className="lines">
          <span>{check.reason}</span>
          {check.ruleId !== null ? (
            <span className="note">
              Rule: {rules.find((rule) => rule.ruleId === check.ruleId)?.name ?? check.ruleId}
            </span>
          ) : null}
          <span className="note">
            <Mono>{check.requestId}</Mono>
          </span>
        </div>
      ),
    },
  ];
}

export function SiteChecks({ view }: { view: SiteView }) {
  const checks = useSiteChecks(view.site.siteId);
  const rows = checks.data?.pages.flatMap((page) => page.logs) ?? [];
  const reload = (
    <Button
      look="quiet"
      icon={<RefreshCw size={16} aria-hidden />}
      busy={checks.isRefetching}
      onClick={() => void checks.refetch()}
    >
      Look again
    </Button>
  );
  return (
    <Card title="Recent checks" actions={reload}>
      <PagedTable
        list={checks}
        caption="Checks of the site, newest first"
        columns={columns(view.rules)}
        rows={rows}
        rowKey={(check) => check.requestId}
        empty={
          <Empty title="The site has not asked yet">
            Its server asks with a key:{" "}
            <Link to={`/dashboard/sites/${segment(view.site.siteId)}/connect`}>how to connect it</Link>.
          </Empty>
        }
      />
    </Card>
  );
}
