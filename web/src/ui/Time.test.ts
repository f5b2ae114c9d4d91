// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { dueTime, exactTime, relativeTime } from "./Time.tsx";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const SECOND = 1000;
const cases: [seconds: number, text: string][] = [
  [0, "just now"],
  [-44, "just now"],
  [44, "in a moment"],
  [-50, "1 minute ago"],
  [-90 * 60, "1 hour ago"],
  [3600, "in 1 hour"],
  [-86_400, "yesterday"],
  [-3 * 86_400, "3 days ago"],
];

test.each(cases)("%d seconds from now is said as people say it", (seconds, text) => {
  expect(relativeTime(NOW + seconds * SECOND, NOW)).toBe(text);
});

test("The exact time is in UTC and says so.", () => {
  expect(exactTime("2026-11-21T18:05:09.123Z")).toBe("2026-11-21 18:05:09 UTC");
});

test("What should have happened by now is due, not past.", () => {
  expect(dueTime(NOW - 60 * SECOND, NOW)).toBe("due now");
  expect(dueTime(NOW + 20 * SECOND, NOW)).toBe("in a moment");
  expect(dueTime(NOW + 3600 * SECOND, NOW)).toBe("in 1 hour");
});
