// SPDX-License-Identifier: Apache-2.0
import { Check, CircleSlash, Hand } from "lucide-react";
import type { PassportPermission } from "../../api/passport.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Card, Facts, Row } from "../../ui/Card.tsx";
import { Empty } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import styles from "./Passport.module.css";

function Actions({ actions }: { actions: string[] }) {
  return (
    <ul className="lines">
      {actions.map((action) => (
        <li key={action}>{action}</li>
      ))}
    </ul>
  );
}

function Scope({ permission }: { permission: PassportPermission }) {
  const { allowedActions, blockedActions, maxAmount, expiresAt } = permission;
  return (
    <li className={styles.scope}>
      <Row>
        <h3>
          <code className="exact">{permission.action}</code>
        </h3>
        {permission.requiresApproval ? (
          <Badge tone="approval" icon={<Hand size={14} aria-hidden />}>
            Approval required
          </Badge>
        ) : (
          <Badge tone="allowed" icon={<Check size={14} aria-hidden />}>
            Allowed
          </Badge>
        )}
      </Row>
      {permission.description !== null ? <p>{permission.description}</p> : null}
      <Facts
        facts={[
          ["Resource", permission.resource ?? "anything"],
          ...(permission.scope !== null ? ([["Scope", permission.scope]] as const) : []),
          ...(maxAmount !== null ? ([["Up to", maxAmount.toLocaleString("en")]] as const) : []),
          ["Expires", <Time key="expires" at={expiresAt} />],
          ...(allowedActions !== null
            ? ([["Also allowed", <Actions key="allowed" actions={allowedActions} />]] as const)
            : []),
        ]}
      />
      {blockedActions !== null ? (
        <div className="lines">
          <Row>
            <Badge tone="denied" icon={<CircleSlash size={14} aria-hidden />}>
              Never
            </Badge>
          </Row>
          <Actions actions={blockedActions} />
        </div>
      ) : null}
    </li>
  );
}

export function Scopes({ permissions }: { permissions: PassportPermission[] }) {
  return (
    <Card title="What it may do">
      {permissions.length === 0 ? (
        <Empty title="Nothing at the moment">The agent is disabled, or no permission is active.</Empty>
      ) : (
        <>
          <ul className={styles.scopes}>
            {permissions.map((permission, at) => (
              <Scope key={`${at} ${permission.action}`} permission={permission} />
            ))}
          </ul>
          <p className="soft">
            A permission can be narrower than it reads: further limits, such as of paths or commands, are not
            shown here. A preview below takes all of them into account.
          </p>
        </>
      )}
    </Card>
  );
}
