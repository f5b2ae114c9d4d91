// SPDX-License-Identifier: Apache-2.0
/*
 * What an account has, in numbers.
 */
#ifndef BH_STORE_SUMMARY_H
#define BH_STORE_SUMMARY_H

#include "store/audit.h"
#include "store/store.h"
#include "store/webhooks.h"

#define BH_SUMMARY_EVENTS_MAX 10000 /* events are counted up to this */

struct bh_account_summary {
    int64_t agents, active_permissions, members;
    int64_t pending_events; /* deliveries that still have an attempt before them */
    int64_t failed_events;  /* deliveries that have none */
};

BH_MUST_USE
enum bh_err bh_account_summarize(struct bh_db *db, int64_t account, struct bh_account_summary *ret_summary);

#define BH_BUSY_AGENTS_MAX 1000

struct bh_busy_agent {
    struct bh_span agent_id, name;
    struct bh_audit_counts counts;
    int64_t last_used_at; /* its newest decision */
};

/*
 * The agents with the most decisions since the UTC day of `from`, shadow calls not counted, the busiest
 * first; at most `limit`, none without any. Only the BH_BUSY_AGENTS_MAX agents that were used last are looked
 * at. In a read transaction. From the day rows: also what was erased.
 */
BH_MUST_USE
enum bh_err bh_account_busiest_agents(struct bh_db *db, int64_t account, int64_t from, size_t limit,
    struct bh_arena *arena, struct bh_busy_agent **ret_agents, size_t *ret_count);

#define BH_HEALTH_EVENTS_MAX 1000 /* an endpoint's events are counted up to this */

struct bh_webhook_health {
    struct bh_webhook_record webhook;
    int64_t pending_events; /* those that still have an attempt before them */
    int64_t dead_events;
    int64_t last_status; /* of the newest attempt; 0: none was made, or it got no answer */
};

/* The endpoints that need somebody first: with dead letters, then disabled, then failing, then the rest; each
 * newest first; at most `limit`. */
BH_MUST_USE
enum bh_err bh_account_webhook_health(struct bh_db *db, int64_t account, size_t limit, struct bh_arena *arena,
    struct bh_webhook_health **ret_health, size_t *ret_count);

#endif
