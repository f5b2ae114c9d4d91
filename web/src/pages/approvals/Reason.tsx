// SPDX-License-Identifier: Apache-2.0
/** Why a person is asked: the words of the decision, the permission behind it, and what the agent said about it. */
import type { ReactNode } from "react";
import type { Approval, Constraints, LogRow, Permission } from "../../api/types.ts";
import { Exact } from "../../ui/Exact.tsx";
import { reasonWords } from "../../ui/reasons.ts";
import { exactTime } from "../../ui/Time.tsx";
import styles from "./Approvals.module.css";

const LIMITS: Record<keyof Constraints, string> = {
  maxAmount: "at most",
  expiresAt: "until",
  allowedVendors: "only with",
  allowedPaths: "only in",
  deniedPaths: "never in",
  deniedCommands: "never",
  allowedBranches: "only on branch",
  deniedBranches: "never on branch",
  allowedEnvironments: "only in environment",
  deniedEnvironments: "never in environment",
  allowedRepositories: "only in repository",
  deniedRepositories: "never in repository",
};

/** "at most 500; only with vercel.com" */
export function limitsInWords(constraints: Constraints): string {
  const parts: string[] = [];
  for (const [name, words] of Object.entries(LIMITS) as [keyof Constraints, string][]) {
    const value = constraints[name];
    if (value === undefined) continue;
    if (Array.isArray(value)) {
      if (value.length > 0) parts.push(`${words} ${value.join(", ")}`);
    } else parts.push(`${words} ${name === "expiresAt" ? exactTime(String(value)) : value}`);
  }
  return parts.join("; ");
}

function Line({ name, text }: { name: string; text: string | null | undefined }) {
  if (!text) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Exact text={text} />
      </dd>
    </div>
  );
}

function Said({ metadata }: { metadata: Record<string, unknown> }): ReactNode {
  return (
    <>
      <p className="soft">What the agent says about it. Nobody has checked it.</p>
      <dl className={styles.lines}>
        {Object.entries(metadata).map(([name, value]) => (
          <Line key={name} name={name} text={typeof value === "string" ? value : JSON.stringify(value)} />
        ))}
      </dl>
    </>
  );
}

export function Reason({
  approval,
  asked,
  permission,
}: {
  approval: Approval;
  asked: LogRow | null;
  permission: Permission | null;
}) {
  const metadata = asked?.metadata ?? null;
  return (
    <section className={styles.part}>
      <h3>Why you are asked</h3>
      <p>{reasonWords(asked?.reason ?? "Permission requires approval before execution.")}</p>
      {permission !== null ? (
        <dl className={styles.lines}>
          <Line name="Permission" text={permission.description ?? approval.action} />
          <Line name="Scope" text={permission.scope} />
          <Line name="Lets it" text={permission.allowedActions.join(", ")} />
          <Line name="Never lets it" text={permission.blockedActions.join(", ")} />
          <Line name="Limits" text={limitsInWords(permission.constraints)} />
          <Line name="Notes" text={permission.notes} />
        </dl>
      ) : null}
      {permission !== null && permission.status !== "active" ? (
        <p className={styles.warn}>
          This permission is not active any more: an approval would have no effect.
        </p>
      ) : null}
      {metadata !== null && Object.keys(metadata).length > 0 ? <Said metadata={metadata} /> : null}
    </section>
  );
}
