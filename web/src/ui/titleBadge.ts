// SPDX-License-Identifier: Apache-2.0
/** A number before the title of the window, so that a page in the background can say that something waits. */
import { useSyncExternalStore } from "react";

let count = 0;
const listeners = new Set<() => void>();

export function setTitleBadge(next: number): void {
  if (count === next) return;
  count = next;
  listeners.forEach((tell) => tell());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** "(3) " or "". */
export function useTitleBadge(): string {
  const now = useSyncExternalStore(subscribe, () => count);
  if (now === 0) return "";
  return now > 99 ? "(99+) " : `(${now}) `;
}
