// SPDX-License-Identifier: Apache-2.0
#include "store/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/audit.h"
#include "store/db.h"

#define DATABASE "behalf.db"
#define KEY "server.key"
#define KEY_FRESH KEY ".restoring"
#define NOTES "restores.jsonl"
#define PIECE ((size_t)1 << 20)
#define PAUSE_NS 100000000L
#define PAUSES 50 /* five seconds */
#define RESUME_TIMEOUT_MS 5000

/* "DATA/name" and an ending. */
static enum bh_err make_path(
    const char *data_dir, const char *name, const char *ending, char ret_path[static BH_DATA_PATH])
{
    int length = snprintf(ret_path, BH_DATA_PATH, "%s/%s%s", data_dir, name, ending);
    return length < 0 || length >= BH_DATA_PATH ? BH_ERR_IO : BH_OK;
}

/* ---- the fresh file -------------------------------------------------------------------------------------
 */

void bh_replace_forget(const char *data_dir)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char path[BH_DATA_PATH];
    for (size_t i = 0; i < BH_COUNT(endings); i++) {
        if (make_path(data_dir, BH_REPLACE_FRESH, endings[i], path) == BH_OK)
            unlink(path);
    }
}

static bool write_piece(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t count = write(fd, data, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        data += count;
        length -= (size_t)count;
    }
    return true;
}

static bool copy_bytes(int from, int to, int64_t total, bh_copy_progress_fn *progress, void *context)
{
    char *piece = malloc(PIECE);
    int64_t done = 0;
    ssize_t count = piece == NULL ? -1 : 1;
    while (count > 0) {
        count = read(from, piece, PIECE);
        if (count < 0 && errno == EINTR) {
            count = 1;
            continue;
        }
        if (count > 0 && !write_piece(to, piece, (size_t)count))
            count = -1;
        if (count > 0) {
            done += count;
            progress(context, done, total > done ? total : done);
        }
    }
    free(piece);
    return count == 0;
}

static enum bh_err fetch_into(int from, const char *target, bh_copy_progress_fn *progress, void *context)
{
    struct stat about;
    if (fstat(from, &about) != 0)
        return BH_ERR_IO;
    int to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0)
        return BH_ERR_IO;
    bool copied = copy_bytes(from, to, about.st_size, progress, context) && fsync(to) == 0;
    int reason = errno;
    if (close(to) != 0 && copied) {
        reason = errno;
        copied = false;
    }
    errno = reason;
    return copied ? BH_OK : BH_ERR_IO;
}

enum bh_err bh_replace_fetch(
    const char *source, const char *data_dir, bh_copy_progress_fn *progress, void *context)
{
    char target[BH_DATA_PATH];
    enum bh_err err = make_path(data_dir, BH_REPLACE_FRESH, "", target);
    if (err != BH_OK)
        return err;
    bh_replace_forget(data_dir);
    int from = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (from < 0)
        return BH_ERR_IO;
    err = fetch_into(from, target, progress, context);
    int reason = errno;
    close(from);
    errno = reason;
    return err;
}

/* ---- the old one ----------------------------------------------------------------------------------------
 */

/* The old file stays under its name until the new one takes that: it has two names meanwhile. */
static enum bh_err keep(const char *data_dir, const char *name, const char *ending, const char *stamp,
    char ret_aside[static BH_DATA_PATH])
{
    char path[BH_DATA_PATH];
    char kept[BH_DATA_PATH];
    enum bh_err err = make_path(data_dir, name, ending, path);
    if (err != BH_OK)
        return err;
    int length = snprintf(kept, sizeof(kept), "%s/%s.before-%s%s", data_dir, name, stamp, ending);
    if (length < 0 || length >= BH_DATA_PATH)
        return BH_ERR_IO;
    if (link(path, kept) != 0) {
        if (errno == ENOENT)
            kept[0] = 0;
        else if (errno != EEXIST || ending[0] == 0) /* the log may have been kept already */
            return BH_ERR_IO;
    }
    memcpy(ret_aside, kept, sizeof(kept));
    return BH_OK;
}

/* Leaving the mode with a write-ahead log empties that, and is refused as busy as long as anybody else has
 * the database open: a reader, or a command that might still write into a file that is no longer in force. */
