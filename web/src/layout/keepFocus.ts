// SPDX-License-Identifier: Apache-2.0
/**
 * Who works by keyboard or hears the page stands somewhere in it. When what held the focus goes (a row that was deleted,
 * a link to another page, a form in whose place a secret stands), browsers drop the focus to nowhere. This puts it on
 * the heading of what is there then, or on the window over it.
 */

/** Long enough for a window that closes to give the focus back itself. */
const SOON_MS = 60;

function isNowhere(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** Null while the page is loading. */
function placeToStand(): HTMLElement | null {
  const windows = document.querySelectorAll<HTMLElement>('[role="dialog"]:not([hidden])');
  return [...windows].at(-1) ?? document.querySelector<HTMLElement>("main h1");
}

/** Once, at the start of the page. */
export function keepFocus(): void {
  let last: Element | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const check = () => {
    timer = undefined;
    if (last === null || last.isConnected || !isNowhere()) return;
    const place = placeToStand();
    if (place === null) return; // it is looked for again when something appears
    last = null;
    if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  };
  const look = () => {
    if (last !== null && !last.isConnected) timer ??= setTimeout(check, SOON_MS);
  };
  document.addEventListener("focusin", ({ target }) => {
    last = target instanceof Element ? target : null;
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget !== null || !(target instanceof Element)) return;
    // Whoever clicks beside it wants to leave it. That it goes, or is disabled while it works, is nobody's wish.
    queueMicrotask(() => {
      const isLeft = target.isConnected && !target.matches(":disabled") && document.activeElement !== target;
      if (isLeft && last === target) last = null;
    });
  });
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}
