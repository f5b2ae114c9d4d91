// SPDX-License-Identifier: Apache-2.0
/** Times: how long ago or how soon, with the exact time in UTC for whoever points at it. */
import { useCallback, useSyncExternalStore } from "react";

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export function relativeTime(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  // The clock is read every half minute: what seems to lie before us by less may have happened since.
  if (Math.abs(seconds) < 45) return seconds > 30 ? "in a moment" : "just now";
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size * 0.95) return relative.format(Math.round(seconds / size), unit);
  }
  return relative.format(Math.round(seconds / 60), "minute");
}

export function dueTime(at: number, now: number): string {
  if (at <= now) return "due now";
  return at - now < 45_000 ? "in a moment" : relativeTime(at, now);
}

/** "2026-11-21 18:05:09 UTC". */
export function exactTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** One clock for all that follow the time at the same pace: a long list has no timer for each of its rows. */
interface Clock {
  now: number;
  listeners: Set<() => void>;
  timer: ReturnType<typeof setInterval> | undefined;
}

const clocks = new Map<number, Clock>();

function clockOf(everyMs: number): Clock {
  let clock = clocks.get(everyMs);
  if (clock === undefined) {
    clock = { now: Date.now(), listeners: new Set(), timer: undefined };
    clocks.set(everyMs, clock);
  }
  // It stands still while nobody looks at it.
  if (clock.timer === undefined) clock.now = Date.now();
  return clock;
}

function follow(everyMs: number, listener: () => void): () => void {
  const clock = clockOf(everyMs);
  clock.listeners.add(listener);
  clock.timer ??= setInterval(() => {
    clock.now = Date.now();
    clock.listeners.forEach((tell) => tell());
  }, everyMs);
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size > 0) return;
    clearInterval(clock.timer);
    clock.timer = undefined;
  };
}

/** The wall clock, refreshed so that relative times stay true. */
export function useNow(everyMs = 30_000): number {
  const subscribe = useCallback((listener: () => void) => follow(everyMs, listener), [everyMs]);
  return useSyncExternalStore(subscribe, () => clocks.get(everyMs)?.now ?? clockOf(everyMs).now);
}

export function Time({
  at,
  exact = false,
  past = false,
}: {
  at: string | null;
  exact?: boolean;
  /** It has happened: never "in a moment", though the server's clock may be ahead of this one. */
  past?: boolean;
}) {
  const now = useNow();
  if (at === null) return <span>never</span>;
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={exactTime(at)}>
      {exact ? exactTime(at) : relativeTime(past ? Math.min(time, now) : time, now)}
    </time>
  );
}

/** When something is to happen; what should have by now is due, not past. */
export function Due({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactTime(at)}>
      {dueTime(Date.parse(at), now)}
    </time>
  );
}
