// SPDX-License-Identifier: Apache-2.0
/*
 * The two signed rows of the log: its newest id and chain, so that a cut-off tail or a log computed anew is
 * noticed; and what retention has removed from the front.
 */
#ifndef BH_STORE_AUDIT_STATE_H
#define BH_STORE_AUDIT_STATE_H

#include "store/db.h"

struct bh_audit_state {
    int64_t head; /* newest id; 0 = nothing was ever appended */
    struct bh_sha256 chain;
    int64_t broken; /* newest id when this row was found forged; 0 = never. Stays for ever. */
    int64_t counted_through;
    int64_t trail; /* newest entry of the trail of erasures; 0 = nothing was ever erased */
    struct bh_sha256 trail_mac;
    struct bh_sha256 mac; /* covers all of this but counted_through */
};

struct bh_audit_checkpoint {
    int64_t through_id; /* the newest removed row; 0 = nothing was removed */
    struct bh_sha256 chain;
    int64_t created_at; /* of that row */
    int64_t removed;
    unsigned char signature[64]; /* Ed25519 over the above */
};

/* Once, for a new database, in a write transaction. */
BH_MUST_USE
enum bh_err bh_audit_state_create(struct bh_db *db, const struct bh_server_key *key);
/* BH_ERR_NOT_FOUND when the row is gone. */
BH_MUST_USE
enum bh_err bh_audit_state_read(struct bh_db *db, struct bh_audit_state *ret_state);
/* Signs and writes. `mac_key` is what bh_audit_state_key gives. */
BH_MUST_USE
enum bh_err bh_audit_state_write(
    struct bh_db *db, const struct bh_sha256 *mac_key, const struct bh_audit_state *state);
BH_MUST_USE
bool bh_audit_state_is_valid(const struct bh_audit_state *state, const struct bh_sha256 *mac_key);
struct bh_sha256 bh_audit_state_key(const struct bh_server_key *key);

/* All zero when there is none. BH_ERR_STORE_CORRUPT when the row is not of the form. */
BH_MUST_USE
enum bh_err bh_audit_checkpoint_read(struct bh_db *db, struct bh_audit_checkpoint *ret_checkpoint);
/* Signs and writes. `seed` is what bh_audit_checkpoint_seed gives. */
BH_MUST_USE
enum bh_err bh_audit_checkpoint_write(
    struct bh_db *db, const struct bh_sha256 *seed, struct bh_audit_checkpoint *checkpoint);
BH_MUST_USE
bool bh_audit_checkpoint_is_valid(const struct bh_audit_checkpoint *checkpoint, const struct bh_sha256 *seed);
struct bh_sha256 bh_audit_checkpoint_seed(const struct bh_server_key *key);

#endif
