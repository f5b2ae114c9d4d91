// SPDX-License-Identifier: Apache-2.0
import { Plus } from "lucide-react";
import { useState } from "react";
import {
  changeRule,
  deleteRule,
  siteKey,
  type SiteDirectory,
  type SiteRule,
  type SiteView,
} from "../../api/sites.ts";
import { useMay } from "../../session/session.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Facts, Row } from "../../ui/Card.tsx";
import { Confirm, Dialog } from "../../ui/Dialog.tsx";
import { FormError } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Empty } from "../../ui/States.tsx";
import { useAction, useThenDrop } from "../../ui/useAction.ts";
import { SiteRuleForm } from "./SiteRuleForm.tsx";
import { SiteStatusBadge } from "./SiteStatusBadge.tsx";
import styles from "./Sites.module.css";

function Paths({ paths, none }: { paths: string[]; none: string }) {
  if (paths.length === 0) return <span className="note">{none}</span>;
  return (
    <span className={styles.paths}>
      {paths.map((path) => (
        <code key={path} className="exact">
          {path}
        </code>
      ))}
    </span>
  );
}

function whoIs(rule: SiteRule): readonly (readonly [string, React.ReactNode])[] {
  return [
    ...(rule.userAgentPattern !== null
      ? ([["User agent like", <code className="exact">{rule.userAgentPattern}</code>]] as const)
      : []),
    ...(rule.agentIdentifier !== null ? ([["Calls itself", rule.agentIdentifier]] as const) : []),
    ...(rule.verifiedAgent !== null
      ? ([["Signed by", rule.verifiedAgent === "*" ? "any trusted agent" : rule.verifiedAgent]] as const)
      : []),
  ];
}

function RuleActions({ rule, onEdit }: { rule: SiteRule; onEdit: () => void }) {
  const [deletes, setDeletes] = useState(false);
  const action = useAction(siteKey(rule.siteId));
  const thenDrop = useThenDrop();
  const tell = useTell();
  const turn = () => {
    const status = rule.status === "active" ? "disabled" : "active";
    action.run(
      () => changeRule(rule.siteId, rule.ruleId, { status }),
      () => tell(status === "active" ? "Rule enabled." : "Rule disabled."),
    );
  };
  return (
    <>
      <FormError error={action.error} />
      <Row>
        <Button onClick={onEdit} aria-label={`Edit rule ${rule.name}`}>
          Edit
        </Button>
        <Button
          busy={action.busy}
          onClick={turn}
          aria-label={`${rule.status === "active" ? "Disable" : "Enable"} rule ${rule.name}`}
        >
          {rule.status === "active" ? "Disable" : "Enable"}
        </Button>
        <Button look="danger" onClick={() => setDeletes(true)} aria-label={`Delete rule ${rule.name}`}>
          Delete
        </Button>
      </Row>
      <Confirm
        open={deletes}
        onClose={() => setDeletes(false)}
        title={`Delete rule ${rule.name}?`}
        action="Delete rule"
        danger
        run={() => thenDrop(deleteRule(rule.siteId, rule.ruleId), siteKey(rule.siteId))}
      >
        <p>It counts from the next check on and cannot be undone.</p>
      </Confirm>
    </>
  );
}

function RuleCard({ rule, mayManage, onEdit }: { rule: SiteRule; mayManage: boolean; onEdit: () => void }) {
  return (
    <li className={styles.rule}>
      <Row>
        <h3>{rule.name}</h3>
        <SiteStatusBadge status={rule.status} />
        {rule.requiresApproval ? <Badge tone="approval">A person must agree first</Badge> : null}
      </Row>
      <Facts
        facts={[
          ...whoIs(rule),
          ["May have", <Paths paths={rule.allowedPaths} none="nothing" />],
          ["Never", <Paths paths={rule.blockedPaths} none="no path is blocked" />],
          ...(rule.notes !== null ? ([["Notes", rule.notes]] as const) : []),
        ]}
      />
      {mayManage ? <RuleActions rule={rule} onEdit={onEdit} /> : null}
    </li>
  );
}

function RuleDialog({
  siteId,
  rule,
  directories,
  onClose,
}: {
  siteId: string;
  rule: SiteRule | "new" | null;
  directories: SiteDirectory[];
  onClose: () => void;
}) {
  return (
    <Dialog
      open={rule !== null}
      onClose={onClose}
      title={rule === "new" ? "New rule" : "Edit rule"}
      side
      firm
    >
      {rule !== null ? (
        <SiteRuleForm
          siteId={siteId}
          rule={rule === "new" ? null : rule}
          directories={directories}
          onClose={onClose}
        />
      ) : null}
    </Dialog>
  );
}

export function SiteRules({ view }: { view: SiteView }) {
  const mayManage = useMay("manage");
  const [edited, setEdited] = useState<SiteRule | "new" | null>(null);
  const add = mayManage ? (
    <Button look="primary" icon={<Plus size={18} aria-hidden />} onClick={() => setEdited("new")}>
      Add rule
    </Button>
  ) : undefined;
  return (
    <Card title="Rules" actions={add}>
      <p className="note">
        A rule counts for the visitors it names. A blocked path beats every allowed one; what no rule allows
        is denied.
      </p>
      {view.rules.length === 0 ? (
        <Empty title="No rules: every check is denied">
          {mayManage ? "Say which agents may have which paths." : null}
        </Empty>
      ) : (
        <ul className={styles.rules}>
          {view.rules.map((rule) => (
            <RuleCard key={rule.ruleId} rule={rule} mayManage={mayManage} onEdit={() => setEdited(rule)} />
          ))}
        </ul>
      )}
      <RuleDialog
        siteId={view.site.siteId}
        rule={edited}
        directories={view.directories}
        onClose={() => setEdited(null)}
      />
    </Card>
  );
}
