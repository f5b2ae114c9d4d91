// SPDX-License-Identifier: Apache-2.0

/**
 * The filters of the address as it stands. What the router hands out may be a step behind when two filters are changed
 * one right after the other, and the second change would undo the first.
 */
export function currentParams(): URLSearchParams {
  return new URLSearchParams(window.location.search);
}

/** `params` with these values in it; what is empty or null goes. */
export function withParams(params: URLSearchParams, changes: Record<string, string | null>): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}
