// SPDX-License-Identifier: Apache-2.0
/** Single keys as shortcuts. Whoever dictates, or hits keys by accident, can turn them off; kept in this browser. */
import { useEffect, useEffectEvent, useState, type RefObject } from "react";

const KEY = "behalf-shortcuts";

function areOn(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true; // storage may be forbidden
  }
}

export function useShortcutsOn(): [on: boolean, turn: (on: boolean) => void] {
  const [on, setOn] = useState(areOn);
  const turn = (next: boolean) => {
    setOn(next);
    try {
      localStorage.setItem(KEY, next ? "on" : "off");
    } catch {
      // holds for this page alone then
    }
  };
  return [on, turn];
}

/** Does this key belong to what has the focus? */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest("input, textarea, select, [contenteditable=true]") !== null
  );
}

/** Is a window (a dialog, the menu) over the page? It unmounts when it closes. */
function isCovered(): boolean {
  return document.querySelector("[role=dialog]") !== null;
}

/** Runs what belongs to a key, by `event.key`, while no window is over the page. */
export function useShortcuts(
  on: boolean,
  actions: Readonly<Record<string, (event: KeyboardEvent) => void>>,
): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
    if (isTyping(event.target) || isCovered() || !Object.hasOwn(actions, event.key)) return;
    actions[event.key]?.(event);
  });
  useEffect(() => {
    if (!on) return;
    const listen = (event: KeyboardEvent) => onKey(event);
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [on]);
}

/** Escape belongs to `part` before the window in which it stands, but after one that is over it. */
export function useEscape(part: RefObject<HTMLElement | null>, run: () => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const isInWindow = part.current?.closest("[role=dialog]") != null;
    if (!isInWindow && isCovered()) return;
    event.preventDefault(); // the window leaves it alone then
    run();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    addEventListener("keydown", listen, { capture: true });
    return () => removeEventListener("keydown", listen, { capture: true });
  }, []);
}
