// SPDX-License-Identifier: Apache-2.0
import { Check, Hand, Plus } from "lucide-react";
import { useState } from "react";
import type { Catalogue } from "../../api/types.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Callout } from "../../ui/Callout.tsx";
import { Card, Facts, Row, Stack } from "../../ui/Card.tsx";
import { FormError } from "../../ui/Field.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { useNow } from "../../ui/Time.tsx";
import { PermissionFields } from "../agents/PermissionFields.tsx";
import { checkDraft, type DraftErrors } from "../agents/permissionDraft.ts";
import styles from "./NewAgent.module.css";
import { StepEnds } from "./Steps.tsx";
import { labelOf, ownScope, providerOf, sentencesOf, type Plan, type Scope } from "./wizard.ts";

function ScopeView({ scope }: { scope: Scope }) {
  const { action, resource, requiresApproval } = scope.draft;
  return (
    <div className={styles.scopeText}>
      <Row>
        <strong>{scope.label}</strong>
        {requiresApproval === true ? (
          <Badge tone="approval" icon={<Hand size={14} aria-hidden />}>
            Approval required
          </Badge>
        ) : (
          <Badge tone="allowed" icon={<Check size={14} aria-hidden />}>
            Allowed at once
          </Badge>
        )}
      </Row>
      <p>
        {action.trim() === "" ? "No action yet" : <Mono>{action}</Mono>} on{" "}
        {resource === undefined || resource.trim() === "" ? "anything" : <Mono>{resource}</Mono>}
      </p>
      {sentencesOf(scope.draft).map((sentence) => (
        <p key={sentence} className="note">
          {sentence}
        </p>
      ))}
    </div>
  );
}

function ScopeEditor({
  scope,
  errors,
  open,
  onOpen,
  onChange,
  onRemove,
}: {
  scope: Scope;
  errors: DraftErrors;
  open: boolean;
  onOpen: (open: boolean) => void;
  onChange: (scope: Scope) => void;
  onRemove: () => void;
}) {
  return (
    <li className={styles.scope} aria-label={scope.label}>
      <div className={styles.scopeHead}>
        <ScopeView scope={scope} />
        <Row>
          <Button aria-expanded={open} onClick={() => onOpen(!open)} aria-label={`Change ${scope.label}`}>
            {open ? "Done" : "Change"}
          </Button>
          <Button look="quiet" onClick={onRemove} aria-label={`Remove ${scope.label}`}>
            Remove
          </Button>
        </Row>
      </div>
      {open ? (
        <PermissionFields
          draft={scope.draft}
          errors={errors}
          onChange={(draft) => onChange({ ...scope, draft })}
        />
      ) : null}
    </li>
  );
}

function ScopeList({
  plan,
  tried,
  onChange,
}: {
  plan: Plan;
  tried: boolean;
  onChange: (plan: Plan) => void;
}) {
  const [openKey, setOpenKey] = useState<string | null>(
    () => plan.scopes.find((scope) => scope.draft.action === "")?.key ?? null,
  );
  const now = useNow();
  const put = (scopes: Scope[]) => onChange({ ...plan, scopes });
  const add = () => {
    const scope = ownScope(plan.scopes);
    put([...plan.scopes, scope]);
    setOpenKey(scope.key);
  };
  return (
    <>
      {plan.scopes.length === 0 ? (
        <Callout tone="warning">Without a permission, everything that the agent asks for is denied.</Callout>
      ) : null}
      <ul className={styles.column} aria-label="Permissions">
        {plan.scopes.map((scope) => (
          <ScopeEditor
            key={scope.key}
            scope={scope}
            errors={tried ? checkDraft(scope.draft, now) : {}}
            open={openKey === scope.key}
            onOpen={(open) => setOpenKey(open ? scope.key : null)}
            onChange={(next) => put(plan.scopes.map((one) => (one.key === scope.key ? next : one)))}
            onRemove={() => put(plan.scopes.filter((one) => one.key !== scope.key))}
          />
        ))}
      </ul>
      <Row>
        <Button icon={<Plus size={16} aria-hidden />} onClick={add}>
          Add a permission of my own
        </Button>
      </Row>
    </>
  );
}

export function ReviewStep({
  plan,
  catalogue,
  busy,
  error,
  onChange,
  onCreate,
  onBack,
}: {
  plan: Plan;
  catalogue: Catalogue;
  busy: boolean;
  error: unknown;
  onChange: (plan: Plan) => void;
  onCreate: () => void;
  onBack: () => void;
}) {
  const [tried, setTried] = useState(false);
  const now = useNow();
  const wrong = plan.scopes.filter((scope) => Object.keys(checkDraft(scope.draft, now)).length > 0);
  const create = () => {
    setTried(true);
    if (wrong.length === 0) onCreate();
  };
  return (
    <Stack>
      <Card title="Review">
        <Facts
          facts={[
            ["Name", plan.name.trim()],
            ["Kind", plan.kind === "native" ? "Native, enforced" : "Connected, by passport"],
            ["Provider", labelOf(catalogue.providers, providerOf(plan, catalogue))],
          ]}
        />
        <ScopeList plan={plan} tried={tried} onChange={onChange} />
        {tried && wrong.length > 0 ? (
          <FormError error={new Error(`Look again at: ${wrong.map((scope) => scope.label).join(", ")}.`)} />
        ) : null}
        <FormError error={error} />
      </Card>
      <StepEnds>
        <Button onClick={onBack}>Back</Button>
        <Button look="primary" busy={busy} onClick={create}>
          Create the agent
        </Button>
      </StepEnds>
    </Stack>
  );
}
