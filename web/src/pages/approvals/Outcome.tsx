// SPDX-License-Identifier: Apache-2.0
/** What a yes would do, and what became of those that are decided. */
import type { ReactNode } from "react";
import type { Approval } from "../../api/types.ts";
import { Exact } from "../../ui/Exact.tsx";
import { exactTime, Time } from "../../ui/Time.tsx";
import styles from "./Approvals.module.css";
import { boundTo, minutesInWords } from "./words.ts";

export function Consequence({ approval }: { approval: Approval }) {
  return (
    <section className={styles.part}>
      <h3>If you approve</h3>
      <ul className={styles.bullets}>
        <li>
          It may do this <strong>once</strong>, within {minutesInWords(approval.approvalGrantMinutes)}. Then
          it must ask again.
        </li>
        <li>Only this agent, with {boundTo(approval)}, unchanged.</li>
        {approval.argumentKind === null ? (
          <li>What is in the message or call besides these is not checked.</li>
        ) : null}
        <li>Its permission is checked again at that moment. Revoking it takes the approval back.</li>
      </ul>
      <p className="soft">
        Without a decision nothing happens; the request expires <Time at={approval.expiresAt} />.
      </p>
    </section>
  );
}

function By({ approval }: { approval: Approval }): ReactNode {
  if (approval.resolvedBy === null) return null;
  return (
    <>
      {" "}
      by <Exact text={approval.resolvedBy} />
    </>
  );
}

/** "2026-11-21 18:05:09 UTC (3 minutes ago)" */
function When({ at }: { at: string }) {
  return (
    <>
      {exactTime(at)} (<Time at={at} />)
    </>
  );
}

function words(approval: Approval): ReactNode {
  const { status, resolvedAt, usedAt, grantExpiresAt, expiresAt } = approval;
  if (status === "expired") {
    return grantExpiresAt === null ? (
      <>Nobody decided until it expired, {exactTime(expiresAt)}.</>
    ) : (
      <>
        Approved
        <By approval={approval} />, but not used until {exactTime(grantExpiresAt)}. The agent must ask again.
      </>
    );
  }
  return (
    <>
      {status === "denied" ? "Denied" : "Approved"}
      <By approval={approval} />
      {resolvedAt === null ? null : (
        <>
          , <When at={resolvedAt} />
        </>
      )}
      .{" "}
      {status === "approved" && grantExpiresAt !== null ? (
        <>
          Not used yet. It can be used once until {exactTime(grantExpiresAt)} (<Time at={grantExpiresAt} />
          ).
        </>
      ) : null}
      {usedAt !== null ? (
        <>
          Used <When at={usedAt} />.
        </>
      ) : null}
    </>
  );
}

export function Outcome({ approval }: { approval: Approval }) {
  return (
    <p className={styles.outcome} data-status={approval.status}>
      {words(approval)}
    </p>
  );
}
