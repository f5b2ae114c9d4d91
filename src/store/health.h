// SPDX-License-Identifier: Apache-2.0
/*
 * Whether the database works, and whether what it holds gets done.
 */
#ifndef BH_STORE_HEALTH_H
#define BH_STORE_HEALTH_H

#include "store/store.h"

/* Writes a little, so that a disk that takes nothing is noticed. Inside a write transaction. */
BH_MUST_USE
enum bh_err bh_health_probe(struct bh_db *db, int64_t now_ms);

#define BH_HEALTH_ENDPOINTS 100 /* are looked at: those that lag most */
struct bh_delivery_health {
    int64_t oldest_due;     /* since when the event that is due for longest is; INT64_MAX when none is */
    int64_t newest_attempt; /* when the last attempt ended, whatever came of it; 0 when there was none */
};
BH_MUST_USE
enum bh_err bh_health_of_delivery(struct bh_db *db, int64_t now_ms, struct bh_delivery_health *ret_health);

#endif
