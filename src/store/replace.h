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
 * what its newest decision is; also when it fails, if that could be read. BH_ERR_STORE_BUSY: somebody else
 * has the database open, and still had it after five seconds. When it fails, the log is kept as
 * behalf.db.before-STAMP-wal.
 */
BH_MUST_USE
enum bh_err bh_replace_settle(const char *data_dir, const char *stamp, int64_t *ret_last_row);
/*
 * behalf.db becomes BH_REPLACE_FRESH, then server.key becomes `key` (NULL: it stays), which lies in the
 * folder as server.key.restoring before. Those of before, if there are any and they are others, get the names
 * behalf.db.before-STAMP, with its write-ahead log if that could not be emptied, and server.key.before-STAMP
 * first. `ret_database`, `ret_key`: their paths, "" = there was none. On failure the two still fit: both are
 * as before, or both are new and only the flush has failed, or the key has to follow, see
 * bh_replace_resume().
 */
BH_MUST_USE
enum bh_err bh_replace_all(const char *data_dir, const char *stamp, const struct bh_server_key *key,
    char ret_database[static BH_DATA_PATH], char ret_key[static BH_DATA_PATH]);
/*
 * After a crash between the two renames of bh_replace_all() the database is the new one and its key waits as
 * server.key.restoring: the key takes its place. Does nothing where there is none, or it does not fit the
 * database. For whoever is about to read server.key and holds no lock of the folder: it waits for a restore
 * that is about to end.
 */
void bh_replace_resume(const char *data_dir);
/* Adds a line to DATA/restores.jsonl, which no restore replaces. */
BH_MUST_USE
enum bh_err bh_replace_note(const char *data_dir, struct bh_span line);
/* Gives a file to the folder's owner when root has made it: the server may run as somebody else. */
BH_MUST_USE
enum bh_err bh_replace_give(const char *data_dir, const char *name);

#endif
