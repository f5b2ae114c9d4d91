// SPDX-License-Identifier: Apache-2.0
/** Keeps what is shown of approvals true, wherever in the dashboard one is: count, title, notifications. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { usePendingApprovals } from "../api/approvals.ts";
import { listenToApprovals } from "../api/live.ts";
import { keys } from "../api/queries.ts";
import type { Approval } from "../api/types.ts";
import { useMe } from "../session/session.tsx";
import { setTitleBadge } from "../ui/titleBadge.ts";
import { showWaiting } from "./notify.ts";

/** Those of `waiting` that `known` does not hold. The first list of all is no news. */
export function freshOf(known: ReadonlySet<string> | null, waiting: readonly Approval[]): Approval[] {
  return known === null ? [] : waiting.filter((approval) => !known.has(approval.approvalId));
}

function isWatched(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

export function LiveApprovals() {
  const { account, role } = useMe();
  const client = useQueryClient();
  const waiting = usePendingApprovals().data;
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(
    () =>
      listenToApprovals(account.accountId, () => {
        void client.invalidateQueries({ queryKey: keys.approvals });
      }),
    [account.accountId, client],
  );
  useEffect(() => {
    known.current = null;
  }, [account.accountId]);
  useEffect(() => {
    if (waiting === undefined) return;
    const fresh = freshOf(known.current, waiting);
    known.current = new Set(waiting.map((approval) => approval.approvalId));
    setTitleBadge(waiting.length);
    if ("setAppBadge" in navigator) navigator.setAppBadge(waiting.length).catch(() => undefined);
    const news = role === "viewer" || isWatched() ? [] : fresh;
    showWaiting(news, waiting).catch(() => undefined);
  }, [waiting, role]);
  useEffect(() => () => setTitleBadge(0), []);
  return null;
}
