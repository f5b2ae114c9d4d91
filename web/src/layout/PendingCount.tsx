// SPDX-License-Identifier: Apache-2.0
import { usePendingApprovals } from "../api/approvals.ts";
import styles from "./Layout.module.css";

/** How many approvals wait; nothing while none does. */
export function PendingCount() {
  const pending = usePendingApprovals().data?.length ?? 0;
  if (pending === 0) return null;
  return (
    <span className={styles.count}>
      {pending > 99 ? "99+" : pending}
      <span className="visually-hidden"> waiting</span>
    </span>
  );
}
