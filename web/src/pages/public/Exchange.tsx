// SPDX-License-Identifier: Apache-2.0
/** A question and its answer, as JSON, and the permission that decided. */
import type { DemoAnswer, DemoPermission } from "../../api/public.ts";
import { OutcomeBadge, RiskBadge, outcomeOf } from "../../ui/Badge.tsx";
import styles from "./Exchange.module.css";
import { Json } from "./Json.tsx";
import { PassportCard } from "./PassportCard.tsx";

/** What an answer to an agent holds; the rest of the demonstration's answer explains it. */
export function answerOf(answer: DemoAnswer) {
  const { requestId, allowed, approvalRequired, reason, risk } = answer;
  return { requestId, allowed, approvalRequired, reason, risk };
}

export function Request({ answer, compact = false }: { answer: DemoAnswer; compact?: boolean }) {
  return (
    <section className={styles.part} aria-label="The request">
      <h3 className={styles.name}>The agent asks</h3>
      <Json value={answer.request} compact={compact} />
    </section>
  );
}

export function Reply({ answer }: { answer: DemoAnswer }) {
  return (
    <section className={styles.part} aria-label="The answer">
      <h3 className={styles.name}>The server answers</h3>
      <div className={styles.badges}>
        <OutcomeBadge outcome={outcomeOf(answer)} />
        <RiskBadge risk={answer.risk} />
      </div>
      <Json value={answerOf(answer)} />
    </section>
  );
}

function factsOf(permission: DemoPermission, action: string): [string, string][] {
  const facts: [string, string][] = [
    ["May", permission.action],
    ["On", permission.resource ?? "anything"],
  ];
  if (permission.blockedActions.length > 0) facts.push(["Never", permission.blockedActions.join(", ")]);
  if (permission.requiresApproval) facts.push(["Only after", "a person's yes, each time"]);
  if (action !== permission.action) facts.push(["Asked", action]);
  return facts;
}

/** The permission that decided, with the stamp of the decision. */
export function DecidedBy({ answer }: { answer: DemoAnswer }) {
  const { permission, request } = answer;
  return (
    <PassportCard
      holder="Coding agent"
      facts={
        permission === null
          ? [
              ["Asked", request.action],
              ["On", request.vendor],
              ["Permission", "none covers this"],
            ]
          : factsOf(permission, request.action)
      }
      outcome={outcomeOf(answer)}
      machine={[
        "coding agent",
        permission?.action ?? "no permission",
        permission?.resource ?? request.vendor,
      ]}
    />
  );
}
