// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf backup FILE`: a copy of a data folder's database, also while a server uses it. It grows under the
 * name FILE.part, is looked through there, and gets its own name when it is whole and on the disk.
 */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/copies.h"
#include "client/options.h"
#include "client/output.h"
#include "lib/json.h"
#include "lib/timefmt.h"
#include "store/data_dir.h"
#include "store/db.h"
#include "store/replace.h"

#define BUSY_TIMEOUT_MS 10000
#define MEGABYTE 1048576.0

struct backup {
    const char *data_dir;
    const char *file;
    bool force, with_key, verify, json;
    bool key_known;
    struct bh_server_key key;
    char source[BH_DATA_PATH];
    char folder[BH_COPIES_TEXT];
    char part[BH_DATA_PATH];
    char key_file[BH_DATA_PATH];
    int part_fd; /* holds the lock that keeps a second backup to the same file away; -1 = none */
    struct bh_copy_facts facts;
};

static void finish(struct backup *backup)
{
    if (backup->part_fd >= 0)
        close(backup->part_fd);
    bh_wipe(&backup->key, sizeof(backup->key));
}

/* ---- before anything is written -------------------------------------------------------------------------
 */

static bool make_paths(struct backup *backup)
{
    int part = snprintf(backup->part, sizeof(backup->part), "%s.part", backup->file);
    int key = snprintf(backup->key_file, sizeof(backup->key_file), "%s.key", backup->file);
    if (part < 0 || part >= BH_DATA_PATH || key < 0 || key >= BH_DATA_PATH ||
        bh_data_dir_path(backup->data_dir, "behalf.db", backup->source) != BH_OK ||
        !bh_copy_folder_of(backup->file, backup->folder))
        return bh_copy_fail("", "The name is too long.") == 0;
    return true;
}

static bool target_is_free(const struct backup *backup)
{
    struct stat about;
    if (lstat(backup->file, &about) != 0)
        return true;
    if (!S_ISREG(about.st_mode))
        return bh_copy_fail(
                   "Name a file that is to be made.", "%s exists and is no plain file.", backup->file) == 0;
    return backup->force ||
           bh_copy_fail("Name another file, or replace it with --force.", "%s exists.", backup->file) == 0;
}

static bool check_places(struct backup *backup)
{
    struct stat about;
    if (strcmp(backup->file, "-") == 0)
        return bh_copy_fail("Name a file: a backup is checked before it gets its name.",
                   "A backup cannot be written to standard output.") == 0;
    if (!make_paths(backup))
        return false;
    if (!bh_data_dir_has(backup->data_dir, "behalf.db"))
        return bh_copy_fail("Name the server's data folder with --data or BEHALFID_DATA.",
                   "There is no database in %s.", backup->data_dir) == 0;
    if (stat(backup->folder, &about) != 0 || !S_ISDIR(about.st_mode))
        return bh_copy_fail("Make the folder first.", "There is no folder %s.", backup->folder) == 0;
    if (bh_copy_same_file(backup->folder, backup->data_dir))
        return bh_copy_fail("Name a file in another folder, best on another disk.",
                   "A backup inside the data folder would be lost with it.") == 0;
    return target_is_free(backup);
}

static bool find_key(struct backup *backup)
{
    if (!backup->verify && !backup->with_key)
        return true;
    bh_replace_resume(backup->data_dir);
    enum bh_err err = bh_server_key_find(backup->data_dir, getenv("BEHALFID_SECRET_KEY"), &backup->key);
    backup->key_known = err == BH_OK;
    if (err != BH_OK)
        return bh_copy_fail(
                   "Set BEHALFID_SECRET_KEY as for the server, or leave the check of the log out with "
                   "--no-verify.",
                   "The server key, which the check of the log needs, cannot be read.") == 0;
    return true;
}

/* ---- the file that grows --------------------------------------------------------------------------------
 */

/* The name may have become another file while we waited for nothing: then somebody else has just finished. */
static bool holds_name(int fd, const char *path)
{
    struct stat held;
    struct stat named;
    return fstat(fd, &held) == 0 && lstat(path, &named) == 0 && S_ISREG(held.st_mode) &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static void remove_part(const struct backup *backup)
{
    static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
    char path[BH_DATA_PATH + 16];
    if (backup->part_fd < 0)
        return;
    for (size_t i = 0; i < BH_COUNT(endings); i++) {
        snprintf(path, sizeof(path), "%s%s", backup->part, endings[i]);
        unlink(path);
    }
}

/* The descriptor becomes the backup's, with the lock on it. */
static bool take_part(struct backup *backup, int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && holds_name(fd, backup->part)) {
        backup->part_fd = fd;
        return true;
    }
    close(fd); /* not ours: it stays */
    return bh_copy_fail("Wait until it is done.", "Another backup to %s is being made.", backup->file) == 0;
}

/* What a backup of ours that was killed has left is removed. Anything else may be a trap: a link to another
 * file, or a file that somebody else made and would own, and read, once it is the backup. */
