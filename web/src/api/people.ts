// SPDX-License-Identifier: Apache-2.0
/** People of the account, what they are signed in with, and the account's settings. */
import { useQuery } from "@tanstack/react-query";
import { call, segment } from "./client.ts";
import { keys } from "./queries.ts";
import type { Authority, Role } from "./types.ts";

export interface Member {
  memberId: string;
  userId: string;
  email: string;
  role: Role;
  roleLabel: string;
  createdAt: string;
  you: boolean;
}

export interface Invite {
  inviteId: string;
  role: Role;
  roleLabel: string;
  email: string | null;
  invitedBy: string | null;
  createdAt: string;
  expiresAt: string;
}

export interface Token {
  tokenId: string;
  name: string;
  tokenPreview: string;
  createdAt: string;
  lastUsedAt: string | null;
  /** Of whom it is; only owners and admins are told. */
  userId?: string | null;
  email?: string | null;
}

export interface Session {
  sessionId: string;
  current: boolean;
  kind: string;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  userAgent: string | null;
  address: string | null;
}

export interface AccountSettings {
  email: string | null;
  appUrl: string;
  account: { accountId: string; name: string };
  separationOfDuties: boolean;
  logRetentionDays: number;
  signup: string;
  mailEnabled: boolean;
  webhooksEnabled: boolean;
  workspaceAuthority: Authority;
}

const MEMBERS = "/api/dashboard/members";
const INVITES = `${MEMBERS}/invites`;
const TOKENS = "/api/dashboard/tokens";
const SESSIONS = "/api/auth/sessions";
const SETTINGS = "/api/dashboard/settings";

export const inviteKey = [...keys.members, "invites"];

export function useMembers() {
  return useQuery({
    queryKey: keys.members,
    queryFn: ({ signal }) => call<{ members: Member[] }>("GET", MEMBERS, { signal }),
    select: (answer) => answer.members,
  });
}

/** Only for those who may manage members. */
export function useInvites() {
  return useQuery({
    queryKey: inviteKey,
    queryFn: ({ signal }) => call<{ invites: Invite[] }>("GET", INVITES, { signal }),
    select: (answer) => answer.invites,
  });
}

export const changeRole = (memberId: string, role: Role) =>
  call<{ member: Member }>("PATCH", `${MEMBERS}/${segment(memberId)}`, { body: { role } });

export const removeMember = (memberId: string) =>
  call<{ removed: boolean }>("DELETE", `${MEMBERS}/${segment(memberId)}`);

export const leaveAccount = () => call<{ left: boolean }>("POST", `${MEMBERS}/leave`, { body: {} });

export const createInvite = (role: Role, email: string) =>
  call<Invite & { inviteUrl: string }>("POST", INVITES, {
    body: { role, ...(email === "" ? {} : { email }) },
  });

export const deleteInvite = (inviteId: string) =>
  call<{ deleted: boolean }>("DELETE", `${INVITES}/${segment(inviteId)}`);

export function useTokens() {
  return useQuery({
    queryKey: keys.tokens,
    queryFn: ({ signal }) => call<{ tokens: Token[] }>("GET", TOKENS, { signal }),
    select: (answer) => answer.tokens,
  });
}

export const createToken = (name: string) =>
  call<Token & { token: string }>("POST", TOKENS, { body: { name } });

export const revokeToken = (tokenId: string) => call<undefined>("DELETE", `${TOKENS}/${segment(tokenId)}`);

export function useSessions() {
  return useQuery({
    queryKey: keys.sessions,
    queryFn: ({ signal }) => call<{ sessions: Session[] }>("GET", SESSIONS, { signal }),
    select: (answer) => answer.sessions,
  });
}

export const revokeSession = (sessionId: string) =>
  call<{ revoked: boolean }>("DELETE", `${SESSIONS}/${segment(sessionId)}`);

export const revokeOtherSessions = () => call<{ revoked: number }>("DELETE", SESSIONS);

export function useSettings() {
  return useQuery({
    queryKey: keys.settings,
    queryFn: ({ signal }) => call<AccountSettings>("GET", SETTINGS, { signal }),
  });
}

export const changeSettings = (body: { name?: string; separationOfDuties?: boolean }) =>
  call<AccountSettings>("PATCH", SETTINGS, { body });

export const changePassword = (currentPassword: string, newPassword: string) =>
  call<unknown>("POST", "/api/auth/change-password", { body: { currentPassword, newPassword } });
