// SPDX-License-Identifier: Apache-2.0
/*
 * The part of verification that looks after erasures: the trail's own macs, that every blanked row is covered
 * by an entry of it, and that every entry was carried out.
 */
#ifndef BH_STORE_AUDIT_VERIFY_TRAIL_H
#define BH_STORE_AUDIT_VERIFY_TRAIL_H

#include "store/audit_row.h"
#include "store/audit_state.h"

struct bh_erased_range; /* an entry that erased all of an account, and how many blanked rows it has */

struct bh_trail_check {
    struct bh_db *db;
    bh_audit_finding_fn *on_finding;
    void *context;
    int64_t removed_through; /* rows up to it are gone by retention */
    bool intact;
    int64_t entries;      /* of the trail, that were read */
    struct bh_sha256 mac; /* of the last of them, as it is stored */
    struct bh_erased_range *ranges;
    size_t range_count, range_capacity;
};

void bh_trail_check_finish(struct bh_trail_check *check);
/* Before the rows: walks what of the trail was not read yet against the signed state. After an error, finish
 * and begin with a check that has read nothing. */
BH_MUST_USE
enum bh_err bh_trail_check_entries(
    struct bh_trail_check *check, const struct bh_server_key *key, const struct bh_audit_state *state);
/* For each blanked row. *ret_covered is false when no entry of the trail erased it. */
BH_MUST_USE
enum bh_err bh_trail_check_row(
    struct bh_trail_check *check, const struct bh_stored_row *stored, bool *ret_covered);
/* After the rows: each entry has as many blanked rows as it says. */
BH_MUST_USE
enum bh_err bh_trail_check_counts(struct bh_trail_check *check);

#endif
