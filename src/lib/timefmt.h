// SPDX-License-Identifier: Apache-2.0
/*
 * Times on the wire: UTC, ISO 8601. Inside, a time is milliseconds since 1970 in an int64_t. Pure; no clock.
 */
#ifndef BH_LIB_TIMEFMT_H
#define BH_LIB_TIMEFMT_H

#include "lib/span.h"

#define BH_TIME_TEXT 32
#define BH_MS_PER_DAY INT64_C(86400000)

/* "2026-05-02T00:00:00.000Z". Years 0000 to 9999; what lies outside is clamped. */
void bh_time_format(int64_t ms, char ret_text[static BH_TIME_TEXT]);
/*
 * Reads YYYY-MM-DD, optionally with Thh:mm[:ss[.fraction]] and Z or +hh:mm / -hh:mm. Without an offset it is
 * UTC. False for anything else and for dates that do not exist.
 */
BH_MUST_USE
bool bh_time_parse(struct bh_span text, int64_t *ret_ms);

#endif
