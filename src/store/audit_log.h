// SPDX-License-Identifier: Apache-2.0
/*
 * The writing side of the log, shared by append, erase and retain.
 */
#ifndef BH_STORE_AUDIT_LOG_H
#define BH_STORE_AUDIT_LOG_H

#include "store/audit_owners.h"
#include "store/audit_state.h"

/* Where the next row goes. */
struct bh_audit_tip {
    int64_t id; /* the newest row's, or 0 */
    struct bh_sha256 chain;
    int64_t created_at;
    int64_t trail; /* newest entry of the trail of erasures */
    struct bh_sha256 trail_mac;
};

struct bh_audit_log {
    struct bh_db *db;
    struct bh_sha256 mac_key, trail_key, execution_key, checkpoint_seed;
    struct bh_audit_tip tip;
    struct bh_audit_tip committed_tip, savepoint_tip; /* what a rollback goes back to */
    int64_t broken;                                   /* see struct bh_audit_state */
    bool stale;   /* the owners in memory are not those of the database: read again before use */
    bool changed; /* something was written since the last flush */
    bool failed;  /* a step went wrong half-way: only a rollback helps */
    bool changed_in_transaction, changed_in_savepoint;
    struct bh_owners owners;
    struct bh_buf scratch;
};

/* Before any change: brings the memory up to date, and notes that there is something to flush. */
BH_MUST_USE
enum bh_err bh_audit_log_prepare(struct bh_audit_log *log);

#endif