static enum bh_err leave_log(struct bh_db *db)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    enum bh_err err = bh_db_run_script(db, "PRAGMA journal_mode = DELETE");
    for (int i = 0; i < PAUSES && err == BH_ERR_STORE_BUSY; i++) {
        nanosleep(&pause, NULL);
        err = bh_db_run_script(db, "PRAGMA journal_mode = DELETE");
    }
    return err;
}

static enum bh_err settle(const char *path, int64_t *ret_last_row)
{
    struct bh_db *db;
    enum bh_err err = bh_db_open(path, false, 0, &db);
    if (err != BH_OK)
        return err;
    err = bh_audit_last(db, ret_last_row);
    if (err == BH_OK)
        err = leave_log(db);
    bh_db_close(db);
    return err;
}

/* SQLite throws the log of a database away that it cannot read, so the log has a second name while it tries.
 */
enum bh_err bh_replace_settle(const char *data_dir, const char *stamp, int64_t *ret_last_row)
{
    char path[BH_DATA_PATH];
    char log[BH_DATA_PATH];
    enum bh_err err = keep(data_dir, DATABASE, "-wal", stamp, log);
    if (err == BH_OK)
        err = make_path(data_dir, DATABASE, "", path);
    if (err == BH_OK)
        err = settle(path, ret_last_row);
    if (err == BH_OK && log[0] != 0)
        unlink(log);
    return err;
}

/* What the old database's log holds must never be read into the new one. Empty after bh_replace_settle(), so
 * that a crash behind this line loses nothing; else the old database is damaged anyway, and kept with its
 * log.
 */
static enum bh_err drop_log(const char *data_dir, const char *stamp)
{
    char path[BH_DATA_PATH];
    char aside[BH_DATA_PATH];
    enum bh_err err = keep(data_dir, DATABASE, "-wal", stamp, aside);
    if (err == BH_OK)
        err = make_path(data_dir, DATABASE, "-wal", path);
    if (err == BH_OK && unlink(path) != 0 && errno != ENOENT)
        err = BH_ERR_IO;
    if (err == BH_OK)
        err = make_path(data_dir, DATABASE, "-shm", path);
    if (err == BH_OK && unlink(path) != 0 && errno != ENOENT)
        err = BH_ERR_IO;
    return err;
}

enum bh_err bh_replace_give(const char *data_dir, const char *name)
{
    struct stat folder;
    char path[BH_DATA_PATH];
    enum bh_err err = bh_data_dir_path(data_dir, name, path);
    if (err != BH_OK || geteuid() != 0)
        return err;
    if (stat(data_dir, &folder) != 0)
        return BH_ERR_IO;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return BH_ERR_IO;
    if (!bh_data_dir_is_own(fd) || fchown(fd, folder.st_uid, folder.st_gid) != 0)
        err = BH_ERR_IO;
    int reason = errno;
    close(fd);
    errno = reason;
    return err;
}

/* `fresh`, in the same folder, takes the name `name`. `taken` becomes true with that, also when it is not
 * sure that it survives a power cut. */
static enum bh_err take_place(const char *data_dir, const char *fresh, const char *name, bool *taken)
{
    char from[BH_DATA_PATH];
    char to[BH_DATA_PATH];
    enum bh_err err = bh_replace_give(data_dir, fresh);
    if (err == BH_OK)
        err = bh_data_dir_path(data_dir, fresh, from);
    if (err == BH_OK)
        err = bh_data_dir_path(data_dir, name, to);
    if (err == BH_OK && rename(from, to) != 0)
        err = BH_ERR_IO;
    if (err != BH_OK)
        return err;
    *taken = true;
    return bh_data_dir_sync(data_dir);
}

static enum bh_err replace_database(
    const char *data_dir, const char *stamp, char ret_aside[static BH_DATA_PATH], bool *taken)
{
    enum bh_err err = keep(data_dir, DATABASE, "", stamp, ret_aside);
    if (err == BH_OK)
        err = bh_data_dir_sync(data_dir);
    if (err == BH_OK)
        err = drop_log(data_dir, stamp);
    return err == BH_OK ? take_place(data_dir, BH_REPLACE_FRESH, DATABASE, taken) : err;
}

/* The key that is to come lies in the folder, and that of before has a second name; nothing is done where
 * they are the same. `ready`: there is a key that has to take its place. */
