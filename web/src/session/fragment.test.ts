// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { tokenIn } from "./fragment.ts";

test("a link's token is what stands behind #token=", () => {
  expect(tokenIn("#token=bhf_pt_a-b_c")).toBe("bhf_pt_a-b_c");
  expect(tokenIn("#x=1&token=%20a%2Fb ")).toBe("a/b");
});

test("without a token there is none, whatever else stands there", () => {
  for (const hash of ["", "#", "#token=", "#token=%20", "#content", "#tokens=a"]) {
    expect(tokenIn(hash)).toBeNull();
  }
});
