// SPDX-License-Identifier: Apache-2.0
const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** "1.4 MB"; a kB has 1000 bytes. */
export function sizeText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  const digits = unit > 0 && size < 9.95 ? 1 : 0;
  return `${size.toFixed(digits)} ${UNITS[unit] ?? ""}`;
}
