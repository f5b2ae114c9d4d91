// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { sizeText } from "./size.ts";

test("a size is shown in the unit that leaves one to three digits before the point", () => {
  expect(sizeText(0)).toBe("0 bytes");
  expect(sizeText(999)).toBe("999 bytes");
  expect(sizeText(1000)).toBe("1.0 kB");
  expect(sizeText(9_960)).toBe("10 kB");
  expect(sizeText(999_600)).toBe("1.0 MB");
  expect(sizeText(1_430_000_000)).toBe("1.4 GB");
  expect(sizeText(5e15)).toBe("5000 TB");
});
