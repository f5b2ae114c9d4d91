// SPDX-License-Identifier: Apache-2.0
/*
 * The only place that reads a clock. What decides or schedules takes the time as a parameter.
 */
#ifndef BH_LIB_CLOCK_H
#define BH_LIB_CLOCK_H

#include "lib/base.h"

/* Milliseconds since 1970, UTC. */
int64_t bh_clock_wall_ms(void);
/* Milliseconds of a clock that never goes back; for deadlines. */
int64_t bh_clock_steady_ms(void);
/* Nanoseconds of the same clock; for measuring. */
int64_t bh_clock_steady_ns(void);

#endif
