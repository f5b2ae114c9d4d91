// SPDX-License-Identifier: Apache-2.0
/** Who is signed in, and what the role allows. The server decides; pages only leave out what it would refuse. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, Fragment, useContext, useEffect, useRef, type ReactNode } from "react";
import { Navigate, useLocation, useNavigate } from "react-router";
import { ApiError, call, onSessionExpired } from "../api/client.ts";
import { keys } from "../api/queries.ts";
import { forgetAnswers, identityOf } from "../api/session.ts";
import type { Me, Role } from "../api/types.ts";
import { useTell } from "../ui/Notices.tsx";
import { Failure, Loading } from "../ui/States.tsx";

export type Right = "approve" | "manage" | "manageAccount" | "eraseLogs";

const RIGHTS: Record<Right, readonly Role[]> = {
  approve: ["approver", "admin", "owner"],
  /** Agents, permissions, webhooks, sites, members. */
  manage: ["admin", "owner"],
  manageAccount: ["owner"],
  eraseLogs: ["owner"],
};

export function roleMay(role: Role, right: Right): boolean {
  return RIGHTS[right].includes(role);
}

const Context = createContext<Me | null>(null);

/** On pages behind RequireSession. */
export function useMe(): Me {
  const me = useContext(Context);
  if (me === null) throw new Error("useMe() outside of RequireSession");
  return me;
}

export function useMay(right: Right): boolean {
  return roleMay(useMe().role, right);
}

async function askWho(signal: AbortSignal): Promise<Me | null> {
  try {
    return await call<Me>("GET", "/api/auth/me", { signal });
  } catch (problem) {
    if (problem instanceof ApiError && problem.status === 401) return null;
    throw problem;
  }
}

/** The signed-in person, or null; for pages that are for everybody. `staleTime`: how old the answer may be, in ms. */
export function useMaybeMe(staleTime = 60_000) {
  const client = useQueryClient();
  return useQuery({
    queryKey: keys.me,
    queryFn: async ({ signal }) => {
      const before = client.getQueryData<Me | null>(keys.me);
      const now = await askWho(signal);
      // Another page of this browser signed in or changed the account: nothing of the one before is shown as the new.
      if (before && (now === null || identityOf(now) !== identityOf(before))) forgetAnswers(client);
      return now;
    },
    staleTime,
    refetchOnWindowFocus: "always",
  });
}

const PING_EVERY_MS = 5 * 60_000;

/** Somebody who reads, types or scrolls is active, also without a request. */
function usePingOnActivity(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    let last = Date.now();
    const ping = () => {
      if (Date.now() - last < PING_EVERY_MS) return;
      last = Date.now();
      call("POST", "/api/auth/session/ping").catch(() => undefined);
    };
    const events = ["pointerdown", "keydown", "scroll"] as const;
    events.forEach((event) => addEventListener(event, ping, { passive: true }));
    return () => events.forEach((event) => removeEventListener(event, ping));
  }, [active]);
}

const OURS = "http://ours.invalid";

/** The path that a browser makes of it: tabs, line feeds and dots are not where they seem to be. Null: none of ours. */
function pathOf(address: string): string | null {
  try {
    const { origin, pathname, search, hash } = new URL(address, OURS);
    return origin === OURS && !pathname.startsWith("//") ? pathname + search + hash : null;
  } catch {
    return null;
  }
}

/** Where to go on after signing in; only ever a path of our own. */
export function safeNext(next: string | null): string {
  return (next?.startsWith("/") === true ? pathOf(next) : null) ?? "/dashboard";
}

/** Says so when the page has become another person's or account's, which another page may have done. */
function useTellChange(me: Me | null | undefined): void {
  const shown = useRef<string | null>(null);
  const tell = useTell();
  useEffect(() => {
    if (!me) return;
    const now = identityOf(me);
    if (shown.current !== null && shown.current !== now)
      tell(`You are now ${me.user.email} in the account ${me.account.name}.`);
    shown.current = now;
  }, [me, tell]);
}

export function RequireSession({ children }: { children: ReactNode }) {
  const me = useMaybeMe();
  const location = useLocation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const here = location.pathname + location.search;
  usePingOnActivity(Boolean(me.data));
  useTellChange(me.data);
  useEffect(
    () =>
      onSessionExpired(() => {
        if (client.getQueryData(keys.me) == null) return; // was never signed in
        client.clear();
        void navigate(`/login?expired=1&next=${encodeURIComponent(here)}`, { replace: true });
      }),
    [client, navigate, here],
  );
  if (me.isError) return <Failure error={me.error} onRetry={() => void me.refetch()} />;
  if (me.data === undefined) return <Loading lines={6} />;
  if (me.data === null) return <Navigate to={`/login?next=${encodeURIComponent(here)}`} replace />;
  if (!me.data.user.emailVerified) return <Navigate to="/verify-email" replace />;
  return (
    <Context value={me.data}>
      <Fragment key={identityOf(me.data)}>{children}</Fragment>
    </Context>
  );
}
