// SPDX-License-Identifier: Apache-2.0
/** Times: how long ago or how soon, with the exact time in UTC for whoever points at it. */
import { useEffect, useState } from "react";

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

/** "2026-11-21 18:05:09 UTC". */
export function exactTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** The wall clock, refreshed so that relative times stay true. */
export function useNow(everyMs = 30_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
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
