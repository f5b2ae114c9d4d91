// SPDX-License-Identifier: Apache-2.0
import { useId, useState } from "react";
import {
  previewPassport,
  type PassportLink,
  type PassportPermission,
  type PreviewAnswer,
} from "../../api/passport.ts";
import { OutcomeBadge, RiskBadge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Row } from "../../ui/Card.tsx";
import { FieldRow, FormError, FormStack, TextArea, TextField } from "../../ui/Field.tsx";
import { fieldFor } from "../../ui/fieldFor.ts";
import { reasonWords } from "../../ui/reasons.ts";
import { useAction } from "../../ui/useAction.ts";
import styles from "./Passport.module.css";
import { outcomeOfPreview, requestOf } from "./previewRequest.ts";

function Verdict({ answer }: { answer: PreviewAnswer }) {
  return (
    <div className={styles.answer}>
      <Row>
        <OutcomeBadge outcome={outcomeOfPreview(answer)} />
        <RiskBadge risk={answer.risk} />
      </Row>
      <p>{reasonWords(answer.reason)}</p>
    </div>
  );
}

export function PreviewForm({
  link,
  permissions,
}: {
  link: PassportLink;
  permissions: PassportPermission[];
}) {
  const known = useId();
  const [fields, setFields] = useState({ action: "", resource: "", amount: "", context: "" });
  const [answered, setAnswered] = useState<{ to: typeof fields; answer: PreviewAnswer } | null>(null);
  const action = useAction();
  const field = fieldFor(fields, (part) => setFields((all) => ({ ...all, ...part })));
  /* An answer belongs to what was asked: it goes, or never comes, when the question has changed. */
  const answer = answered?.to === fields ? answered.answer : null;
  const actions = [...new Set(permissions.map((permission) => permission.action))];
  return (
    <Card title="Try an action">
      <p className="soft">Says what the server would answer now. Nothing is recorded or spent.</p>
      <form
        aria-label="Try an action"
        onSubmit={(event) => {
          event.preventDefault();
          setAnswered(null);
          action.run(
            () => previewPassport(link, requestOf(fields)),
            (given) => setAnswered({ to: fields, answer: given }),
          );
        }}
      >
        <FormStack>
          <FieldRow>
            <TextField
              label="Action"
              required
              maxLength={80}
              spellCheck={false}
              autoComplete="off"
              list={known}
              {...field("action")}
            />
            <TextField
              label="Resource"
              maxLength={200}
              spellCheck={false}
              autoComplete="off"
              {...field("resource")}
            />
            <TextField
              label="Amount"
              type="number"
              min={0}
              step="any"
              inputMode="decimal"
              {...field("amount")}
            />
          </FieldRow>
          <datalist id={known}>
            {actions.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <TextArea
            label="Context"
            hint="What it is for. It goes along and changes nothing about the answer."
            rows={2}
            {...field("context")}
          />
          <Row>
            <Button type="submit" look="primary" busy={action.busy}>
              Preview
            </Button>
          </Row>
          <FormError error={action.error} />
          <div role="status" aria-label="Answer">
            {answer !== null ? <Verdict answer={answer} /> : null}
          </div>
        </FormStack>
      </form>
    </Card>
  );
}
