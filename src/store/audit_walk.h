// SPDX-License-Identifier: Apache-2.0
/*
 * Walking one owner's list, newest first, along the links between its rows.
 */
#ifndef BH_STORE_AUDIT_WALK_H
#define BH_STORE_AUDIT_WALK_H

#include "store/audit_names.h"
#include "store/audit_row.h"

/* The owner's newest row, or 0. In a transaction, so that the tables agree. */
BH_MUST_USE
enum bh_err bh_audit_newest(struct bh_db *db, int64_t owner, int64_t *ret_id);

struct bh_audit_walk {
    struct bh_db *db;
    const struct bh_audit_filter *filter;
    int64_t owner;
    int64_t next;           /* row to look at next; 0 = the list has ended */
    int64_t bound;          /* rows above it are passed over */
    int64_t erased_through; /* rows up to it are erased, blanked or not */
    size_t looked, look_limit;
    struct bh_agent_names names;
    struct bh_stmt *stmt;
};

/* Rows with id < `before` (0 = from the newest). Finish it also when this fails. */
BH_MUST_USE
enum bh_err bh_audit_walk_start(struct bh_audit_walk *walk, struct bh_db *db,
    const struct bh_audit_filter *filter, int64_t before, size_t look_limit);
void bh_audit_walk_finish(struct bh_audit_walk *walk);
/*
 * The next row that matches; its texts live until the next call. BH_ERR_NOT_FOUND: walk->next is 0 when the
 * list has ended, else look_limit rows were looked at.
 */
BH_MUST_USE
enum bh_err bh_audit_walk_next(struct bh_audit_walk *walk, struct bh_audit_row *ret_row);
/* Sets walk->next to 0 when what it points at is gone or too old. */
BH_MUST_USE
enum bh_err bh_audit_walk_peek(struct bh_audit_walk *walk);

#endif
