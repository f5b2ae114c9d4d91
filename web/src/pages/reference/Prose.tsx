// SPDX-License-Identifier: Apache-2.0
/** The little Markdown of the document: paragraphs, lists, code between backticks. */
import { Fragment } from "react";
import { blocksOf, piecesOf } from "./prose.ts";
import styles from "./Reference.module.css";

/** One line of text. Long names may break where their parts end. */
export function Words({ text }: { text: string }) {
  return piecesOf(text).map(({ code, text: piece }, place) =>
    code ? (
      <code key={place} className={styles.word}>
        {piece}
      </code>
    ) : (
      <Fragment key={place}>{piece}</Fragment>
    ),
  );
}

export function Prose({ text }: { text: string }) {
  return (
    <div className={styles.prose}>
      {blocksOf(text).map((block, place) =>
        block.items === null ? (
          <p key={place}>
            <Words text={block.text} />
          </p>
        ) : (
          <ul key={place}>
            {block.items.map((item, number) => (
              <li key={number}>
                <Words text={item} />
              </li>
            ))}
          </ul>
        ),
      )}
    </div>
  );
}
