// SPDX-License-Identifier: Apache-2.0
/** Roles in words, and who may give which. The server decides; pages leave out what it would refuse. */
import type { Role } from "../../api/types.ts";

export const ROLES: readonly { role: Role; label: string; may: string }[] = [
  { role: "viewer", label: "Viewer", may: "sees everything, changes nothing" },
  { role: "approver", label: "Approver", may: "also approves and denies requests" },
  { role: "admin", label: "Admin", may: "also changes agents, permissions, webhooks and sites" },
  {
    role: "owner",
    label: "Owner",
    may: "also manages every member, the settings and the deletion of records",
  },
];

export function roleLabel(role: Role): string {
  return ROLES.find((entry) => entry.role === role)?.label ?? role;
}

/** The roles that somebody with `own` may give and take. */
export function givableRoles(own: Role): Role[] {
  if (own === "owner") return ["viewer", "approver", "admin", "owner"];
  return own === "admin" ? ["viewer", "approver"] : [];
}

/** Nobody changes their own role here: who would lower it asks another owner, or leaves. */
export function mayChange(own: Role, member: { role: Role; you: boolean }): boolean {
  return !member.you && givableRoles(own).includes(member.role);
}
