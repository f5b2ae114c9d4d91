// SPDX-License-Identifier: Apache-2.0
/*
 * When a delivery is tried again. Pure: the clock and chance are parameters.
 */
#ifndef BH_WEBHOOKS_SCHEDULE_H
#define BH_WEBHOOKS_SCHEDULE_H

#include "lib/base.h"

#define BH_RETRY_AFTER_MAX_S 3600 /* an endpoint may ask for so long a wait and no longer */
#define BH_WEBHOOK_FAILING_MS (3 * INT64_C(86400000)) /* failing for so long, an endpoint is disabled */
#define BH_RETRY_JITTER 8                             /* up to an eighth is added to a wait */

/*
 * When to try again after attempt number `attempt` (from 1) failed at `now_ms`; 0 = no more. After 5, 30, 120
 * and 600 seconds, or later when the endpoint asked to wait `retry_after_s` (at most BH_RETRY_AFTER_MAX_S
 * counts; 0 or less = it did not ask). `jitter` is any number; it makes the wait at most an eighth longer,
 * never shorter.
 */
int64_t bh_schedule_next(int64_t attempt, int64_t now_ms, int64_t retry_after_s, uint64_t jitter);
/* Has the endpoint, failing since then (0 = it is not), failed for too long? */
bool bh_schedule_gives_up(int64_t failing_since, int64_t now_ms);

#endif
