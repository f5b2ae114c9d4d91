// SPDX-License-Identifier: Apache-2.0
import { usePendingApprovals } from "../api/approvals.ts";
import styles from "./Layout.module.css";

/** "3 approvals waiting", for a name; empty while none does. */
export function usePendingWords(): string {
  const pending = usePendingApprovals().data?.length ?? 0;
  if (pending === 0) return "";
  return pending === 1 ? "1 approval waiting" : `${pending > 99 ? "99+" : pending} approvals waiting`;
}

/** How many approvals wait; nothing while none does. `mute`: what it stands in says so by its name. */
export function PendingCount({ mute = false }: { mute?: boolean }) {
  const pending = usePendingApprovals().data?.length ?? 0;
  if (pending === 0) return null;
  return (
    <span className={styles.count} aria-hidden={mute || undefined}>
      {pending > 99 ? "99+" : pending}
      <span className="visually-hidden"> waiting</span>
    </span>
  );
}
