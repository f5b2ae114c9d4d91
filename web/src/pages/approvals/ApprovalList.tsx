// SPDX-License-Identifier: Apache-2.0
import { Link, useSearchParams } from "react-router";
import type { Approval } from "../../api/types.ts";
import { withParams } from "../../ui/address.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Exact } from "../../ui/Exact.tsx";
import { Time } from "../../ui/Time.tsx";
import styles from "./Approvals.module.css";
import { agentName, STATUS_WORDS } from "./words.ts";

/** One request in a few words. */
export function ApprovalLine({ approval, withStatus }: { approval: Approval; withStatus: boolean }) {
  const { label, tone } = STATUS_WORDS[approval.status];
  return (
    <>
      <span className={styles.itemHead}>
        <strong>
          <Exact text={agentName(approval)} />
        </strong>
        <span className="soft">
          <Time at={approval.createdAt} />
        </span>
      </span>
      <span className={styles.itemWhat}>
        <code>
          <Exact text={approval.action} />
        </code>
        {approval.vendor !== null ? (
          <>
            {" on "}
            <Exact text={approval.vendor} />
          </>
        ) : null}
        {approval.amount !== null ? <strong>{` ${approval.amount}`}</strong> : null}
      </span>
      {approval.argumentPreview !== null ? (
        <code className={styles.oneLine}>
          <Exact text={approval.argumentPreview} />
        </code>
      ) : null}
      {withStatus ? (
        <span>
          <Badge tone={tone}>{label}</Badge>
        </span>
      ) : null}
    </>
  );
}

function Cue({ text }: { text: string | null }) {
  return text === null ? null : <span className={styles.cue}>{text}</span>;
}

/** The requests; the one that is shown beside it is marked. */
export function ApprovalList({
  approvals,
  selected,
  withStatus,
  cue,
}: {
  approvals: readonly Approval[];
  selected: string | null;
  withStatus: boolean;
  /** What following a row is for, where that is not plain. */
  cue?: (approval: Approval) => string | null;
}) {
  const [params] = useSearchParams();
  const to = (approvalId: string) => `?${withParams(params, { highlight: null, approvalId }).toString()}`;
  return (
    <ul className={styles.list} data-approval-list aria-label="Requests">
      {approvals.map((approval) => (
        <li key={approval.approvalId}>
          <Link
            to={to(approval.approvalId)}
            data-approval={approval.approvalId}
            aria-current={approval.approvalId === selected ? "true" : undefined}
            className={styles.item}
          >
            <ApprovalLine approval={approval} withStatus={withStatus} />
            <Cue text={cue?.(approval) ?? null} />
          </Link>
        </li>
      ))}
    </ul>
  );
}
