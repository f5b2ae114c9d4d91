// SPDX-License-Identifier: Apache-2.0
/** Guarded web sites: their rules, keys, trusted directories and access log. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { call, segment } from "./client.ts";
import { keys } from "./queries.ts";
import type { Risk } from "./types.ts";

export type SiteStatus = "active" | "disabled";

export interface Site {
  siteId: string;
  name: string;
  domain: string;
  status: SiteStatus;
  createdAt: string;
  updatedAt: string;
}

/** What a person fills in to make a rule. */
export interface SiteRuleDraft {
  name: string;
  status: SiteStatus;
  agentIdentifier: string | null;
  userAgentPattern: string | null;
  /** "*": any trusted directory; otherwise the address of one. */
  verifiedAgent: string | null;
  allowedPaths: string[];
  blockedPaths: string[];
  requiresApproval: boolean;
  notes: string | null;
}

export interface SiteRule extends SiteRuleDraft {
  ruleId: string;
  siteId: string;
  createdAt: string;
  updatedAt: string;
}

export interface SiteKey {
  keyId: string;
  siteId: string;
  name: string;
  keyPreview: string;
  status: "active" | "revoked";
  lastUsedAt: string | null;
  createdAt: string;
}

export interface SiteCheck {
  requestId: string;
  ruleId: string | null;
  domain: string;
  path: string;
  userAgent: string | null;
  agentIdentifier: string | null;
  verifiedAgent: string | null;
  allowed: boolean;
  reason: string;
  risk: Risk;
  createdAt: string;
}

export interface SiteDirectory {
  directoryId: string;
  url: string;
  /** Its keys were given; they are never fetched. */
  pinned: boolean;
  keys: unknown[];
  fetchedAt: string | null;
  attemptedAt: string | null;
  error: string | null;
  createdAt: string;
}

export interface SiteView {
  site: Site;
  rules: SiteRule[];
  /** The newest 25. */
  logs: SiteCheck[];
  keys: SiteKey[];
  directories: SiteDirectory[];
}

export interface SiteAnswer {
  allowed: boolean;
  reason: string;
  requestId: string;
  matchedRuleId: string | null;
  verifiedAgent: string | null;
}

const ROOT = "/api/dashboard/sites";

function siteAt(siteId: string, ...rest: string[]): string {
  return [ROOT, ...[siteId, ...rest].map(segment)].join("/");
}

export const siteKey = (siteId: string) => [...keys.sites, siteId];

export function useSites() {
  return useQuery({
    queryKey: keys.sites,
    queryFn: ({ signal }) => call<{ sites: Site[] }>("GET", ROOT, { signal }),
    select: (answer) => answer.sites,
  });
}

export function useSite(siteId: string) {
  return useQuery({
    queryKey: siteKey(siteId),
    queryFn: ({ signal }) => call<SiteView>("GET", siteAt(siteId), { signal }),
  });
}

const CHECKS_A_PAGE = 25;

export function useSiteChecks(siteId: string) {
  return useInfiniteQuery({
    queryKey: [...siteKey(siteId), "checks"],
    initialPageParam: null as number | null,
    queryFn: ({ signal, pageParam }) =>
      call<{ logs: SiteCheck[]; pagination: { nextBefore: number | null } }>("GET", siteAt(siteId, "logs"), {
        signal,
        query: { limit: CHECKS_A_PAGE, before: pageParam },
      }),
    getNextPageParam: (page) => page.pagination.nextBefore,
  });
}

export const createSite = (body: { name: string; domain: string }) =>
  call<{ site: Site }>("POST", ROOT, { body });

export const changeSite = (siteId: string, body: { name?: string; status?: SiteStatus }) =>
  call<{ site: Site }>("PATCH", siteAt(siteId), { body });

export const deleteSite = (siteId: string) => call<{ deleted: boolean }>("DELETE", siteAt(siteId));

export const createRule = (siteId: string, body: SiteRuleDraft) =>
  call<{ rule: SiteRule }>("POST", siteAt(siteId, "rules"), { body });

export const changeRule = (siteId: string, ruleId: string, body: Partial<SiteRuleDraft>) =>
  call<{ rule: SiteRule }>("PATCH", siteAt(siteId, "rules", ruleId), { body });

export const deleteRule = (siteId: string, ruleId: string) =>
  call<{ deleted: boolean }>("DELETE", siteAt(siteId, "rules", ruleId));

export const createSiteKey = (siteId: string, name: string) =>
  call<{ key: SiteKey; rawKey: string }>("POST", siteAt(siteId, "keys"), { body: { name } });

export const revokeSiteKey = (siteId: string, keyId: string) =>
  call<{ key: SiteKey }>("DELETE", siteAt(siteId, "keys", keyId));

export const addDirectory = (siteId: string, url: string) =>
  call<{ directory: SiteDirectory }>("POST", siteAt(siteId, "directories"), { body: { url } });

export const deleteDirectory = (siteId: string, directoryId: string) =>
  call<{ deleted: boolean }>("DELETE", siteAt(siteId, "directories", directoryId));

export const refreshDirectory = (siteId: string, directoryId: string) =>
  call<{ directory: SiteDirectory }>("POST", siteAt(siteId, "directories", directoryId, "refresh"), {
    body: {},
  });

/** What the site itself would ask, with its own key. */
export const checkSite = (siteKeySecret: string, body: { path: string; userAgent: string }) =>
  call<SiteAnswer>("POST", "/api/site-guard/check", { body, bearer: siteKeySecret });
