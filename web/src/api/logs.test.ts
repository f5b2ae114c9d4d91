// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { filterQuery, NO_FILTERS } from "./logs.ts";

const NOW = Date.parse("2026-05-02T12:00:00.000Z");

test("a range becomes the time that it goes back to", () => {
  expect(filterQuery({ ...NO_FILTERS, range: "24h" }, NOW)["from"]).toBe("2026-05-01T12:00:00.000Z");
  expect(filterQuery({ ...NO_FILTERS, range: "7d", from: "2020-01-01" }, NOW)["from"]).toBe(
    "2026-04-25T12:00:00.000Z",
  );
});

test("without a range the given times are passed on", () => {
  const query = filterQuery({ ...NO_FILTERS, from: "2026-01-01", to: "2026-02-01" }, NOW);
  expect([query["from"], query["to"], query["range"]]).toEqual(["2026-01-01", "2026-02-01", undefined]);
});