static bool remove_stale(struct backup *backup)
{
    struct stat about;
    int fd = open(backup->part, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || bh_copy_fail_with(BH_ERR_IO, backup->part) == 0;
    if (fstat(fd, &about) != 0 || about.st_uid != geteuid() || !bh_data_dir_is_own(fd)) {
        close(fd);
        return bh_copy_fail("Remove it, or name a file in a folder in which nobody else may write.",
                   "%s is not the file of a backup of yours.", backup->part) == 0;
    }
    if (!take_part(backup, fd))
        return false;
    remove_part(backup);
    close(backup->part_fd);
    backup->part_fd = -1;
    return true;
}

static bool open_part(struct backup *backup)
{
    static const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = open(backup->part, flags, 0600);
    if (fd < 0 && errno == EEXIST) {
        if (!remove_stale(backup))
            return false;
        fd = open(backup->part, flags, 0600);
    }
    if (fd < 0)
        return bh_copy_fail_with(BH_ERR_IO, backup->part) == 0;
    return take_part(backup, fd);
}

static bool copy(struct backup *backup)
{
    struct bh_copy_line line;
    bh_copy_line_init(&line, "copied", backup->json);
    enum bh_err err = bh_copy_make(backup->source, backup->part, BUSY_TIMEOUT_MS, bh_copy_line_show, &line);
    bh_copy_line_clear(&line);
    if (err == BH_ERR_STORE_CORRUPT || err == BH_ERR_NOT_FOUND)
        return bh_copy_fail_examined(err, backup->source) == 0;
    return err == BH_OK || bh_copy_fail_with(err, "The backup cannot be written") == 0;
}

/* ---- looking it through ---------------------------------------------------------------------------------
 */

static bool check_version(const struct backup *backup)
{
    int64_t newest = bh_copy_newest_version();
    if (backup->facts.version > newest)
        return bh_copy_fail("Use the program that the server runs.",
                   "The database was written by a newer version of BehalfID.") == 0;
    if (backup->facts.version < newest && backup->verify)
        return bh_copy_fail("Use the program that the server runs, or leave the check out with --no-verify.",
                   "The database is of an older version of BehalfID, whose log cannot be checked here.") == 0;
    return true;
}

static bool check_key(const struct backup *backup)
{
    char check[BH_KEY_CHECK_TEXT];
    if (!backup->key_known)
        return true;
    bh_copy_key_check(&backup->key, check);
    return strcmp(check, backup->facts.key_check) == 0 ||
           bh_copy_fail("Set BEHALFID_SECRET_KEY as for the server.",
               "The server key does not fit this database: it has the check value %s, and %s is wanted.",
               check, backup->facts.key_check) == 0;
}

static bool look_through(struct backup *backup)
{
    struct bh_db *db;
    enum bh_err err = bh_db_open(backup->part, true, 0, &db);
    if (err != BH_OK)
        return bh_copy_fail_with(err, "The backup cannot be read") == 0;
    err = bh_copy_examine(db, &backup->facts);
    bool good = err == BH_OK || bh_copy_fail_examined(err, backup->source) == 0;
    good = good && check_version(backup) && check_key(backup) &&
           (!backup->verify ||
               bh_copy_verify_log(db, &backup->key, backup->source,
                   "`behalf audit verify` says where. --no-verify makes the backup all the same.",
                   backup->json));
    bh_db_close(db);
    return good;
}

/* ---- giving it its name ---------------------------------------------------------------------------------
 */

/* The key that is replaced stays until the new one is whole: it may be the only copy of it. */
static enum bh_err replace_key(const struct backup *backup)
{
    char part[BH_DATA_PATH + 16];
    snprintf(part, sizeof(part), "%s.part", backup->key_file);
    unlink(part);
    enum bh_err err = bh_server_key_write(part, &backup->key);
    if (err == BH_OK && rename(part, backup->key_file) != 0) {
        int reason = errno;
        unlink(part);
        errno = reason;
        err = BH_ERR_IO;
    }
    return err;
}

static bool has_key(const struct backup *backup)
{
    struct bh_server_key there;
    bool same = bh_server_key_read(backup->key_file, &there) == BH_OK &&
                memcmp(there.bytes, backup->key.bytes, sizeof(there.bytes)) == 0;
    bh_wipe(&there, sizeof(there));
    return same;
}

static bool save_key(const struct backup *backup)
{
    if (!backup->with_key || has_key(backup))
        return true;
    enum bh_err err =
        backup->force ? replace_key(backup) : bh_server_key_write(backup->key_file, &backup->key);
    if (err == BH_ERR_CONFLICT)
        return bh_copy_fail("Name another file, or replace it with --force.", "%s exists and is another key.",
                   backup->key_file) == 0;
    return err == BH_OK || bh_copy_fail_with(err, backup->key_file) == 0;
}

/* Without --force the name must still be free, also when somebody has taken it meanwhile. */
static bool take_name(const struct backup *backup)
{
    if (backup->force)
        return rename(backup->part, backup->file) == 0;
    if (renameat2(AT_FDCWD, backup->part, AT_FDCWD, backup->file, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL) /* a file system that cannot do it */
        return false;
    if (access(backup->file, F_OK) != 0)
        return rename(backup->part, backup->file) == 0;
    errno = EEXIST;
    return false;
}

static bool settle(const struct backup *backup)
{
    if (fsync(backup->part_fd) != 0)
        return bh_copy_fail_with(BH_ERR_IO, "The backup cannot be written") == 0;
    if (!save_key(backup))
        return false;
    if (!take_name(backup))
        return bh_copy_fail_with(BH_ERR_IO, backup->file) == 0;
    return bh_data_dir_sync(backup->folder) == BH_OK || bh_copy_fail_with(BH_ERR_IO, backup->folder) == 0;
}

/* ---- telling --------------------------------------------------------------------------------------------
 */

static void write_text(const struct backup *backup)
{
    const struct bh_copy_facts *facts = &backup->facts;
    char newest[BH_TIME_TEXT];
    bh_time_format(facts->last_at, newest);
    bh_output_write_line("backup   %s", backup->file);
    bh_output_write_line("size     %.1f MB", (double)facts->bytes / MEGABYTE);
    if (facts->last_row > 0)
        bh_output_write_line("log      through decision %lld of %s", (long long)facts->last_row, newest);
    else
        bh_output_write_line("log      no decisions yet");
    bh_output_write_line("checked  %s",
        backup->verify ? "every page; the log is intact" : "every page, but not the log (--no-verify)");
    bh_output_write_line("key      %s (check value)", facts->key_check);
    if (backup->with_key)
        bh_output_note("The server key is in %s. Whoever has both files can sign as this server: keep them "
                       "apart.",
            backup->key_file);
    else
        bh_output_note("The server key is not in it, so that a stolen backup signs nothing. A restore needs "
                       "it: keep a\ncopy of server.key, or of BEHALFID_SECRET_KEY, once, in another place.");
}

static bool write_json(const struct backup *backup)
{
    const struct bh_copy_facts *facts = &backup->facts;
    char newest[BH_TIME_TEXT];
    bh_time_format(facts->last_at, newest);
    BH_CLEANUP(bh_json_release)
    json_t *json = json_pack("{s:s, s:I, s:I, s:I, s:s?, s:b, s:s, s:s?}", "file", backup->file, "bytes",
        (json_int_t)facts->bytes, "schemaVersion", (json_int_t)facts->version, "lastDecision",
        (json_int_t)facts->last_row, "lastDecisionAt", facts->last_row > 0 ? newest : NULL, "logVerified",
        (int)backup->verify, "keyCheck", facts->key_check, "keyFile",
        backup->with_key ? backup->key_file : NULL);
    if (json == NULL)
        return false;
    bh_output_write_json(json);
    return true;
}

static int make(struct backup *backup)
{
    if (!check_places(backup) || !find_key(backup))
        return 1;
    if (!open_part(backup) || !copy(backup) || !look_through(backup) || !settle(backup)) {
        remove_part(backup);
        return 1;
    }
    if (!backup->json)
        write_text(backup);
    else if (!write_json(backup))
        return bh_output_no_memory();
    return 0;
}

int bh_cmd_backup(int argc, char **argv)
{
    const char *data = NULL;
    bool no_verify = false;
    struct backup backup = {.part_fd = -1};
    const struct bh_option options[] = {
        BH_OPTION_VALUE("data", 0, data, "DIR", "data folder (default: BEHALFID_DATA, else ./data)"),
        BH_OPTION_FLAG("force", 0, backup.force, "replace FILE if it exists"),
        BH_OPTION_FLAG("with-key", 0, backup.with_key, "write the server key too, to FILE.key"),
        BH_OPTION_FLAG("no-verify", 0, no_verify, "do not check the audit log of the copy"),
    };
    const struct bh_usage usage = {.command = "backup",
        .operands = "<file>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Copy a data folder's database, also while the server runs",
        .details =
            "The copy is of one moment: every decision that was answered before the command began is in "
            "it.\n"
            "It grows as FILE.part and gets its name once it is whole: every page is checked, and the "
            "chain\n"
            "of the audit log as `behalf audit verify` does it.\n"
            "The server key is not in it: without that key a copy signs nothing, and cannot be restored. "
            "Keep\n"
            "server.key once in another place; the check value tells which key belongs to a backup.",
        .examples = "backup /var/backups/behalf.db --data /var/lib/behalfid\n"
                    "backup behalf-$(date +%F).db --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    backup.data_dir = bh_copy_data_dir(data);
    backup.file = arguments.operands[0];
    backup.verify = !no_verify;
    backup.json = arguments.json;
    status = make(&backup);
    finish(&backup);
    return status;
}
