// SPDX-License-Identifier: Apache-2.0
import styles from "./Exact.module.css";
import { exactPieces, exactWords, type Piece } from "./exactText.ts";

function show(pieces: readonly Piece[]) {
  return pieces.map((piece, index) =>
    piece.odd ? (
      <mark key={index} className={styles.odd} title="A character that cannot be seen">
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

/** A command or path, whole, wrapping between its words. */
export function ExactBlock({ text, label }: { text: string; label: string }) {
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.label}>{label}</figcaption>
      <pre className={`${styles.block} exact`}>
        <Words text={text} />
      </pre>
    </figure>
  );
}
