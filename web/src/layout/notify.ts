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

/** Shows one for each that is new, and takes away those that no longer wait. */
export async function showWaiting(fresh: readonly Approval[], waiting: readonly Approval[]): Promise<void> {
  if (currentState() !== "on") return;
  const worker = await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  const ids = new Set(waiting.map((approval) => approval.approvalId));
  for (const shown of await worker.getNotifications()) {
    if (shown.tag.startsWith("apr_") && !ids.has(shown.tag)) shown.close();
  }
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
