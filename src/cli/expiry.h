// SPDX-License-Identifier: Apache-2.0
/*
 * Points in time as people type them. Pure.
 */
#ifndef BH_CLI_EXPIRY_H
#define BH_CLI_EXPIRY_H

#include "lib/span.h"

/*
 * An ISO date ("2026-12-31", "2026-12-31T18:00:00Z"; UTC without an offset) or a span from now on: a whole
 * number and s, m, h, d or w ("30m", "2h", "7d"). Milliseconds since 1970; false for anything else and for
 * more than 100 years ahead.
 */
BH_MUST_USE
bool bh_expiry_parse(struct bh_span text, int64_t now_ms, int64_t *ret_ms);

#endif
