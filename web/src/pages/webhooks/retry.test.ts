// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import type { Delivery } from "../../api/webhooks.ts";
import { retryOf } from "./retry.ts";

const NOW = Date.parse("2026-05-02T12:00:00.000Z");
const FAILED: Delivery = {
  deliveryId: "del_1",
  eventId: "evt_1",
  eventType: "agent.created",
  webhookId: "wh_1",
  status: "failed",
  httpStatus: 500,
  error: "Endpoint returned HTTP 500.",
  attempt: 1,
  maxAttempts: 5,
  nextRetryAt: null,
  createdAt: "2026-05-02T11:59:00.000Z",
};

test("only an attempt that failed and has a time ahead waits for another", () => {
  expect(retryOf({ ...FAILED, nextRetryAt: "2026-05-02T12:00:05.000Z" }, NOW)).toBe("waits");
  expect(retryOf({ ...FAILED, nextRetryAt: "2026-05-02T11:59:05.000Z" }, NOW)).toBe("over");
  expect(retryOf({ ...FAILED, status: "success", httpStatus: 200 }, NOW)).toBe("none");
});

test("after the last attempt nothing follows by itself", () => {
  expect(retryOf({ ...FAILED, attempt: 5 }, NOW)).toBe("dead");
  expect(retryOf({ ...FAILED, attempt: 2 }, NOW)).toBe("none");
});
