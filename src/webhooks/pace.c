// SPDX-License-Identifier: Apache-2.0
#include "webhooks/pace.h"

#include <stdlib.h>
#include <unistd.h>

static void judge(struct bh_pace *pace, int64_t now_ns, int64_t run_ns, int64_t wait_ns)
{
    if (pace->judged_at_ns != 0 && now_ns - pace->judged_at_ns < BH_PACE_WINDOW_NS)
        return;
    int64_t ran = run_ns - pace->run_ns;
    int64_t waited = wait_ns - pace->wait_ns;
    pace->is_contended = pace->judged_at_ns != 0 && waited * 100 > (ran + waited) * BH_PACE_CONTENDED;
    pace->judged_at_ns = now_ns;
    pace->run_ns = run_ns;
    pace->wait_ns = wait_ns;
}

void bh_pace_note(struct bh_pace *pace, int64_t now_ns, int64_t run_ns, int64_t wait_ns)
{
    judge(pace, now_ns, run_ns, wait_ns);
    int64_t earned = (now_ns - pace->budget_at_ns) / 100 * BH_PACE_SHARE;
    pace->budget_ns += earned - (run_ns - pace->budget_run_ns);
    if (pace->budget_ns > BH_PACE_BURST_NS || !pace->is_contended)
        pace->budget_ns = BH_PACE_BURST_NS;
    pace->budget_at_ns = now_ns;
    pace->budget_run_ns = run_ns;
}

bool bh_pace_allows(const struct bh_pace *pace)
{
    return !pace->is_contended || pace->budget_ns > 0;
}

int64_t bh_pace_wait_ms(const struct bh_pace *pace)
{
    return bh_pace_allows(pace) ? 0 : -pace->budget_ns / (1000000 / 100 * BH_PACE_SHARE) + 1;
}

bool bh_pace_read(int fd, int64_t *ret_run_ns, int64_t *ret_wait_ns)
{
    char text[128];
    char *rest;
    ssize_t length = pread(fd, text, sizeof(text) - 1, 0);
    if (length <= 0)
        return false;
    text[length] = 0;
    *ret_run_ns = strtoll(text, &rest, 10);
    *ret_wait_ns = strtoll(rest, NULL, 10);
    return true;
}