static enum bh_err prepare_key(const char *data_dir, const char *stamp, const struct bh_server_key *key,
    char ret_aside[static BH_DATA_PATH], bool *ready)
{
    struct bh_server_key old;
    char path[BH_DATA_PATH];
    enum bh_err err = bh_data_dir_path(data_dir, KEY, path);
    if (err != BH_OK)
        return err;
    bool same =
        bh_server_key_read(path, &old) == BH_OK && memcmp(old.bytes, key->bytes, sizeof(old.bytes)) == 0;
    bh_wipe(&old, sizeof(old));
    if (same)
        return BH_OK;
    err = keep(data_dir, KEY, "", stamp, ret_aside);
    if (err == BH_OK)
        err = bh_data_dir_path(data_dir, KEY_FRESH, path);
    if (err != BH_OK)
        return err;
    unlink(path);
    err = bh_server_key_write(path, key);
    *ready = err == BH_OK;
    return err == BH_OK ? bh_replace_give(data_dir, KEY_FRESH) : err;
}

static void forget_key(const char *data_dir, const char *aside)
{
    char path[BH_DATA_PATH];
    if (bh_data_dir_path(data_dir, KEY_FRESH, path) == BH_OK)
        unlink(path);
    if (aside[0] != 0)
        unlink(aside);
}

enum bh_err bh_replace_all(const char *data_dir, const char *stamp, const struct bh_server_key *key,
    char ret_database[static BH_DATA_PATH], char ret_key[static BH_DATA_PATH])
{
    char database_aside[BH_DATA_PATH] = "";
    char key_aside[BH_DATA_PATH] = "";
    bool key_ready = false;
    bool database_taken = false;
    bool key_taken = false;
    enum bh_err err = key == NULL ? BH_OK : prepare_key(data_dir, stamp, key, key_aside, &key_ready);
    if (err == BH_OK)
        err = replace_database(data_dir, stamp, database_aside, &database_taken);
    int reason = errno;
    if (key_ready && !database_taken) {
        forget_key(data_dir, key_aside);
    } else if (key_ready) { /* also when the folder could not be flushed: the two must fit */
        enum bh_err key_err = take_place(data_dir, KEY_FRESH, KEY, &key_taken);
        if (err == BH_OK) {
            err = key_err;
            reason = errno;
        }
    }
    errno = reason;
    if (err != BH_OK)
        return err;
    memcpy(ret_database, database_aside, BH_DATA_PATH);
    memcpy(ret_key, key_aside, BH_DATA_PATH);
    return BH_OK;
}

/* ---- after a crash --------------------------------------------------------------------------------------
 */

static bool fresh_key_fits(const char *data_dir)
{
    struct bh_server_key key;
    struct bh_db *db;
    char path[BH_DATA_PATH];
    char wanted[BH_KEY_CHECK_TEXT];
    char check[BH_KEY_CHECK_TEXT];
    if (bh_data_dir_path(data_dir, KEY_FRESH, path) != BH_OK || bh_server_key_read(path, &key) != BH_OK)
        return false;
    bh_copy_key_check(&key, check);
    bh_wipe(&key, sizeof(key));
    if (bh_data_dir_path(data_dir, DATABASE, path) != BH_OK ||
        bh_db_open(path, true, RESUME_TIMEOUT_MS, &db) != BH_OK)
        return false;
    bool fits = bh_copy_read_key_check(db, wanted) == BH_OK && strcmp(check, wanted) == 0;
    bh_db_close(db);
    return fits;
}

void bh_replace_resume(const char *data_dir)
{
    int lock;
    bool taken = false;
    enum bh_err err = BH_OK;
    if (!bh_data_dir_has(data_dir, KEY_FRESH) || !bh_data_dir_has(data_dir, DATABASE) ||
        bh_data_dir_lock_opening(data_dir, &lock) != BH_OK)
        return;
    if (fresh_key_fits(data_dir))
        err = take_place(data_dir, KEY_FRESH, KEY, &taken);
    close(lock);
    (void)err; /* whoever opens the database with the key of before is told that it does not fit */
}

/* ---- the record -----------------------------------------------------------------------------------------
 */

enum bh_err bh_replace_note(const char *data_dir, struct bh_span line)
{
    char path[BH_DATA_PATH];
    enum bh_err err = bh_data_dir_path(data_dir, NOTES, path);
    if (err != BH_OK)
        return err;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return BH_ERR_IO;
    bool written = bh_data_dir_is_own(fd) && write_piece(fd, line.data, line.len) &&
                   write_piece(fd, "\n", 1) && fsync(fd) == 0;
    if (close(fd) != 0 || !written)
        return BH_ERR_IO;
    return bh_replace_give(data_dir, NOTES);
}
