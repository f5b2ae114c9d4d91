// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "react";
import { useLocation } from "react-router";

/** Goes to the part that the address names, also when it is named once more. `ready` changes when parts appear. */
export function useHash(ready: unknown = null): void {
  const { hash, key } = useLocation();
  useEffect(() => {
    if (hash === "") return;
    let id = hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      // not encoded; an id like any other
    }
    const target = document.getElementById(id);
    target?.scrollIntoView();
    target?.focus({ preventScroll: true });
  }, [hash, key, ready]);
}
