// SPDX-License-Identifier: Apache-2.0
import { useSyncExternalStore } from "react";

/** The same width as in Approvals.module.css: a list and a request have room beside each other. */
const wide = matchMedia("(min-width: 64rem)");

function subscribe(listener: () => void): () => void {
  wide.addEventListener("change", listener);
  return () => wide.removeEventListener("change", listener);
}

export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => wide.matches);
}
