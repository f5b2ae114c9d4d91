// SPDX-License-Identifier: Apache-2.0
/** JSON as it goes over the wire, indented; names, texts and truths are told apart a little. */
import styles from "./Json.module.css";

interface Piece {
  text: string;
  kind: "name" | "text" | "word" | "plain";
}

/** Splits indented JSON; joined again, the pieces are the text. */
export function pieces(json: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of json.matchAll(/("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?/g)) {
    if (match.index > end) found.push({ text: json.slice(end, match.index), kind: "plain" });
    const [all, quoted, colon] = match;
    if (quoted === undefined) found.push({ text: all, kind: "word" });
    else if (colon === undefined) found.push({ text: all, kind: "text" });
    else found.push({ text: quoted, kind: "name" }, { text: colon, kind: "plain" });
    end = match.index + all.length;
  }
  if (end < json.length) found.push({ text: json.slice(end), kind: "plain" });
  return found;
}

/** On one line, with blanks between its parts. */
function onOneLine(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");
}

export function Json({ value, compact = false }: { value: unknown; compact?: boolean }) {
  const text = compact ? onOneLine(value) : JSON.stringify(value, null, 2);
  return (
    <pre className={styles.json}>
      <code>
        {pieces(text).map((piece, place) => (
          <span key={place} className={styles[piece.kind]}>
            {piece.text}
          </span>
        ))}
      </code>
    </pre>
  );
}
