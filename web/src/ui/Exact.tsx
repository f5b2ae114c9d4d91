// SPDX-License-Identifier: Apache-2.0
import styles from "./Exact.module.css";
import { exactPieces } from "./exactText.ts";

/** What an agent sent, with what cannot be seen in it named. Its direction does not reach what stands around it. */
export function Exact({ text }: { text: string }) {
  return (
    <bdi>
      {exactPieces(text).map((piece, index) =>
        piece.odd ? (
          <mark key={index} className={styles.odd} title="A character that cannot be seen">
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </bdi>
  );
}

/** A command or path, whole, wrapping anywhere. */
export function ExactBlock({ text, label }: { text: string; label: string }) {
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.label}>{label}</figcaption>
      <pre className={`${styles.block} exact`}>
        <Exact text={text} />
      </pre>
    </figure>
  );
}
