// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { describeDevice } from "./device.ts";

test("browsers are named with their system, others as they call themselves", () => {
  const chrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
  expect(describeDevice(chrome)).toBe("Chrome on Linux");
  expect(describeDevice(`${chrome} Edg/140.0`)).toBe("Edge on Linux");
  const phone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1";
  expect(describeDevice(phone)).toBe("Safari on iOS");
  expect(describeDevice("my-script/2")).toBe("my-script/2");
  expect(describeDevice(null)).toBe("Unknown program");
});
