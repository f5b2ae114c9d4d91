// SPDX-License-Identifier: Apache-2.0
/** Secrets that links carry behind the `#`. */
import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";

export function tokenIn(hash: string): string | null {
  const token = new URLSearchParams(hash.replace(/^#/, "")).get("token")?.trim();
  return token === undefined || token === "" ? null : token;
}

/**
 * The token of the link that opened the page, or null. It is taken out of the address bar and the history at
 * once, and lives in the page alone: a second link that is opened in the same window takes its place.
 */
export function useFragmentToken(): string | null {
  const { pathname, search, hash } = useLocation();
  const navigate = useNavigate();
  const found = tokenIn(hash);
  const [token, setToken] = useState(found);
  if (found !== null && found !== token) setToken(found);
  useEffect(() => {
    if (found !== null) void navigate(pathname + search, { replace: true });
  }, [found, navigate, pathname, search]);
  return found ?? token;
}
