// SPDX-License-Identifier: Apache-2.0
#include "lib/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t bh_clock_wall_ms(void)
{
    return read_ns(CLOCK_REALTIME) / 1000000;
}

int64_t bh_clock_steady_ms(void)
{
    return read_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t bh_clock_steady_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}
