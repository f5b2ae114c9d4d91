// SPDX-License-Identifier: Apache-2.0
/*
 * The trail of erasures: who erased which entries, and when. Entries count up from 1; each carries
 * mac = HMAC(key, mac of the entry before || entry), and the newest one's is part of the signed state of the
 * log, so that none can be altered, removed or cut off unnoticed. Nothing deletes them.
 */
#ifndef BH_STORE_AUDIT_TRAIL_H
#define BH_STORE_AUDIT_TRAIL_H

#include "store/audit.h"
#include "store/db.h"

struct bh_audit_log;

struct bh_sha256 bh_audit_trail_key(const struct bh_server_key *key);
/* `previous`: of the entry before; all zero for the first. Covers all but done_through. */
struct bh_sha256 bh_audit_trail_mac(
    const struct bh_sha256 *key, const struct bh_sha256 *previous, const struct bh_erasure *erasure);
/* Sets erasure->id, signs, writes, and moves the log's tip. */
BH_MUST_USE
enum bh_err bh_audit_trail_append(struct bh_audit_log *log, struct bh_erasure *erasure);
/* All rows of the account up to this one are erased, whether they have been blanked yet or not; 0 = none. */
BH_MUST_USE
enum bh_err bh_audit_erased_through(struct bh_db *db, int64_t account, int64_t *ret_row);

/* In this order from column 0; bh_audit_trail_read takes texts that live until the next step. */
#define BH_ERASURE_COLUMNS                                                                                   \
    "id, account, erased_at, erased_by, request_hash, first_row, last_row, entries, done_through"
#define BH_ERASURE_COLUMN_COUNT 9
void bh_audit_trail_read(struct bh_stmt *stmt, struct bh_erasure *ret_erasure);

#endif
