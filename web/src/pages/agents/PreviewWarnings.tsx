// SPDX-License-Identifier: Apache-2.0
import type { Preview, WarningKind } from "../../api/agents.ts";
import type { Permission } from "../../api/types.ts";
import { Button } from "../../ui/Button.tsx";
import { Callout } from "../../ui/Callout.tsx";
import { Mono } from "../../ui/Mono.tsx";
import styles from "./PreviewPanel.module.css";

const KINDS: Record<WarningKind, { title: string; tone: "note" | "warning" }> = {
  shadows: { title: "Another permission would never decide again", tone: "warning" },
  shadowed: { title: "This permission would never decide", tone: "warning" },
  blocked_elsewhere: { title: "Blocked by another permission", tone: "warning" },
  loosens: { title: "Takes away a limit", tone: "warning" },
  overlaps: { title: "Overlaps with another permission", tone: "note" },
  already_allowed: { title: "Allowed already", tone: "note" },
};

const GRAVEST = Object.keys(KINDS) as WarningKind[];
const LIST_ID = "permission-warnings";

/** For beside the button: how many there are, the gravest of them, and the way to them. */
export function WarningsNote({ warnings }: { warnings: Preview["warnings"] }) {
  const gravest = GRAVEST.find((kind) => warnings.some((warning) => warning.kind === kind));
  if (gravest === undefined) return null;
  const { title, tone } = KINDS[gravest];
  const go = () => {
    const list = document.getElementById(LIST_ID);
    list?.scrollIntoView({ block: "center" });
    list?.focus({ preventScroll: true });
  };
  return (
    <Callout tone={tone} title={warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`}>
      <div className={styles.warnings}>
        <p>{warnings.length === 1 ? title : `The gravest: ${title}`}.</p>
        <div>
          <Button onClick={go}>{warnings.length === 1 ? "Read it" : "Read them"}</Button>
        </div>
      </div>
    </Callout>
  );
}

/** How the draft and the permissions that exist get in each other's way. */
export function PreviewWarnings({
  warnings,
  permissions,
}: {
  warnings: Preview["warnings"];
  permissions: readonly Permission[];
}) {
  if (warnings.length === 0) return null;
  return (
    <ul id={LIST_ID} tabIndex={-1} className={styles.warnings} aria-label="Warnings">
      {warnings.map((warning) => {
        const kind = KINDS[warning.kind];
        const other = permissions.find((one) => one.permissionId === warning.permissionId);
        return (
          <li key={`${warning.kind} ${warning.permissionId}`}>
            <Callout tone={kind.tone} title={kind.title}>
              <p>{warning.text}</p>
              {other !== undefined ? (
                <Mono>{other.resource === null ? other.action : `${other.action} on ${other.resource}`}</Mono>
              ) : null}
            </Callout>
          </li>
        );
      })}
    </ul>
  );
}
