// SPDX-License-Identifier: Apache-2.0
/** All that the log holds about one decision, with a link behind every id. */
import type { ReactNode } from "react";
import { segment } from "../../api/client.ts";
import type { LogRow } from "../../api/types.ts";
import { OutcomeBadge, RiskBadge } from "../../ui/Badge.tsx";
import { Facts, Row } from "../../ui/Card.tsx";
import { CodeBlock, CopyButton } from "../../ui/Copy.tsx";
import { Exact } from "../../ui/Exact.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { reasonWords } from "../../ui/reasons.ts";
import { Time } from "../../ui/Time.tsx";
import { logAddress } from "./LogTable.tsx";
import styles from "./LogDetail.module.css";
import { receiptJson, receiptText } from "./receipt.ts";

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.part}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** What the server did itself on behalf of the agent. */
function Execution({ execution }: { execution: Record<string, unknown> }) {
  const names: [string, string][] = [
    ["executor", "Executor"],
    ["state", "State"],
    ["url", "Address"],
    ["finalUrl", "Final address"],
    ["status", "HTTP status"],
    ["bytes", "Bytes"],
    ["durationMs", "Milliseconds"],
    ["error", "Error"],
  ];
  const facts = names.flatMap(([key, name]): [string, ReactNode][] => {
    const value = execution[key];
    if (typeof value !== "string" && typeof value !== "number") return [];
    return [[name, <Mono key={key}>{String(value)}</Mono>]];
  });
  return <Facts facts={facts} />;
}

export function LogDetail({ row }: { row: LogRow }) {
  const agent = `/dashboard/agents/${segment(row.agentId)}`;
  return (
    <div className={styles.detail}>
      <Row>
        <OutcomeBadge outcome={row.decision} shadow={row.shadow} />
        <RiskBadge risk={row.risk} />
      </Row>
      <p className={styles.reason}>{reasonWords(row.reason)}</p>
      {row.shadow ? (
        <p className="soft">A shadow call: this is what would have been decided. Nothing was enforced.</p>
      ) : null}
      <Facts
        facts={[
          [
            "Action",
            <Mono key="a">
              <Exact text={row.action} />
            </Mono>,
          ],
          [
            "Resource",
            row.vendor === null ? null : (
              <Mono key="t">
                <Exact text={row.vendor} />
              </Mono>
            ),
          ],
          ["Amount", row.amount],
          ["Environment", row.environment === null ? null : <Exact key="e" text={row.environment} />],
          ["Reason in the API", <Mono key="c">{row.reason}</Mono>],
          ["Agent", row.agentName == null ? null : <Exact key="n" text={row.agentName} />],
          ["Decided", <Time key="d" at={row.createdAt} exact />],
        ]}
      />
      <Part title="Ids">
        <Facts
          facts={[
            [
              "Request",
              <Mono key="r" to={logAddress(row.requestId)}>
                {row.requestId}
              </Mono>,
            ],
            [
              "Agent",
              <Mono key="g" to={agent}>
                {row.agentId}
              </Mono>,
            ],
            [
              "Permission",
              row.permissionId === null ? null : (
                <Mono key="p" to={`${agent}/permissions?permissionId=${segment(row.permissionId)}`}>
                  {row.permissionId}
                </Mono>
              ),
            ],
            [
              "Approval",
              row.approvalId === null ? null : (
                <Mono key="v" to={`/dashboard/approvals?approvalId=${segment(row.approvalId)}`}>
                  {row.approvalId}
                </Mono>
              ),
            ],
          ]}
        />
      </Part>
      {row.execution !== null ? (
        <Part title="Executed by the action gateway">
          <Execution execution={row.execution} />
        </Part>
      ) : null}
      {row.metadata !== null ? (
        <CodeBlock title="Metadata of the request" code={JSON.stringify(row.metadata, null, 2)} />
      ) : null}
      <Row>
        <CopyButton text={receiptText(row)} label="Copy as text" />
        <CopyButton text={receiptJson(row)} label="Copy as JSON" />
      </Row>
    </div>
  );
}
