// SPDX-License-Identifier: Apache-2.0
/**
 * Notifications of this browser about requests that wait. They are asked for by a button alone, shown while a page of
 * ours is open, and say who asks for what: never a command or a path, since a locked screen shows them too.
 */
import { useSyncExternalStore } from "react";
import type { Approval } from "../api/types.ts";
import { plainText } from "../ui/exactText.ts";

const KEY = "behalf-notify";
export type NotifyState = "on" | "off" | "refused" | "impossible";

function wants(): boolean {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false; // storage may be forbidden
  }
}

function currentState(): NotifyState {
  if (!("Notification" in window) || !("serviceWorker" in navigator)) return "impossible";
  if (Notification.permission === "denied") return "refused";
  return Notification.permission === "granted" && wants() ? "on" : "off";
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
}

export function useNotifyState(): NotifyState {
  return useSyncExternalStore(subscribe, currentState);
}

/** Turns them on, which asks the person, or off. */
export async function setNotify(on: boolean): Promise<NotifyState> {
  if (on && currentState() !== "impossible") {
    await Notification.requestPermission();
    if (Notification.permission === "granted") await navigator.serviceWorker.register("/sw.js");
  }
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // asked again on the next visit then
  }
  listeners.forEach((tell) => tell());
  return currentState();
}

/** What a notification says. */
export function notice(approval: Approval): { title: string; body: string } {
  const who = approval.agentName ?? approval.agentId;
  const what = approval.vendor === null ? approval.action : `${approval.action} on ${approval.vendor}`;
  return { title: `${plainText(who)} waits for you`, body: plainText(what) };
}

/** Takes away those that are shown of requests, but for the ones to keep. */
async function close(worker: ServiceWorkerRegistration, kept: ReadonlySet<string>): Promise<void> {
  for (const shown of await worker.getNotifications()) {
    if (shown.tag.startsWith("apr_") && !kept.has(shown.tag)) shown.close();
  }
}

let last: Promise<void> = Promise.resolve();

/** One step after the other: what is taken away is not shown again by a step that began before. */
function inTurn(step: () => Promise<void>): Promise<void> {
  last = last.then(step, step);
  return last;
}

async function show(fresh: readonly Approval[], waiting: readonly Approval[]): Promise<void> {
  if (currentState() !== "on") return;
  const worker = await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  await close(worker, new Set(waiting.map((approval) => approval.approvalId)));
  for (const approval of fresh) {
    const { title, body } = notice(approval);
    await worker.showNotification(title, {
      body,
      tag: approval.approvalId, // several pages that are open show it once
      icon: "/icon-192.png",
      data: { path: `/dashboard/approvals?approvalId=${encodeURIComponent(approval.approvalId)}` },
    });
  }
}

/** Shows one for each that is new, and takes away those that no longer wait. */
export function showWaiting(fresh: readonly Approval[], waiting: readonly Approval[]): Promise<void> {
  return inTurn(() => show(fresh, waiting));
}

/** Whoever signed out is told nothing any more, and leaves nothing on the screen for whoever comes next. */
export function hideWaiting(): Promise<void> {
  return inTurn(async () => {
    if (!("serviceWorker" in navigator)) return;
    const worker = await navigator.serviceWorker.getRegistration();
    if (worker !== undefined) await close(worker, new Set());
  });
}
