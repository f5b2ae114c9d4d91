// SPDX-License-Identifier: Apache-2.0
/*
 * The counts of rows that can no longer be seen, by owner and day: what is taken from the counts of the days
 * where only visible rows count. Additions are collected and written by bh_gone_flush.
 */
#ifndef BH_STORE_AUDIT_GONE_H
#define BH_STORE_AUDIT_GONE_H

#include "store/audit_owners.h"

#define BH_GONE_SLOTS 64

struct bh_gone_slot {
    int64_t owner; /* 0 = free */
    int64_t day;
    struct bh_owner counts;
};

struct bh_gone {
    struct bh_db *db;
    struct bh_gone_slot slots[BH_GONE_SLOTS];
};

/* The row, which was visible until now, is so no more: for its agent and for its account. */
BH_MUST_USE
enum bh_err bh_gone_add(struct bh_gone *gone, const struct bh_audit_row *row);
/* The owner's day itself is no longer counted. */
BH_MUST_USE
enum bh_err bh_gone_forget(struct bh_gone *gone, int64_t owner, int64_t day);
BH_MUST_USE
enum bh_err bh_gone_flush(struct bh_gone *gone);
/* All that the tables count of the owner is gone; the tables must be up to date. */
BH_MUST_USE
enum bh_err bh_gone_take_all(struct bh_db *db, int64_t owner);

#endif
