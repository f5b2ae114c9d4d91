// SPDX-License-Identifier: Apache-2.0
/*
 * Whole copies of the database: making one while others write, and saying what a copy is before anybody
 * trusts it.
 */
#ifndef BH_STORE_COPY_H
#define BH_STORE_COPY_H

#include "store/store.h"

#define BH_KEY_CHECK_TEXT 17

typedef void bh_copy_progress_fn(void *context, int64_t done, int64_t total);

/*
 * Copies the database as it is at one moment into the existing, empty file `target`, which is then complete
 * by itself (no write-ahead log), but not yet flushed to the disk. `progress` (may be NULL) is told bytes.
 * BH_ERR_NOT_FOUND: `source` is no database of this program.
 */
BH_MUST_USE
enum bh_err bh_copy_make(const char *source, const char *target, int busy_timeout_ms,
    bh_copy_progress_fn *progress, void *context);

/* What a copy says about itself. */
struct bh_copy_facts {
    int64_t version;                   /* of its schema; bh_copy_newest_version() is this program's */
    char key_check[BH_KEY_CHECK_TEXT]; /* tells which server key belongs to it, and nothing else about that */
    int64_t last_row, last_at;         /* the newest decision; 0 = there is none */
    int64_t bytes;
};

int64_t bh_copy_newest_version(void);
/* The value by which people recognise a key: the beginning of what the database has stored to recognise it.
 */
void bh_copy_key_check(const struct bh_server_key *key, char ret_text[static BH_KEY_CHECK_TEXT]);
/* The value of the key that belongs to the database. BH_ERR_NOT_FOUND: none does so far; BH_ERR_STORE_... */
BH_MUST_USE
enum bh_err bh_copy_read_key_check(struct bh_db *db, char ret_text[static BH_KEY_CHECK_TEXT]);
/*
 * Reads every page and every index. BH_ERR_STORE_CORRUPT: damaged, or no database at all. BH_ERR_NOT_FOUND: a
 * database, but none of this program: its tables and indexes are not, to the letter, those that this program
 * makes for its version, or there is anything besides. That is not known of a version newer than
 * bh_copy_newest_version(): nothing more may be done with such a copy.
 */
BH_MUST_USE
enum bh_err bh_copy_examine(struct bh_db *db, struct bh_copy_facts *ret_facts);

/* What is in force in a database, so that somebody can look through it. */
struct bh_copy_counts {
    int64_t agents, permissions, tokens, site_keys, people, pending;
    int64_t passports, webhooks, sites, signing_keys;
};
BH_MUST_USE
enum bh_err bh_copy_count(struct bh_db *db, int64_t now_ms, struct bh_copy_counts *ret_counts);

/* How many were ended of what could be used twice if it came back. */
struct bh_copy_ended {
    int64_t grants, sessions, links;
};
/*
 * Ends what an older copy must not bring back, inside a write transaction: approvals that were given and not
 * used yet (one of them may have been used after the copy was made), sessions (whoever signed out would be
 * signed in again) and the links and codes that are good for one use: invitations, links of mails, codes of
 * devices.
 */
BH_MUST_USE
enum bh_err bh_copy_end_single_uses(struct bh_db *db, int64_t now_ms, struct bh_copy_ended *ret_ended);

#endif
