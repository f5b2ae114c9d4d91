// SPDX-License-Identifier: Apache-2.0
/** Needs attention: what waits, what was approved and not used, and what was denied as high risk. */
import { Link, useSearchParams } from "react-router";
import { useInbox } from "../../api/approvals.ts";
import { withQuery } from "../../api/client.ts";
import type { Approval, LogRow } from "../../api/types.ts";
import { Card, PageHead, Stack } from "../../ui/Card.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Exact } from "../../ui/Exact.tsx";
import { reasonWords } from "../../ui/reasons.ts";
import { Answer, Empty } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import { ApprovalDetail } from "./ApprovalDetail.tsx";
import { ApprovalList } from "./ApprovalList.tsx";
import styles from "./Approvals.module.css";

function Refusal({ row }: { row: LogRow }) {
  return (
    <Link to={withQuery("/dashboard/logs", { requestId: row.requestId })} className={styles.item}>
      <span className={styles.itemHead}>
        <strong>
          <Exact text={row.agentName ?? row.agentId} />
        </strong>
        <span className="soft">
          <Time at={row.createdAt} />
        </span>
      </span>
      <span className={styles.itemWhat}>
        <code>
          <Exact text={row.action} />
        </code>
        {row.vendor !== null ? (
          <>
            {" on "}
            <Exact text={row.vendor} />
          </>
        ) : null}
        {row.amount !== null ? <strong>{` ${row.amount}`}</strong> : null}
      </span>
      <span className="soft">{reasonWords(row.reason)}</span>
    </Link>
  );
}

/** Deciding takes two steps: the row opens the request, with all that it asks for, and there they are. */
function cueOf({ status, canApprove, canDeny }: Approval): string | null {
  return status === "pending" && (canApprove || canDeny) ? "Decide" : null;
}

function Approvals({
  title,
  approvals,
  empty,
  selected,
}: {
  title: string;
  approvals: readonly Approval[];
  empty: string;
  selected: string | null;
}) {
  return (
    <Card title={title}>
      {approvals.length === 0 ? (
        <p className="soft">{empty}</p>
      ) : (
        <ApprovalList approvals={approvals} selected={selected} withStatus={false} cue={cueOf} />
      )}
    </Card>
  );
}

export default function Inbox() {
  const inbox = useInbox();
  const [params, setParams] = useSearchParams();
  const selected = params.get("approvalId");
  return (
    <Stack>
      <PageHead title="Needs attention" lead="What waits for a person, and what was denied as high risk." />
      <Answer query={inbox} lines={6}>
        {({ pendingApprovals, deniedHighRisk }) => {
          const waiting = pendingApprovals.filter((approval) => approval.status === "pending");
          const open = pendingApprovals.filter((approval) => approval.status !== "pending");
          if (pendingApprovals.length === 0 && deniedHighRisk.length === 0) {
            return <Empty title="Nothing needs you">What will, appears here by itself.</Empty>;
          }
          return (
            <>
              <Approvals
                title="Waiting for you"
                approvals={waiting}
                empty="Nothing waits."
                selected={selected}
              />
              <Approvals
                title="Approved, not used yet"
                approvals={open}
                empty="No approval is open."
                selected={selected}
              />
              <Card title="Denied as high risk, last 48 hours">
                {deniedHighRisk.length === 0 ? <p className="soft">Nothing was.</p> : null}
                <ul className={styles.list}>
                  {deniedHighRisk.map((row) => (
                    <li key={row.requestId}>
                      <Refusal row={row} />
                    </li>
                  ))}
                </ul>
              </Card>
            </>
          );
        }}
      </Answer>
      <Dialog open={selected !== null} onClose={() => setParams({}, { replace: true })} title="Request" side>
        {selected !== null ? <ApprovalDetail key={selected} approvalId={selected} shortcuts={false} /> : null}
      </Dialog>
    </Stack>
  );
}
