// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { NO_FILTERS } from "../../api/logs.ts";
import { readFilters, writeFilters } from "./filters.ts";

test("a value that is none of the choices counts as none", () => {
  const filters = readFilters(new URLSearchParams("decision=maybe&risk=high&action=purchase"));
  expect(filters).toEqual({ ...NO_FILTERS, risk: "high", action: "purchase" });
});

test("what was written is read again", () => {
  const params = writeFilters(new URLSearchParams(), { decision: "denied", search: "a&b=c" });
  expect(readFilters(params)).toEqual({ ...NO_FILTERS, decision: "denied", search: "a&b=c" });
});

test("an empty value leaves the address, and the open entry is closed", () => {
  const params = writeFilters(new URLSearchParams("risk=high&requestId=req_1&other=1"), { risk: "" });
  expect(params.toString()).toBe("other=1");
});
