// SPDX-License-Identifier: Apache-2.0
/*
 * The data folder and its two locks. `server.lock` is held by a server as long as it lives, and says who it
 * is; the folder itself is locked for the short time in which the database is opened and brought up to date.
 */
#ifndef BH_STORE_DATA_DIR_H
#define BH_STORE_DATA_DIR_H

#include "lib/err.h"

#define BH_DATA_PATH 4096

/* Makes the folder (its parent must exist) with mode 0700. BH_ERR_IO when it cannot be, or is no folder. */
BH_MUST_USE
enum bh_err bh_data_dir_make(const char *data_dir);
/* Whether the folder has a file of that name. */
bool bh_data_dir_has(const char *data_dir, const char *name);
/* "DATA/name". BH_ERR_IO when it is too long. */
BH_MUST_USE
enum bh_err bh_data_dir_path(const char *data_dir, const char *name, char ret_path[static BH_DATA_PATH]);

/* Whether this is a plain file with one name, so that writing to it changes no other file; errno says why
 * not. */
bool bh_data_dir_is_own(int fd);
/* The server's lock; BH_ERR_STORE_LOCKED when another process has it. BH_ERR_IO also where server.lock is a
 * link or has a second name. Held until the descriptor is closed. */
BH_MUST_USE
enum bh_err bh_data_dir_lock_server(const char *data_dir, int *ret_fd);
/* The opening lock: waits for it. Held until the descriptor is closed. */
BH_MUST_USE
enum bh_err bh_data_dir_lock_opening(const char *data_dir, int *ret_fd);
/* Makes an empty database with mode 0600, or gives an existing one and the files that SQLite keeps beside it
 * that mode; BH_ERR_DATA_MODE when it is open to others and cannot be closed to them. Does not open an
 * existing one: closing it would drop the locks that SQLite holds on it in this process. */
BH_MUST_USE
enum bh_err bh_data_dir_make_database(const char *path);
/* Flushes the folder's entries to the disk. */
BH_MUST_USE
enum bh_err bh_data_dir_sync(const char *data_dir);

#endif
