// SPDX-License-Identifier: Apache-2.0
#include "webhooks/schedule.h"

int64_t bh_schedule_next(int64_t attempt, int64_t now_ms, int64_t retry_after_s, uint64_t jitter)
{
    static const int64_t waits_ms[] = {
        5000, 30000, 120000, 600000}; /* after the first failure, the second ... */
    if (attempt < 1 || attempt > (int64_t)BH_COUNT(waits_ms))
        return 0;
    int64_t wait = waits_ms[attempt - 1];
    if (retry_after_s > BH_RETRY_AFTER_MAX_S)
        retry_after_s = BH_RETRY_AFTER_MAX_S;
    if (retry_after_s * 1000 > wait)
        wait = retry_after_s * 1000;
    return now_ms + wait + (int64_t)(jitter % (uint64_t)(wait / BH_RETRY_JITTER + 1));
}

void bh_schedule_note_failure(struct bh_failing *failing, int64_t last_ms, int64_t now_ms)
{
    if (failing->since == 0 || now_ms - last_ms > BH_WEBHOOK_QUIET_MS)
        *failing = (struct bh_failing){.since = now_ms};
    failing->failures++;
}

bool bh_schedule_gives_up(const struct bh_failing *failing, int64_t now_ms)
{
    return failing->since != 0 && failing->failures >= BH_WEBHOOK_FAILURES &&
           now_ms - failing->since >= BH_WEBHOOK_FAILING_MS;
}
