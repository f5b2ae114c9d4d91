// SPDX-License-Identifier: Apache-2.0
/** The end of a long list: what follows is loaded when it comes near, or by its button. */
import { useEffect, useEffectEvent, useRef } from "react";
import { Failure } from "./States.tsx";
import { More } from "./Table.tsx";

export function Endless({
  loaded,
  hasMore,
  busy,
  error,
  onMore,
}: {
  /** How much is there already: after each step that brought something the end is looked at anew. */
  loaded: number;
  hasMore: boolean;
  busy: boolean;
  /** Of the last step. It is not tried again by itself. */
  error?: unknown;
  onMore: () => void;
}) {
  const end = useRef<HTMLDivElement>(null);
  const more = useEffectEvent(onMore);
  const waits = hasMore && !busy && !error;
  useEffect(() => {
    if (!waits || end.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) more();
      },
      { rootMargin: "400px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [waits, loaded]);
  if (!hasMore && !error) return null;
  return (
    <div ref={end}>
      {error ? (
        <Failure error={error} onRetry={onMore} />
      ) : (
        <More hasMore={hasMore} busy={busy} onMore={onMore} />
      )}
    </div>
  );
}
