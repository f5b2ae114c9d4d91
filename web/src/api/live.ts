// SPDX-License-Identifier: Apache-2.0
/**
 * Changes of approvals as they happen. One page of a browser holds the stream and tells the others: a browser opens six
 * connections to a server at most, and a stream keeps one. Where that cannot be agreed on (no HTTPS), each visible page
 * has its own. Without a stream pages ask at intervals: `useIsLive`.
 */
import { useSyncExternalStore } from "react";

export const STREAM = "/api/dashboard/approvals/stream";
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const LONG_HIDDEN_MS = 30_000;

/** How long to wait before the next connection, after `failures` that came in a row. */
export function waitAfter(failures: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1));
}

interface Handlers {
  /** Something changed, or may have: list anew. */
  onChange: () => void;
  onConnected: (connected: boolean) => void;
}

/** Holds the stream open until it is told to stop. */
function holdStream({ onChange, onConnected }: Handlers): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const open = () => {
    close();
    const opened = new EventSource(STREAM);
    source = opened;
    opened.addEventListener("ready", () => {
      failures = 0;
      onConnected(true);
      onChange(); // what happened before came to nobody
    });
    opened.addEventListener("approval", onChange);
    opened.addEventListener("refresh", onChange);
    opened.onerror = () => {
      onConnected(false);
      if (opened.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      timer = setTimeout(open, waitAfter(++failures));
    };
  };
  let hiddenAt: number | null = null;
  const onVisibility = () => {
    if (document.visibilityState === "hidden") hiddenAt = Date.now();
    // A machine that slept may believe in a connection that is long gone.
    else if (hiddenAt !== null && Date.now() - hiddenAt > LONG_HIDDEN_MS) open();
  };
  addEventListener("online", open);
  document.addEventListener("visibilitychange", onVisibility);
  open();
  return () => {
    removeEventListener("online", open);
    document.removeEventListener("visibilitychange", onVisibility);
    close();
    onConnected(false);
  };
}

/** One stream for all pages of this browser. */
function shareStream(name: string, { onChange, onConnected }: Handlers): () => void {
  const channel = new BroadcastChannel(name);
  const giveUp = new AbortController();
  let leads = false;
  let connected = false;
  const tell = (message: "changed" | "connected" | "apart" | "hello") => channel.postMessage(message);
  const say = () => tell(connected ? "connected" : "apart");
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (leads) {
      if (data === "hello") say();
    } else if (data === "changed") onChange();
    else if (data === "connected") onConnected(true);
    else if (data === "apart") onConnected(false);
  };
  const lead = () =>
    new Promise<void>((release) => {
      leads = true;
      const stop = holdStream({
        onChange: () => {
          onChange();
          tell("changed");
        },
        onConnected: (now) => {
          connected = now;
          onConnected(now);
          say();
        },
      });
      const leave = () => {
        stop();
        release();
      };
      if (giveUp.signal.aborted) leave();
      else giveUp.signal.addEventListener("abort", leave);
    });
  navigator.locks.request(name, { signal: giveUp.signal }, lead).catch(() => undefined);
  tell("hello");
  return () => {
    giveUp.abort();
    channel.close();
    onConnected(false);
  };
}

/** A stream of this page's own, while somebody can see it. */
function ownStream(handlers: Handlers): () => void {
  let stop: (() => void) | null = null;
  const turn = () => {
    if (document.visibilityState === "visible") stop ??= holdStream(handlers);
    else {
      stop?.();
      stop = null;
    }
  };
  document.addEventListener("visibilitychange", turn);
  turn();
  return () => {
    document.removeEventListener("visibilitychange", turn);
    stop?.();
  };
}

let live = false;
const listeners = new Set<() => void>();

function setLive(now: boolean): void {
  if (live === now) return;
  live = now;
  listeners.forEach((tell) => tell());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Do changes come by themselves? If not, ask more often. */
export function useIsLive(): boolean {
  return useSyncExternalStore(subscribe, () => live);
}

/** Calls at once, then at most once in `everyMs`; the last call is never lost. */
export function atMostEvery(everyMs: number, run: () => void): { call: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const go = () => {
    again = false;
    run();
    timer = setTimeout(() => {
      timer = undefined;
      if (again) go();
    }, everyMs);
  };
  return {
    call: () => {
      if (timer === undefined) go();
      else again = true;
    },
    stop: () => clearTimeout(timer),
  };
}

/** Listens to an account's approvals. Returns how to stop. */
export function listenToApprovals(accountId: string, onChange: () => void): () => void {
  const changes = atMostEvery(400, onChange);
  const handlers = { onChange: changes.call, onConnected: setLive };
  const isShared = "locks" in navigator && "BroadcastChannel" in window;
  const stop = isShared ? shareStream(`behalf-approvals-${accountId}`, handlers) : ownStream(handlers);
  return () => {
    stop();
    changes.stop();
  };
}
