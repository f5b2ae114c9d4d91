// SPDX-License-Identifier: Apache-2.0
/*
 * Putting another database in the place of a data folder's own, so that a crash at any moment leaves one of
 * the two whole. For whoever holds both locks of the folder (store/data_dir.h).
 */
#ifndef BH_STORE_REPLACE_H
#define BH_STORE_REPLACE_H

#include "store/copy.h"
#include "store/data_dir.h"

#define BH_REPLACE_FRESH                                                                                     \
    "behalf.db.restoring" /* what is to take the place of behalf.db, in the same folder */

/*
 * Copies the file `source` to BH_REPLACE_FRESH, over what a restore that was killed has left there. On
 * BH_ERR_IO errno says why.
 */
BH_MUST_USE
enum bh_err bh_replace_fetch(
    const char *source, const char *data_dir, bh_copy_progress_fn *progress, void *context);
void bh_replace_forget(const char *data_dir);
/*
 * Empties the write-ahead log of the folder's database into it, so that the one file is all of it, and says
 * what its newest decision is. When that fails, the log is kept as behalf.db.before-STAMP-wal.
 */
BH_MUST_USE
enum bh_err bh_replace_settle(const char *data_dir, const char *stamp, int64_t *ret_last_row);
/*
 * behalf.db becomes BH_REPLACE_FRESH. The one before, if there is one, gets the name behalf.db.before-STAMP
 * first, with its write-ahead log if that could not be emptied. `ret_aside`: its path, "" = there was none.
 */
BH_MUST_USE
enum bh_err bh_replace_database(const char *data_dir, const char *stamp, char ret_aside[static BH_DATA_PATH]);
/* The same for server.key: the one before becomes server.key.before-STAMP. Nothing is done where it is the
 * same. */
BH_MUST_USE
enum bh_err bh_replace_key(const char *data_dir, const char *stamp, const struct bh_server_key *key,
    char ret_aside[static BH_DATA_PATH]);
/* Adds a line to DATA/restores.jsonl, which no restore replaces. */
BH_MUST_USE
enum bh_err bh_replace_note(const char *data_dir, struct bh_span line);
/* Gives a file to the folder's owner when root has made it: the server may run as somebody else. */
BH_MUST_USE
enum bh_err bh_replace_give(const char *data_dir, const char *name);

#endif
