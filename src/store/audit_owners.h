// SPDX-License-Identifier: Apache-2.0
/*
 * The heads and daily counts of all owners (agents and accounts) that the log has to do with, held in memory.
 *
 * A decision changes two of them. Writing each at once would rewrite one page per decision when many agents
 * are active, so changed ones are held back until their neighbours have changed too: a leaf of
 * BH_OWNERS_PER_LEAF owners, about a page of the table, is written when its oldest change is BH_OWNERS_LAG
 * rows old, or at once while few owners are changed. Nothing can get lost: rows after `counted_through` are
 * counted again from the log.
 *
 * INVARIANT: an owner's stored head says exactly which of its rows its stored counts cover. A day that ends
 * is written whole, together with the first state of the new day, so that no row is counted twice.
 */
#ifndef BH_STORE_AUDIT_OWNERS_H
#define BH_STORE_AUDIT_OWNERS_H

#include "store/audit_row.h"

#define BH_OWNERS_PER_LEAF 128
#define BH_OWNERS_LAG 4096
#define BH_OWNERS_FEW 16
#define BH_OWNERS_LEAVES 1024 /* kept in memory at most, unless more than that are changed: 8 MB */

struct bh_owner {
    int64_t head; /* newest row; 0 = none yet */
    int64_t allowed, denied, approval_required, shadow;
    double amount;   /* allowed, not shadow */
    int32_t day;     /* days since 1970, of the newest row */
    int32_t last_ms; /* its time within that day */
};

struct bh_owner_leaf;

struct bh_owners {
    struct bh_owner_leaf **buckets;
    size_t leaf_count;
    size_t hand; /* bucket where the search for a leaf to drop goes on */
    struct bh_owner_leaf *first_dirty, **dirty_end;
    size_t dirty_owners;
    struct bh_owner_leaf *pinned; /* the one found last: not dropped by the next search */
};

struct bh_owner_ref {
    struct bh_owner_leaf *leaf;
    struct bh_owner *owner;
    int64_t number;
};

BH_MUST_USE
enum bh_err bh_owners_init(struct bh_owners *owners);
void bh_owners_finish(struct bh_owners *owners);
/* Forgets everything; the database is what counts. */
void bh_owners_clear(struct bh_owners *owners);

/* Finds or reads an owner. The reference is good until the search after the next. */
BH_MUST_USE
enum bh_err bh_owners_find(
    struct bh_owners *owners, struct bh_db *db, int64_t number, struct bh_owner_ref *ret_ref);
/* Counts a new row of the owner. */
BH_MUST_USE
enum bh_err bh_owners_add(
    struct bh_owners *owners, struct bh_db *db, struct bh_owner_ref ref, const struct bh_audit_row *row);
/* Writes what is known of the owner, at once. */
BH_MUST_USE
enum bh_err bh_owners_write(struct bh_owners *owners, struct bh_db *db, int64_t number);
/* The row was removed by retention: if it was the last of its day, so is that day, and *ret_forgotten is
 * true. */
BH_MUST_USE
enum bh_err bh_owners_forget_day(struct bh_owners *owners, struct bh_db *db, int64_t number,
    const struct bh_stored_row *stored, bool *ret_forgotten);
/*
 * Writes what is due, `newest` being the newest row. *ret_counted_through: all rows up to it are covered by
 * what is in the tables now.
 */
BH_MUST_USE
enum bh_err bh_owners_write_due(
    struct bh_owners *owners, struct bh_db *db, int64_t newest, int64_t *ret_counted_through);
/* Counts the rows after `counted_through` that the stored owners do not cover. */
BH_MUST_USE
enum bh_err bh_owners_replay(struct bh_owners *owners, struct bh_db *db, int64_t counted_through);

/* Adds (1) or takes away (-1) one row. */
void bh_owner_count(struct bh_owner *owner, const struct bh_audit_row *row, int sign);

#endif
