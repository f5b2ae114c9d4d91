// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { CsvCount, sizeText } from "./csvCount.ts";

function rowsOf(text: string, pieceLength: number): number {
  const bytes = new TextEncoder().encode(text);
  const count = new CsvCount();
  for (let at = 0; at < bytes.length; at += pieceLength) count.add(bytes.subarray(at, at + pieceLength));
  expect(count.bytes).toBe(bytes.length);
  return count.rows;
}

test("the header is no row", () => {
  expect(rowsOf("a,b", 8)).toBe(0);
});

test("line feeds inside quotes begin no row, wherever the pieces are cut", () => {
  const file = 'a,b\n1,"two\nlines ""quoted"" é"\n2,x';
  for (let length = 1; length <= file.length; length++) expect(rowsOf(file, length)).toBe(2);
});

test("sizes are short", () => {
  expect([sizeText(999), sizeText(1500), sizeText(2_340_000)]).toEqual(["999 B", "2 kB", "2.3 MB"]);
});
