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
 * server.key becomes `key` (NULL: it stays), then behalf.db becomes BH_REPLACE_FRESH. Those before, if there
 * are any and they are others, get the names server.key.before-STAMP and behalf.db.before-STAMP first, the
 * latter with its write-ahead log if that could not be emptied. `ret_database`, `ret_key`: their paths, "" =
 * there was none. On failure the key of before has its name again; only a crash between the two leaves the
 * new key with the old database, and then the same restore once more, or renaming the old key, is the way
 * out.
 */
BH_MUST_USE
enum bh_err bh_replace_all(const char *data_dir, const char *stamp, const struct bh_server_key *key,
    char ret_database[static BH_DATA_PATH], char ret_key[static BH_DATA_PATH]);
/* Adds a line to DATA/restores.jsonl, which no restore replaces. */
BH_MUST_USE
enum bh_err bh_replace_note(const char *data_dir, struct bh_span line);
/* Gives a file to the folder's owner when root has made it: the server may run as somebody else. */
BH_MUST_USE
enum bh_err bh_replace_give(const char *data_dir, const char *name);

#endif
