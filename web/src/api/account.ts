// SPDX-License-Identifier: Apache-2.0
/** Becoming and being somebody: set-up, signing up and in, passwords, invitations, sign-ins of devices. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { ApiError, call } from "./client.ts";
import { become, becomeNobody } from "./session.ts";
import type { Me, Role } from "./types.ts";

/** What the server offers to those who are not signed in. */
export interface ServerOffer {
  /** There is no operator yet. */
  needed: boolean;
  signup: "closed" | "invite" | "open";
  mailEnabled: boolean;
}

export function useServerOffer() {
  return useQuery({
    queryKey: ["offer"],
    queryFn: ({ signal }) => call<ServerOffer>("GET", "/api/setup", { signal }),
    staleTime: 60_000,
  });
}

export interface Credentials {
  email: string;
  password: string;
}

export function setUp(body: Credentials & { token: string; accountName?: string }): Promise<unknown> {
  return call("POST", "/api/setup", { body });
}

export function signIn(body: Credentials): Promise<{ user: { emailVerified: boolean } }> {
  return call("POST", "/api/auth/login", { body });
}

export function signUp(body: Credentials): Promise<{ emailVerificationSent: boolean }> {
  return call("POST", "/api/auth/signup", { body });
}

/** Says the same for every address. */
export function askForResetLink(email: string): Promise<unknown> {
  return call("POST", "/api/auth/forgot-password", { body: { email } });
}

export function resetPassword(body: { token: string; password: string }): Promise<unknown> {
  return call("POST", "/api/auth/reset-password", { body });
}

export function verifyEmail(token: string): Promise<unknown> {
  return call("POST", "/api/auth/verify-email", { body: { token } });
}

export function resendVerification(email: string): Promise<unknown> {
  return call("POST", "/api/auth/resend-verification", { body: { email } });
}

export interface Invitation {
  account: { name: string };
  role: Role;
  roleLabel: string;
  /** Whom it is for; null: for whoever has the link. */
  email: string | null;
  invitedBy: string | null;
  expiresAt: string;
}

/** What the link invites to. It is not used up by that. */
export function lookAtInvite(token: string, signal: AbortSignal): Promise<Invitation> {
  return call("POST", "/api/auth/invite", { body: { token }, signal });
}

export interface Accepted {
  account: { accountId: string; name: string };
  role: Role;
}

/** Without credentials: as the one who is signed in. */
export function acceptInvite(body: { token: string } & Partial<Credentials>): Promise<Accepted> {
  return call("POST", "/api/auth/accept-invite", { body });
}

export function answerDevice(userCode: string, answer: "authorize" | "deny"): Promise<unknown> {
  return call("POST", `/api/auth/device/${answer}`, { body: { userCode } });
}

/** Ends the session and goes on to the sign-in; `failed` when the server could not be reached. */
export function useSignOut(): { run: () => void; failed: boolean } {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [failed, setFailed] = useState(false);
  const run = () => {
    setFailed(false);
    call("POST", "/api/auth/logout").then(
      () => {
        becomeNobody(client);
        void navigate("/login", { replace: true });
      },
      (problem: unknown) => {
        // Without a session there is nothing to end.
        if (problem instanceof ApiError && problem.status === 401) void navigate("/login", { replace: true });
        else setFailed(true);
      },
    );
  };
  return { run, failed };
}

/** After the session has become another one: forgets what the last one was shown, and learns who it is now. */
export function useEnter(): () => Promise<Me> {
  const client = useQueryClient();
  return async () => {
    const me = await call<Me>("GET", "/api/auth/me");
    become(client, me);
    return me;
  };
}
