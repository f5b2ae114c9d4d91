// SPDX-License-Identifier: Apache-2.0
/*
 * When a delivery is tried again. Pure: the clock is a parameter.
 */
#ifndef BH_WEBHOOKS_SCHEDULE_H
#define BH_WEBHOOKS_SCHEDULE_H

#include "lib/span.h"

#define BH_RETRY_AFTER_MAX_MS INT64_C(3600000)
#define BH_WEBHOOK_FAILING_MS (3 * INT64_C(86400000)) /* failing for so long, an endpoint is disabled */
#define BH_RETRY_JITTER 8                             /* up to an eighth is added to a wait */

/*
 * When to try again after attempt number `attempt` (from 1) failed at `now_ms`; 0 = no more. After 5, 30, 120
 * and 600 seconds, or later when the endpoint's Retry-After (in ms from now; 0 = none) asks for it. `jitter`
 * is any number; it makes the wait at most an eighth longer, never shorter.
 */
int64_t bh_schedule_next(int64_t attempt, int64_t now_ms, int64_t retry_after_ms, uint64_t jitter);
/*
 * What a Retry-After header asks for: seconds, or a date in one of the forms of HTTP. At most
 * BH_RETRY_AFTER_MAX_MS; 0 for what is past or unreadable.
 */
int64_t bh_schedule_retry_after(struct bh_span value, int64_t now_ms);
/* Has the endpoint, failing since then (0 = it is not), failed for too long? */
bool bh_schedule_gives_up(int64_t failing_since, int64_t now_ms);

#endif
