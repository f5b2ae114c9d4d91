// SPDX-License-Identifier: Apache-2.0
import { Check, CircleSlash, Clock, Hand, Pencil } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import type { Permission } from "../../api/types.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Exact } from "../../ui/Exact.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { Time } from "../../ui/Time.tsx";
import styles from "./PermissionCard.module.css";
import { PermissionTerms } from "./PermissionTerms.tsx";

export type PermissionState = "active" | "expired" | "revoked";

export function stateOf(permission: Permission, now: number): PermissionState {
  if (permission.status !== "active") return "revoked";
  const end = permission.expiresAt;
  return end !== null && Date.parse(end) <= now ? "expired" : "active";
}

function StateBadge({ permission, state }: { permission: Permission; state: PermissionState }) {
  if (state === "revoked")
    return (
      <Badge tone="denied" icon={<CircleSlash size={14} aria-hidden />}>
        Revoked
      </Badge>
    );
  if (state === "expired")
    return (
      <Badge tone="neutral" icon={<Clock size={14} aria-hidden />}>
        Expired
      </Badge>
    );
  return permission.requiresApproval ? (
    <Badge tone="approval" icon={<Hand size={14} aria-hidden />}>
      Approval required
    </Badge>
  ) : (
    <Badge tone="allowed" icon={<Check size={14} aria-hidden />}>
      Allows at once
    </Badge>
  );
}

/** Comes into view, and takes the focus, when the address names it: it was just made, or somebody came for it. */
function useShown(isNamed: boolean) {
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!isNamed) return;
    card.current?.scrollIntoView({ block: "center" });
    card.current?.focus({ preventScroll: true });
  }, [isNamed]);
  return card;
}

function Footer({ permission, children }: { permission: Permission; children: ReactNode }) {
  return (
    <div className={styles.foot}>
      <div className={styles.facts}>
        <span>
          {permission.lastUsedAt === null ? (
            "Never used"
          ) : (
            <>
              Last used <Time at={permission.lastUsedAt} />
            </>
          )}
        </span>
        <span>
          Created <Time at={permission.createdAt} />
        </span>
        <Mono>{permission.permissionId}</Mono>
      </div>
      {children}
    </div>
  );
}

export function PermissionCard({
  permission,
  state,
  isNamed,
  onReplace,
  onRevoke,
}: {
  permission: Permission;
  state: PermissionState;
  /** The address names it: it stands out. */
  isNamed: boolean;
  onReplace?: (() => void) | undefined;
  onRevoke?: (() => void) | undefined;
}) {
  const card = useShown(isNamed);
  const { action, resource } = permission;
  const name = resource === null ? action : `${action} on ${resource}`;
  return (
    <article
      ref={card}
      tabIndex={-1}
      className={styles.card}
      data-named={isNamed || undefined}
      aria-label={name}
    >
      <div className={styles.head}>
        <h3 className={styles.title}>
          <code className="exact">
            <Exact text={action} />
          </code>
          <span className={styles.on}> on </span>
          {resource === null ? (
            <span className={styles.on}>any resource</span>
          ) : (
            <code className="exact">
              <Exact text={resource} />
            </code>
          )}
        </h3>
        <StateBadge permission={permission} state={state} />
      </div>
      {permission.description !== null ? (
        <p>
          <Exact text={permission.description} />
        </p>
      ) : null}
      <PermissionTerms terms={permission} />
      <Footer permission={permission}>
        {onReplace || onRevoke ? (
          <div className={styles.actions}>
            {onReplace ? (
              <Button icon={<Pencil size={16} aria-hidden />} onClick={onReplace} aria-label={`Edit ${name}`}>
                Edit
              </Button>
            ) : null}
            {onRevoke ? (
              <Button look="danger" onClick={onRevoke} aria-label={`Revoke ${name}`}>
                Revoke
              </Button>
            ) : null}
          </div>
        ) : null}
      </Footer>
    </article>
  );
}
