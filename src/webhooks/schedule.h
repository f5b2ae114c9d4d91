// SPDX-License-Identifier: Apache-2.0
/*
 * When a delivery is tried again. Pure: the clock and chance are parameters.
 */
#ifndef BH_WEBHOOKS_SCHEDULE_H
#define BH_WEBHOOKS_SCHEDULE_H

#include "lib/base.h"

#define BH_RETRY_AFTER_MAX_S 3600 /* an endpoint may ask for so long a wait and no longer */
#define BH_WEBHOOK_FAILING_MS (3 * INT64_C(86400000)) /* failing for so long, an endpoint is disabled */
#define BH_WEBHOOK_FAILURES 10                        /* ... if so many attempts failed in that time */
#define BH_WEBHOOK_QUIET_MS (24 * INT64_C(3600000))   /* without attempts: what failed before is forgotten */
#define BH_RETRY_JITTER 8                             /* up to an eighth is added to a wait */

/*
 * When to try again after attempt number `attempt` (from 1) failed at `now_ms`; 0 = no more. After 5, 30, 120
 * and 600 seconds, or later when the endpoint asked to wait `retry_after_s` (at most BH_RETRY_AFTER_MAX_S
 * counts; 0 or less = it did not ask). `jitter` is any number; it makes the wait at most an eighth longer,
 * never shorter.
 */
int64_t bh_schedule_next(int64_t attempt, int64_t now_ms, int64_t retry_after_s, uint64_t jitter);

/* How an endpoint has failed since its last success. All zero: it does not fail. */
struct bh_failing {
    int64_t since, failures;
};
/* An attempt has failed at `now_ms`; the one before ended at `last_ms`, 0 = there was none. */
void bh_schedule_note_failure(struct bh_failing *failing, int64_t last_ms, int64_t now_ms);
/* Has it failed for too long, and often enough? */
bool bh_schedule_gives_up(const struct bh_failing *failing, int64_t now_ms);

#endif
