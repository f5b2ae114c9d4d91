// SPDX-License-Identifier: Apache-2.0
/**
 * Texts that agents send may hold characters that show nothing, or that turn the order of what follows. Somebody who
 * decides about a command must see them, so they are cut out and named.
 */
export interface Piece {
  text: string;
  /** Written in place of what cannot be seen: "U+202E". */
  odd: boolean;
}

/* Controls, format characters (zero width, direction), separators but the blank, private use, lone surrogates, fillers
   that look like blanks, and variation selectors but the one that belongs to a picture. */
const ODD = new RegExp(
  [
    String.raw`[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]`,
    String.raw`\u034f|\u17b4|\u17b5|[\u115f\u1160\u2800\u3164\uffa0]`,
    String.raw`(?! )\p{Zs}`,
    String.raw`[\ufe00-\ufe0e]|[\u{e0100}-\u{e01ef}]|(?<!\p{Extended_Pictographic})\ufe0f`,
  ].join("|"),
  "gu",
);
const NAMED: Record<string, string> = {
  "\t": "tab",
  "\r": "carriage return",
  "\u001b": "escape",
  "\u0000": "NUL",
};

function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return NAMED[character] ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/* More than two empty lines push what follows out of sight. */
const EMPTY_LINES = /\n(?: *\n){3,}/g;

/** Pieces of a text without long runs of empty lines. */
function characterPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ODD)) {
    if (match[0] === "\n") continue; // shown as what it is
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), odd: false });
    pieces.push({ text: nameOf(match[0]), odd: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), odd: false });
  return pieces;
}

/** The text in pieces, in order; those that are `odd` name a character each, or a run of empty lines. */
export function exactPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(EMPTY_LINES)) {
    const feeds = match[0].split("\n").length - 1;
    const empty = match.index === 0 ? feeds : feeds - 1; // the first ends a line, if there is one
    pieces.push(...characterPieces(text.slice(from, match.index)));
    if (match.index > 0) pieces.push({ text: "\n", odd: false });
    pieces.push({ text: `${empty} empty lines`, odd: true }, { text: "\n", odd: false });
    from = match.index + match[0].length;
  }
  pieces.push(...characterPieces(text.slice(from)));
  return pieces;
}

/** "401 lines, 435 characters". */
export function sizeInWords(text: string): string {
  const lines = text.split("\n").length;
  const characters = Array.from(text).length;
  return `${lines} ${lines === 1 ? "line" : "lines"}, ${characters} ${characters === 1 ? "character" : "characters"}`;
}

/** The text in plain words, for where there are no marks: `rm[U+202E] x`. */
export function namedText(text: string): string {
  return exactPieces(text)
    .map((piece) => (piece.odd ? `[${piece.text}]` : piece.text))
    .join("");
}

export function hasOddCharacters(text: string): boolean {
  return exactPieces(text).some((piece) => piece.odd);
}

/** A run of blanks and ends of lines, or what stands between two of them. */
export interface Word {
  isBlank: boolean;
  pieces: Piece[];
}

/** The text as words and the blanks between them, in order: put together again they are the text. */
export function exactWords(text: string): Word[] {
  const words: Word[] = [];
  let word: Piece[] = [];
  const endWord = () => {
    if (word.length > 0) words.push({ isBlank: false, pieces: word });
    word = [];
  };
  for (const piece of exactPieces(text)) {
    if (piece.odd) {
      word.push(piece);
      continue;
    }
    for (const run of piece.text.match(/[ \n]+|[^ \n]+/gu) ?? []) {
      if (/^[^ \n]/u.test(run)) {
        word.push({ text: run, odd: false });
        continue;
      }
      endWord();
      words.push({ isBlank: true, pieces: [{ text: run, odd: false }] });
    }
  }
  endWord();
  return words;
}

/** For places that can only hold text, and show it outside of the page: without what would turn or hide its parts. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
