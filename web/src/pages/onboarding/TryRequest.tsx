// SPDX-License-Identifier: Apache-2.0
/** The first decision: a request of the agent, asked with its own key or link, and the answer to it. */
import { useState, type SyntheticEvent } from "react";
import { Link } from "react-router";
import { call, segment } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import type { Decision } from "../../api/types.ts";
import { outcomeOf, OutcomeBadge, RiskBadge } from "../../ui/Badge.tsx";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Card, Row } from "../../ui/Card.tsx";
import { FieldRow, FormError, FormStack, SelectField, TextField } from "../../ui/Field.tsx";
import { fieldFor } from "../../ui/fieldFor.ts";
import { Mono } from "../../ui/Mono.tsx";
import { reasonWords } from "../../ui/reasons.ts";
import { useAction } from "../../ui/useAction.ts";
import type { Made } from "./makeAgent.ts";
import styles from "./NewAgent.module.css";
import { OUTSIDE, previewBody, targetKind, trialOf, verifyBody, type Trial } from "./wizard.ts";

function ask(made: Made, trial: Trial): Promise<Decision> {
  const { agentId } = made.agent;
  if (made.passport === null)
    return call("POST", "/api/verify", { body: verifyBody(agentId, trial), bearer: made.apiKey });
  return call("POST", `/api/passport/${segment(agentId)}`, {
    body: previewBody(trial),
    bearer: made.passport.token,
  });
}

function AnswerView({ decision, recorded }: { decision: Decision; recorded: boolean }) {
  const outcome = outcomeOf(decision);
  const approvalId = decision.approvalId;
  return (
    <div className={styles.answer} role="status">
      <Row>
        <OutcomeBadge outcome={outcome} />
        <RiskBadge risk={decision.risk} />
      </Row>
      <p className={styles.reason}>{reasonWords(decision.reason)}</p>
      {recorded ? (
        <p>
          Recorded as{" "}
          <Mono to={`/dashboard/logs?requestId=${segment(decision.requestId)}`}>{decision.requestId}</Mono>.
        </p>
      ) : (
        <p className="note">A preview by passport: nothing is recorded.</p>
      )}
      {approvalId !== undefined ? (
        <Row>
          <ButtonLink to={`/dashboard/approvals?approvalId=${segment(approvalId)}`} look="primary">
            Decide on it
          </ButtonLink>
          <span className="note">It waits for a person. Approve it, and ask again here.</span>
        </Row>
      ) : null}
    </div>
  );
}

function TrialFields({ trial, onChange }: { trial: Trial; onChange: (trial: Trial) => void }) {
  const field = fieldFor(trial, (part) => onChange({ ...trial, ...part }));
  const target = targetKind(trial.action.trim());
  return (
    <>
      <FieldRow>
        <TextField
          label="Action"
          required
          maxLength={80}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...field("action")}
        />
        <TextField
          label="Resource"
          maxLength={200}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...field("vendor")}
        />
        <TextField label="Amount" type="number" min={0} step="any" inputMode="decimal" {...field("amount")} />
      </FieldRow>
      {target === null ? null : (
        <TextField
          label={target === "command" ? "Command" : "Path"}
          autoComplete="off"
          spellCheck={false}
          {...field("target")}
        />
      )}
    </>
  );
}

export function TryRequest({
  made,
  trial,
  onTrial,
}: {
  made: Made;
  trial: Trial;
  onTrial: (trial: Trial) => void;
}) {
  const [decision, setDecision] = useState<Decision | null>(null);
  const [example, setExample] = useState(made.scopes[0]?.key ?? "outside");
  const action = useAction(keys.agents, keys.approvals, keys.logs, keys.summary);
  const choose = (key: string) => {
    const scope = made.scopes.find((one) => one.key === key);
    setExample(key);
    setDecision(null);
    onTrial(scope === undefined ? OUTSIDE : trialOf(scope.draft));
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setDecision(null);
    action.run(() => ask(made, trial), setDecision);
  };
  return (
    <Card title="Try a request">
      <form onSubmit={submit}>
        <FormStack>
          <SelectField
            label="Example"
            choices={[
              ...made.scopes.map((scope) => ({ value: scope.key, label: `${scope.label}: covered by it` })),
              { value: "outside", label: "Outside of every permission" },
            ]}
            value={example}
            onValue={choose}
          />
          <TrialFields trial={trial} onChange={onTrial} />
          <FormError error={action.error} />
          <Button type="submit" look="primary" busy={action.busy}>
            Try this request
          </Button>
        </FormStack>
      </form>
      {decision === null ? null : <AnswerView decision={decision} recorded={made.passport === null} />}
      <p className="note">
        {made.passport === null ? (
          <>
            Asked with the key above, as your agent will. Every answer is in{" "}
            <Link to={`/dashboard/agents/${segment(made.agent.agentId)}/activity`}>its activity</Link>.
          </>
        ) : (
          "Asked with the link above."
        )}
      </p>
    </Card>
  );
}
