// SPDX-License-Identifier: Apache-2.0
/**
 * The session of this browser. All its pages share it: when one of them becomes another person's or another account's,
 * the others are told, and none goes on showing what it was shown before.
 */
import type { QueryClient } from "@tanstack/react-query";
import { keys } from "./queries.ts";
import type { Me } from "./types.ts";

let channel: BroadcastChannel | null = null;

/** What the cache holds belongs to one person in one account: this names the two. */
export function identityOf(me: Me): string {
  return `${me.user.userId} ${me.account.accountId}`;
}

/** Forgets all answers but who is signed in; what is on the page is asked for anew. */
export function forgetAnswers(client: QueryClient): void {
  const predicate = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey[0] !== keys.me[0];
  client.removeQueries({ type: "inactive", predicate });
  // Not removeQueries() or clear(): what is on the page would go on showing what it has.
  void client.resetQueries({ predicate });
}

/** Once, at the start of the page. */
export function followOtherPages(client: QueryClient): void {
  if (!("BroadcastChannel" in window)) return; // they notice at the next look at them
  channel = new BroadcastChannel("behalf-session");
  channel.onmessage = () => void client.invalidateQueries({ queryKey: keys.me });
}

/** The session is now this person's, in this account. */
export function become(client: QueryClient, me: Me): void {
  client.setQueryData(keys.me, me);
  forgetAnswers(client);
  channel?.postMessage("changed");
}

/** Nobody is signed in any more. The page that is open is left at once, so it may keep what it has until then. */
export function becomeNobody(client: QueryClient): void {
  client.clear();
  client.setQueryData(keys.me, null);
  channel?.postMessage("changed");
}
