// SPDX-License-Identifier: Apache-2.0
/** Keeps what is shown of approvals true, wherever in the dashboard one is: count, title, notifications. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { usePendingApprovals } from "../api/approvals.ts";
import { listenToApprovals } from "../api/live.ts";
import { keys } from "../api/queries.ts";
import { identityOf } from "../api/session.ts";
import type { Approval, Me } from "../api/types.ts";
import { useMe } from "../session/session.tsx";
import { setTitleBadge } from "../ui/titleBadge.ts";
import { hideWaiting, showWaiting } from "./notify.ts";
import { useNews } from "./useNews.ts";

/** Those of `waiting` that `known` does not hold. The first list of all is no news. */
export function freshOf(known: ReadonlySet<string> | null, waiting: readonly Approval[]): Approval[] {
  return known === null ? [] : waiting.filter((approval) => !known.has(approval.approvalId));
}

function isWatched(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

export function LiveApprovals() {
  const me = useMe();
  const { account, role } = me;
  const identity = identityOf(me);
  const client = useQueryClient();
  const waiting = usePendingApprovals().data;
  const known = useRef<ReadonlySet<string> | null>(null);
  const [news, addNews] = useNews();
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
    addNews(fresh);
    setTitleBadge(waiting.length);
    if ("setAppBadge" in navigator) navigator.setAppBadge(waiting.length).catch(() => undefined);
    const news = role === "viewer" || isWatched() ? [] : fresh;
    showWaiting(news, waiting).catch(() => undefined);
  }, [waiting, role, addNews]);
  useEffect(
    () => () => {
      setTitleBadge(0);
      if ("clearAppBadge" in navigator) navigator.clearAppBadge().catch(() => undefined);
      // A document is read, or nobody is signed in any more, or somebody else.
      const now = client.getQueryData<Me | null>(keys.me);
      if (!now || identityOf(now) !== identity) hideWaiting().catch(() => undefined);
    },
    [client, identity],
  );
  return (
    <div role="status" aria-label="New requests" className="visually-hidden">
      <p key={news.id}>{news.text}</p>
    </div>
  );
}
