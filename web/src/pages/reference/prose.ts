// SPDX-License-Identifier: Apache-2.0
/** Takes the little Markdown of the document apart. */

export interface Piece {
  code: boolean;
  text: string;
}

export type Block = { text: string; items: null } | { items: string[] };

/** Text and, between backticks, code. A backtick without a second one is text. */
export function piecesOf(text: string): Piece[] {
  return text
    .split(/(`[^`]+`)/)
    .filter((piece) => piece !== "")
    .map((piece) =>
      /^`[^`]+`$/.test(piece) ? { code: true, text: piece.slice(1, -1) } : { code: false, text: piece },
    );
}

/** Paragraphs, and lists of lines that begin with "* " or "- ". */
export function blocksOf(text: string): Block[] {
  return text
    .split(/\n{2,}/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const lines = part.split("\n");
      const isList = lines.every((line) => /^[*-] /.test(line));
      return isList ? { items: lines.map((line) => line.slice(2)) } : { text: lines.join(" "), items: null };
    });
}
