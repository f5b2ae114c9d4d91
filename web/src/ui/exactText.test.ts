// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { exactPieces, exactWords, hasOddCharacters, namedText, sizeInWords } from "./exactText.ts";

describe("exactPieces", () => {
  it("leaves ordinary text, of any script, as it is", () => {
    const text = "git push --force origin main\nécho 'naïve 日本 🚀 ⚠\ufe0f'";
    expect(exactPieces(text)).toEqual([{ text, odd: false }]);
    expect(hasOddCharacters(text)).toBe(false);
  });

  it("names what turns the direction, has no width or moves the cursor", () => {
    expect(exactPieces("rm\u202e x\u200b\u001b[2K\t.")).toEqual([
      { text: "rm", odd: false },
      { text: "U+202E", odd: true },
      { text: " x", odd: false },
      { text: "U+200B", odd: true },
      { text: "escape", odd: true },
      { text: "[2K", odd: false },
      { text: "tab", odd: true },
      { text: ".", odd: false },
    ]);
  });

  it("names blanks that are no blanks", () => {
    expect(exactPieces("a\u00a0b\u3164").filter((piece) => piece.odd)).toEqual([
      { text: "U+00A0", odd: true },
      { text: "U+3164", odd: true },
    ]);
  });

  it("names selectors that belong to no picture", () => {
    expect(hasOddCharacters("a\ufe0f")).toBe(true);
    expect(hasOddCharacters("a\u{e0101}")).toBe(true);
  });

  it("names every one of several in a row, and keeps an empty text empty", () => {
    expect(exactPieces("\u200b\u200b")).toHaveLength(2);
    expect(exactPieces("")).toEqual([]);
  });
});

describe("runs of empty lines", () => {
  it("are named when they are longer than two, also with blanks in them", () => {
    expect(exactPieces("a\n\n\nb")).toEqual([{ text: "a\n\n\nb", odd: false }]);
    expect(namedText("a\n\n \n\nb")).toBe("a\n[3 empty lines]\nb");
    expect(namedText(`a${"\n".repeat(400)}b\n`)).toBe("a\n[399 empty lines]\nb\n");
    expect(namedText("\n\n\n\nb")).toBe("[4 empty lines]\nb");
  });
});

describe("sizeInWords", () => {
  it("counts lines, and characters as people do", () => {
    expect(sizeInWords("🚀")).toBe("1 line, 1 character");
    expect(sizeInWords("a\nb")).toBe("2 lines, 3 characters");
  });
});

describe("exactWords", () => {
  it("parts a text at blanks alone, and loses none of it", () => {
    const text = " kubectl --context  prod\n--namespace=eu-west ";
    const words = exactWords(text);
    expect(words.filter((word) => !word.isBlank).map((word) => word.pieces[0]?.text)).toEqual([
      "kubectl",
      "--context",
      "prod",
      "--namespace=eu-west",
    ]);
    expect(words.flatMap((word) => word.pieces.map((piece) => piece.text)).join("")).toBe(text);
  });

  it("keeps what cannot be seen in the word that holds it", () => {
    expect(exactWords("a\u200bb c")[0]?.pieces.map((piece) => piece.odd)).toEqual([false, true, false]);
    expect(exactWords("")).toEqual([]);
    expect(exactWords(`a${"\n".repeat(400)}b`).map((word) => word.pieces[0]?.text)).toEqual([
      "a",
      "\n",
      "399 empty lines",
      "\n",
      "b",
    ]);
  });
});

describe("namedText", () => {
  it("names in brackets what cannot be seen", () => {
    expect(namedText("rm\u202e x")).toBe("rm[U+202E] x");
  });
});
