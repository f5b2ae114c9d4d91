// SPDX-License-Identifier: Apache-2.0
/*
 * What the whole server has, in numbers, for its operators.
 */
#ifndef BH_STORE_SERVER_SUMMARY_H
#define BH_STORE_SERVER_SUMMARY_H

#include "store/audit.h"

#define BH_SERVER_COUNT_MAX 1000000 /* people, agents and the like are counted up to this */
#define BH_SERVER_WAITING_MAX 10000 /* what waits is counted up to this */

/* Each up to BH_SERVER_WAITING_MAX. */
struct bh_server_waiting {
    int64_t pending_approvals;
    int64_t pending_events, dead_events;
};

struct bh_server_summary {
    int64_t accounts, people, agents, active_permissions;
    struct bh_server_waiting waiting;
    struct bh_audit_counts today; /* of the UTC day of `now_ms`, also what was erased */
    int64_t bytes;                /* of the database file */
};

BH_MUST_USE
enum bh_err bh_server_count_waiting(struct bh_db *db, int64_t now_ms, struct bh_server_waiting *ret_waiting);
BH_MUST_USE
enum bh_err bh_server_summarize(struct bh_db *db, int64_t now_ms, struct bh_server_summary *ret_summary);

#endif
