// SPDX-License-Identifier: Apache-2.0
/** New requests in words for screen readers, a few at most: who reads something else is told, not drowned. */
import { useCallback, useEffect, useRef, useState } from "react";
import { atMostEvery } from "../api/live.ts";
import type { Approval } from "../api/types.ts";
import { notice } from "./notify.ts";

const EVERY_MS = 10_000;

export interface News {
  /** Another one for each announcement, since the same words twice are no news to a screen reader. */
  id: number;
  text: string;
}

/** What is said of requests that are new. */
export function newsOf(fresh: readonly Approval[]): string {
  const [only, ...more] = fresh;
  if (only === undefined) return "";
  if (more.length > 0) return `${fresh.length} new requests wait for you.`;
  const { title, body } = notice(only);
  return `${title}: ${body}.`;
}

/** The words of now, and how to add to them. */
export function useNews(): [news: News, add: (fresh: readonly Approval[]) => void] {
  const [news, setNews] = useState<News>({ id: 0, text: "" });
  const unsaid = useRef<readonly Approval[]>([]);
  const speaking = useRef<ReturnType<typeof atMostEvery> | null>(null);
  useEffect(() => {
    const own = atMostEvery(EVERY_MS, () => {
      const text = newsOf(unsaid.current);
      unsaid.current = [];
      setNews(({ id }) => ({ id: id + 1, text }));
    });
    speaking.current = own;
    return own.stop;
  }, []);
  const add = useCallback((fresh: readonly Approval[]) => {
    if (fresh.length === 0) return;
    unsaid.current = [...unsaid.current, ...fresh];
    speaking.current?.call();
  }, []);
  return [news, add];
}
