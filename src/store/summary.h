// SPDX-License-Identifier: Apache-2.0
/*
 * What an account has, in numbers.
 */
#ifndef BH_STORE_SUMMARY_H
#define BH_STORE_SUMMARY_H

#include "store/store.h"

#define BH_SUMMARY_EVENTS_MAX 10000 /* events are counted up to this */

struct bh_account_summary {
    int64_t agents, active_permissions, members;
    int64_t pending_events; /* deliveries that still have an attempt before them */
    int64_t failed_events;  /* deliveries that have none */
};

BH_MUST_USE
enum bh_err bh_account_summarize(struct bh_db *db, int64_t account, struct bh_account_summary *ret_summary);

#endif
