// SPDX-License-Identifier: Apache-2.0
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { Button } from "./Button.tsx";
import styles from "./Exact.module.css";
import { exactPieces, exactWords, sizeInWords, type Piece } from "./exactText.ts";

function show(pieces: readonly Piece[]) {
  return pieces.map((piece, index) =>
    piece.odd ? (
      <mark key={index} className={styles.odd} title="It cannot be seen by itself">
        {piece.text}
      </mark>
    ) : (
      piece.text
    ),
  );
}

/** What an agent sent, with what cannot be seen in it named. Its direction does not reach what stands around it. */
export function Exact({ text }: { text: string }) {
  return <bdi>{show(exactPieces(text))}</bdi>;
}

/** Breaks at blanks alone, so that no line ends in "--": a word too long for a line goes on further in. */
function Words({ text }: { text: string }) {
  return (
    <bdi>
      {exactWords(text).map(({ isBlank, pieces }, index) =>
        isBlank ? (
          show(pieces)
        ) : (
          <span key={index} className={styles.word}>
            {show(pieces)}
          </span>
        ),
      )}
    </bdi>
  );
}

/** Whether a part of `element` is out of sight, and whether its end is in sight. */
function look(element: HTMLElement): { overflows: boolean; atEnd: boolean } {
  const { scrollTop, clientHeight, scrollHeight } = element;
  return {
    overflows: scrollHeight > clientHeight + 1,
    atEnd: scrollTop + clientHeight >= scrollHeight - 4, // of a pixel or two, zoomed
  };
}

/**
 * A command or path, whole, wrapping between its words. A long one is cut to a height, and says so: its end is where the harm
 * hides. `onRead` is called once its end was in sight, which for a short one is at once.
 */
export function ExactBlock({ text, label, onRead }: { text: string; label: string; onRead?: () => void }) {
  const block = useRef<HTMLPreElement>(null);
  const [overflows, setOverflows] = useState(false);
  const [all, setAll] = useState(false);
  const check = useEffectEvent(() => {
    if (block.current === null) return;
    const seen = look(block.current);
    setOverflows(seen.overflows);
    if (seen.atEnd) onRead?.();
  });
  useEffect(() => {
    if (block.current === null) return;
    const element = block.current;
    const listen = () => check();
    const watch = new ResizeObserver(listen); // tells once at the beginning, too
    watch.observe(element);
    element.addEventListener("scroll", listen);
    return () => {
      watch.disconnect();
      element.removeEventListener("scroll", listen);
    };
  }, [text]);
  const reach = overflows ? { tabIndex: 0, role: "region", "aria-label": label } : {};
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.label}>{label}</figcaption>
      {/* What scrolls must be reachable by keyboard. */}
      <pre ref={block} {...reach} className={`${styles.block} ${all ? styles.all : ""} exact`}>
        <Words text={text} />
      </pre>
      {overflows ? (
        <div className={styles.cut}>
          <p>
            <strong>{sizeInWords(text)}</strong>: read to the end.
          </p>
          <Button onClick={() => setAll(true)}>Show all</Button>
        </div>
      ) : null}
    </figure>
  );
}
