// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { call } from "../api/client.ts";
import { keys } from "../api/queries.ts";
import type { Approval } from "../api/types.ts";
import styles from "./Layout.module.css";

/** How many approvals wait. What changes them drops keys.approvals, and so this counts anew. */
export function PendingCount() {
  const pending = useQuery({
    queryKey: [...keys.approvals, "pending-count"],
    queryFn: ({ signal }) =>
      call<{ approvals: Approval[] }>("GET", "/api/dashboard/approvals", {
        signal,
        query: { status: "pending", limit: 100 },
      }),
    select: (page) => page.approvals.length,
    refetchInterval: 30_000,
  });
  if (!pending.data) return null;
  return (
    <span className={styles.count}>
      {pending.data > 99 ? "99+" : pending.data}
      <span className="visually-hidden"> waiting</span>
    </span>
  );
}
