// SPDX-License-Identifier: Apache-2.0
/** What this agent did before with this action: the figures of the log, and what people answered. */
import { Link } from "react-router";
import { useActionCounts, useApprovalHistory, useAskedDecision } from "../../api/approvals.ts";
import { withQuery } from "../../api/client.ts";
import type { Approval } from "../../api/types.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Exact } from "../../ui/Exact.tsx";
import { Answer } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import styles from "./Approvals.module.css";
import { STATUS_WORDS } from "./words.ts";

const SHOWN = 5;

function Counts({ approval }: { approval: Approval }) {
  const asked = useAskedDecision(approval.requestId);
  const counts = useActionCounts(approval, asked.data !== undefined && asked.data !== null).data;
  if (counts === undefined || asked.isLoading) return null;
  return (
    <p className="soft">
      In the log besides this one: {counts.allowed} allowed, {counts.denied} denied, {counts.asked} “approval
      required”.{" "}
      <Link
        to={withQuery("/dashboard/logs", { agentId: approval.agentId, action: approval.action })}
        className={styles.nowrap}
      >
        All of them
      </Link>
    </p>
  );
}

function Earlier({ other }: { other: Approval }) {
  const { label, tone } = STATUS_WORDS[other.status];
  const what = other.argumentPreview ?? other.vendor;
  return (
    <li>
      <Link to={withQuery("/dashboard/approvals", { status: "all", approvalId: other.approvalId })}>
        <Time at={other.createdAt} />
      </Link>
      <span>
        <Badge tone={tone}>{label}</Badge>
      </span>
      <span className={styles.earlierWhat}>
        {what !== null ? (
          <code className={styles.oneLine}>
            <Exact text={what} />
          </code>
        ) : null}
        {other.amount !== null ? <span>{other.amount}</span> : null}
      </span>
    </li>
  );
}

export function History({ approval }: { approval: Approval }) {
  const history = useApprovalHistory(approval, SHOWN);
  return (
    <section className={styles.part}>
      <h3>This agent and this action before</h3>
      <Counts approval={approval} />
      <Answer query={history} lines={2}>
        {({ earlier, hasMore }) =>
          earlier.length === 0 ? (
            <p>It has no other request for approval of this.</p>
          ) : (
            <>
              <ul className={styles.history}>
                {earlier.map((other) => (
                  <Earlier key={other.approvalId} other={other} />
                ))}
              </ul>
              {hasMore ? (
                <Link to={withQuery("/dashboard/approvals", { status: "all", agentId: approval.agentId })}>
                  All requests of this agent
                </Link>
              ) : null}
            </>
          )
        }
      </Answer>
    </section>
  );
}
