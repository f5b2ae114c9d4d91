// SPDX-License-Identifier: Apache-2.0
import type { Delivery } from "../../api/webhooks.ts";

export type Retry = "none" | "over" | "dead" | "waits";

/** What follows an attempt. A time that has passed is history: the attempt after it is a row of its own. */
export function retryOf(delivery: Delivery, now: number): Retry {
  if (delivery.status === "success") return "none";
  if (delivery.nextRetryAt !== null) return Date.parse(delivery.nextRetryAt) > now ? "waits" : "over";
  return delivery.attempt >= delivery.maxAttempts ? "dead" : "none";
}
