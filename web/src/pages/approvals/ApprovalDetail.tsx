// SPDX-License-Identifier: Apache-2.0
/** One request, in the order in which a person decides: who wants what exactly, why it asks, what a yes does. */
import { useRef, useState, type ReactNode } from "react";
import { Link } from "react-router";
import { useApproval, useAskedDecision, useAskingAgent, type Verdict } from "../../api/approvals.ts";
import { ApiError, segment, withQuery } from "../../api/client.ts";
import type { Approval } from "../../api/types.ts";
import { Badge, RiskBadge } from "../../ui/Badge.tsx";
import { Facts, Row } from "../../ui/Card.tsx";
import { Exact, ExactBlock } from "../../ui/Exact.tsx";
import { hasOddCharacters } from "../../ui/exactText.ts";
import { Mono } from "../../ui/Mono.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import styles from "./Approvals.module.css";
import { DecisionBar } from "./DecisionBar.tsx";
import { History } from "./History.tsx";
import { Consequence, Outcome } from "./Outcome.tsx";
import { Reason } from "./Reason.tsx";
import { agentName, ARGUMENT_WORDS, askedInWords, STATUS_WORDS } from "./words.ts";

function Exactly({ text }: { text: string }) {
  return (
    <Mono>
      <Exact text={text} />
    </Mono>
  );
}

/** The command or path, whole. */
function Argument({ approval, onRead }: { approval: Approval; onRead: () => void }) {
  if (approval.argumentKind === null) return null;
  const text = approval.argument ?? approval.argumentPreview ?? "";
  return (
    <div>
      <ExactBlock text={text} label={ARGUMENT_WORDS[approval.argumentKind]} onRead={onRead} />
      {hasOddCharacters(text) ? (
        <p className={styles.warn}>
          It holds characters that cannot be seen, or are no ordinary blanks, or many empty lines. They are
          named where they stand.
        </p>
      ) : null}
      {approval.argumentRedacted === true ? (
        <p className="soft">Secrets are left out here. Whoever may approve it sees all of it.</p>
      ) : null}
    </div>
  );
}

function What({ approval: { action, vendor, amount } }: { approval: Approval }) {
  const facts: (readonly [string, ReactNode])[] = [["Action", <Exactly key="action" text={action} />]];
  if (vendor !== null) facts.push(["Resource", <Exactly key="on" text={vendor} />]);
  if (amount !== null) facts.push(["How much", <strong key="amount">{amount}</strong>]);
  return <Facts facts={facts} />;
}

function Origin({ approval }: { approval: Approval }) {
  const { agentId, permissionId, requestId } = approval;
  const permissions = `/dashboard/agents/${segment(agentId)}/permissions`;
  return (
    <Facts
      facts={[
        ["Asked", <Time key="asked" at={approval.createdAt} exact />],
        ["Agent of", approval.requesterName],
        ["Approval", <Mono key="approval">{approval.approvalId}</Mono>],
        [
          "Request",
          requestId === null ? (
            "no longer in the log"
          ) : (
            <Mono key="request" to={withQuery("/dashboard/logs", { requestId })}>
              {requestId}
            </Mono>
          ),
        ],
        [
          "Agent",
          <Mono key="agent" to={`/dashboard/agents/${segment(agentId)}`}>
            {agentId}
          </Mono>,
        ],
        [
          "Permission",
          permissionId === null ? null : (
            <Mono key="permission" to={permissions}>
              {permissionId}
            </Mono>
          ),
        ],
      ]}
    />
  );
}

function Head({ approval }: { approval: Approval }) {
  const asked = useAskedDecision(approval.requestId).data;
  const { label, tone } = STATUS_WORDS[approval.status];
  return (
    <Row>
      <Badge tone={tone}>{label}</Badge>
      {asked ? <RiskBadge risk={asked.risk} /> : null}
      <span className="soft">
        asked <Time at={approval.createdAt} />
      </span>
    </Row>
  );
}

const VERBS: Record<string, string> = {
  execute_command: "run a command",
  read_file: "read a file",
  write_file: "write a file",
};

function Sentence({ approval }: { approval: Approval }) {
  const verb = Object.hasOwn(VERBS, approval.action) ? VERBS[approval.action] : undefined;
  return (
    <>
      <Link to={`/dashboard/agents/${segment(approval.agentId)}`}>
        <Exact text={agentName(approval)} />
      </Link>{" "}
      wants to {verb ?? <Exactly text={approval.action} />}
    </>
  );
}

function Shown({ approval, shortcuts }: { approval: Approval; shortcuts: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [read, setRead] = useState(approval.argumentKind === null);
  const asked = useAskedDecision(approval.requestId);
  const asking = useAskingAgent(approval);
  const tell = useTell();
  const onDone = (verdict: Verdict) => {
    const said = verdict === "approve" ? "Approved, for one time" : "Denied";
    tell(`${said}: ${askedInWords(approval)}.`); // it may come when another request is shown
    heading.current?.focus(); // the buttons are gone, and what was focused with them
  };
  const isPending = approval.status === "pending";
  return (
    <article className={styles.detail} aria-labelledby="approval-heading">
      <Head approval={approval} />
      <h2 id="approval-heading" ref={heading} tabIndex={-1} className={styles.sentence}>
        <Sentence approval={approval} />
      </h2>
      {isPending ? null : <Outcome approval={approval} />}
      <Argument approval={approval} onRead={() => setRead(true)} />
      <What approval={approval} />
      <Reason approval={approval} asked={asked.data ?? null} permission={asking.data?.permission ?? null} />
      {isPending ? <Consequence approval={approval} /> : null}
      <History approval={approval} />
      <section className={styles.part}>
        <h3>Where it comes from</h3>
        <Origin approval={approval} />
      </section>
      {isPending && (approval.canApprove || approval.canDeny) ? (
        <DecisionBar approval={approval} read={read} shortcuts={shortcuts} onDone={onDone} />
      ) : null}
      {isPending && !approval.canApprove && !approval.canDeny ? (
        <p className="soft">{approval.approveBlockReason ?? approval.denyBlockReason}</p>
      ) : null}
    </article>
  );
}

/** `shortcuts`: single keys may be used now. */
export function ApprovalDetail({ approvalId, shortcuts }: { approvalId: string; shortcuts: boolean }) {
  const approval = useApproval(approvalId);
  if (approval.error instanceof ApiError && approval.error.status === 404) {
    return (
      <Empty title="There is no such request here">
        It belongs to another account, or was removed: what is decided stays for about 90 days.
      </Empty>
    );
  }
  return (
    <Answer query={approval} lines={6}>
      {(shown) => <Shown key={shown.approvalId} approval={shown} shortcuts={shortcuts} />}
    </Answer>
  );
}
