// SPDX-License-Identifier: Apache-2.0
/** Counts the rows of a CSV file while its bytes come in, in pieces of any size. */

const QUOTE = 0x22;
const LINE_FEED = 0x0a;

export class CsvCount {
  bytes = 0;
  /** Rows after the header: each begins with a line feed, and the last one has none behind it. */
  rows = 0;
  #quoted = false;

  add(piece: Uint8Array): void {
    this.bytes += piece.length;
    for (const byte of piece) {
      // A doubled quote inside quotes ends and begins them again, so it changes nothing.
      if (byte === QUOTE) this.#quoted = !this.#quoted;
      else if (byte === LINE_FEED && !this.#quoted) this.rows += 1;
    }
  }
}

export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
