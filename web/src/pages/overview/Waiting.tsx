// SPDX-License-Identifier: Apache-2.0
import { CircleCheck } from "lucide-react";
import { Link } from "react-router";
import { usePendingApprovals } from "../../api/approvals.ts";
import { withQuery } from "../../api/client.ts";
import { useMay } from "../../session/session.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Answer } from "../../ui/States.tsx";
import approvals from "../approvals/Approvals.module.css";
import { ApprovalLine } from "../approvals/ApprovalList.tsx";
import styles from "./Overview.module.css";

const SHOWN = 4;

/** What waits for a person: the reason why most people come here. */
export function Waiting() {
  const pending = usePendingApprovals();
  const mayApprove = useMay("approve");
  const count = pending.data?.length ?? 0;
  return (
    <Card
      title={count === 0 ? "Waiting for you" : `Waiting for you: ${count > 99 ? "99+" : count}`}
      actions={
        count > 0 ? (
          <ButtonLink to="/dashboard/approvals" look={mayApprove ? "primary" : "plain"}>
            {mayApprove ? "Decide" : "Look at them"}
          </ButtonLink>
        ) : undefined
      }
    >
      <Answer query={pending} lines={2}>
        {(waiting) =>
          waiting.length === 0 ? (
            <p className={styles.calm}>
              <CircleCheck size={20} aria-hidden />
              Nothing waits. A new request appears here by itself.
            </p>
          ) : (
            <ul className={styles.waiting}>
              {waiting.slice(0, SHOWN).map((approval) => (
                <li key={approval.approvalId}>
                  <Link
                    to={withQuery("/dashboard/approvals", { approvalId: approval.approvalId })}
                    className={approvals.item}
                  >
                    <ApprovalLine approval={approval} withStatus={false} />
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
      {count > SHOWN ? <Link to="/dashboard/approvals">All that wait</Link> : null}
    </Card>
  );
}
