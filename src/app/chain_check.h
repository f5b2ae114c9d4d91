// SPDX-License-Identifier: Apache-2.0
/*
 * The background check of the audit log's chain: walks it from the oldest kept row in small steps, then
 * follows what is new, and begins again once a day, but not before the end. On a thread of its own that steps
 * back for all others; at most some thousand rows a second, each step in a short view of the database. What
 * it knows is in memory.
 */
#ifndef BH_APP_CHAIN_CHECK_H
#define BH_APP_CHAIN_CHECK_H

#include "store/audit.h"

#define BH_CHAIN_STEP_ROWS 500
#define BH_CHAIN_STEP_MS 100  /* between two steps while there are more rows */
#define BH_CHAIN_IDLE_MS 1000 /* between two looks for new rows */
#define BH_CHAIN_AGAIN_MS INT64_C(86400000)

enum bh_chain_state {
    BH_CHAIN_UNKNOWN = 0, /* the log cannot be read */
    BH_CHAIN_VERIFYING,   /* no pass has come to the end yet */
    BH_CHAIN_VERIFIED,
    BH_CHAIN_BROKEN /* until a whole pass finds nothing */
};

struct bh_chain_status {
    enum bh_chain_state state;
    int64_t through;     /* the last row that was checked */
    int64_t verified_at; /* when a check came to the end of the log; 0 = never */
    int64_t broken_row;  /* of a broken one, the row; 0 = it is not about one */
};

struct bh_chain_check;

/* Store and key stay the caller's. NULL without memory. */
struct bh_chain_check *bh_chain_check_create(struct bh_store *store, const struct bh_server_key *key);
/* Ends the thread, if there is one. Accepts NULL. */
void bh_chain_check_destroy(struct bh_chain_check *check);
/* From now on a thread of its own takes the turns. */
BH_MUST_USE
enum bh_err bh_chain_check_start(struct bh_chain_check *check);
/* One step; returns in how many milliseconds the next one is due. By one thread only. */
int64_t bh_chain_check_turn(struct bh_chain_check *check, int64_t wall_ms, int64_t steady_ms);
/* Any thread. */
struct bh_chain_status bh_chain_check_status(struct bh_chain_check *check);

#endif
