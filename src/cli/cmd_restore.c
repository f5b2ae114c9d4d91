// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf restore FILE`: a backup takes the place of a data folder's database. It is copied into the folder
 * under another name, checked and made ready there; one rename puts it in force.
 */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/copies.h"
#include "cli/restore_report.h"
#include "client/options.h"
#include "client/output.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/replace.h"

#define STAMP_TEXT 32
#define LINE_LIMIT 65536

struct restore {
    const char *data_dir, *file, *key_path;
    bool force, verify, json;
    bool fetched; /* the fresh file is ours to remove */
    int server_lock, opening_lock;
    struct bh_server_key key;
    char fresh[BH_DATA_PATH];
    char stamp[STAMP_TEXT];
    char old_database[BH_DATA_PATH], old_key[BH_DATA_PATH];
    struct bh_restore_report report;
};

static void finish(struct restore *restore)
{
    if (restore->fetched)
        bh_replace_forget(restore->data_dir);
    if (restore->opening_lock >= 0)
        close(restore->opening_lock);
    if (restore->server_lock >= 0)
        close(restore->server_lock);
    bh_wipe(&restore->key, sizeof(restore->key));
}

/* ---- before anything is written -------------------------------------------------------------------------
 */

/* A database that is in use, or was when its machine died, is not all in its file. */
static bool has_log_beside(const char *file)
{
    struct stat about;
    char path[BH_DATA_PATH];
    int length = snprintf(path, sizeof(path), "%s-wal", file);
    return length > 0 && length < BH_DATA_PATH && stat(path, &about) == 0 && about.st_size > 0;
}

static bool begins_as_database(const char *file)
{
    char start[16];
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, start, sizeof(start));
    close(fd);
    return length == (ssize_t)sizeof(start) && memcmp(start, "SQLite format 3", sizeof(start)) == 0;
}

static bool check_file(const struct restore *restore)
{
    struct stat about;
    if (stat(restore->file, &about) != 0)
        return bh_copy_fail_with(BH_ERR_IO, restore->file) == 0;
    if (!S_ISREG(about.st_mode))
        return bh_copy_fail("", "%s is no plain file.", restore->file) == 0;
    if (access(restore->file, R_OK) != 0)
        return bh_copy_fail_with(BH_ERR_IO, restore->file) == 0;
    if (!begins_as_database(restore->file))
        return bh_copy_fail_examined(BH_ERR_STORE_CORRUPT, restore->file) == 0;
    if (has_log_beside(restore->file))
        return bh_copy_fail("Make a backup of that folder with `behalf backup`, and restore that.",
                   "%s has a write-ahead log beside it: it is a database in use, not a backup.",
                   restore->file) == 0;
    return true;
}

static bool lock_folder(struct restore *restore)
{
    char path[BH_DATA_PATH];
    enum bh_err err = bh_data_dir_make(restore->data_dir);
    if (err != BH_OK)
        return bh_copy_fail_with(err, restore->data_dir) == 0;
    err = bh_data_dir_lock_server(restore->data_dir, &restore->server_lock);
    if (err == BH_ERR_STORE_LOCKED)
        return bh_copy_fail("Stop it first.", "A server runs on %s.", restore->data_dir) == 0;
    if (err == BH_OK)
        err = bh_replace_give(restore->data_dir, "server.lock");
    if (err == BH_OK)
        err = bh_data_dir_lock_opening(restore->data_dir, &restore->opening_lock);
    if (err == BH_OK)
        err = bh_data_dir_path(restore->data_dir, BH_REPLACE_FRESH, restore->fresh);
    if (err == BH_OK)
        err = bh_data_dir_path(restore->data_dir, "behalf.db", path);
    if (err != BH_OK)
        return bh_copy_fail_with(err, restore->data_dir) == 0;
    if (bh_copy_same_file(path, restore->file))
        return bh_copy_fail("", "%s is the database of %s itself.", restore->file, restore->data_dir) == 0;
    return restore->force || !bh_data_dir_has(restore->data_dir, "behalf.db") ||
           bh_copy_fail("With --force it is kept under another name, and the backup takes its place.",
               "There is a database in %s.", restore->data_dir) == 0;
}

/* The key of --key, else the one that a server on this folder would use. */
static bool find_key(struct restore *restore)
{
    enum bh_err err = restore->key_path != NULL ? bh_server_key_read(restore->key_path, &restore->key)
                                                : bh_server_key_find(restore->data_dir,
                                                      getenv("BEHALFID_SECRET_KEY"), &restore->key);
    if (err == BH_OK)
        return true;
    if (restore->key_path != NULL)
        return bh_copy_fail("It is 43 characters of base64url, in a file that only its owner can read.",
                   "%s cannot be read as a server key.", restore->key_path) == 0;
    return bh_copy_fail("Name a copy of server.key with --key, or set BEHALFID_SECRET_KEY.",
               "A backup is restored with the server key that it was made under, and there is none.") == 0;
}

/* ---- the copy in the folder -----------------------------------------------------------------------------
 */

static bool fetch(struct restore *restore)
{
    struct bh_copy_line line;
    bh_copy_line_init(&line, "copied", restore->json);
    restore->fetched = true;
    enum bh_err err = bh_replace_fetch(restore->file, restore->data_dir, bh_copy_line_show, &line);
    int reason = errno;
    bh_copy_line_clear(&line);
    errno = reason;
    return err == BH_OK || bh_copy_fail_with(err, "The backup cannot be copied into the data folder") == 0;
}

static bool check_facts(const struct restore *restore)
{
    char check[BH_KEY_CHECK_TEXT];
    const struct bh_copy_facts *facts = &restore->report.facts;
    if (facts->version > bh_copy_newest_version())
        return bh_copy_fail("Install that version, or a newer one, first.",
                   "%s was written by a newer version of BehalfID.", restore->file) == 0;
    bh_copy_key_check(&restore->key, check);
    return strcmp(check, facts->key_check) == 0 ||
           bh_copy_fail("Name the right one with --key.",
               "The server key does not fit %s: it has the check value %s, and %s is wanted.", restore->file,
               check, facts->key_check) == 0;
}

static enum bh_err end_single_uses(struct bh_db *db, struct restore *restore)
{
    int64_t now_ms = restore->report.restored_at;
    enum bh_err err = bh_db_begin(db);
    if (err != BH_OK)
        return err;
    err = bh_copy_end_single_uses(db, now_ms, &restore->report.ended);
    if (err == BH_OK)
        err = bh_copy_count(db, now_ms, &restore->report.counts);
    if (err == BH_OK)
        return bh_db_commit(db);
    bh_db_rollback(db);
    return err;
}

static bool make_ready(struct bh_db *db, struct restore *restore)
{
    enum bh_err err = bh_copy_examine(db, &restore->report.facts);
    if (err != BH_OK)
        return bh_copy_fail_examined(err, restore->file) == 0;
    if (!check_facts(restore))
        return false;
    /* An older schema is brought up to date in the copy; the backup itself stays what it is. */
    err = bh_migrate(db, bh_migrations, bh_migration_count);
    if (err != BH_OK)
        return bh_copy_fail_with(err, "The backup cannot be brought up to date") == 0;
    if (restore->verify &&
        !bh_copy_verify_log(db, &restore->key, restore->file,
            "Take another backup; or restore this one all the same with --no-verify.", restore->json))
        return false;
    err = end_single_uses(db, restore);
    if (err == BH_OK) /* one file without a log beside it, so that one rename is all */
        err = bh_db_run_script(db, "PRAGMA journal_mode = DELETE");
    return err == BH_OK || bh_copy_fail_with(err, "The backup cannot be made ready") == 0;
}

static bool prepare(struct restore *restore)
{
    struct bh_db *db;
    enum bh_err err = bh_db_open(restore->fresh, false, 0, &db);
    if (err != BH_OK)
        return bh_copy_fail_with(err, restore->file) == 0;
    bool ready = make_ready(db, restore);
    bh_db_close(db);
    return ready;
}

/* ---- putting it in force --------------------------------------------------------------------------------
 */

static bool note(const struct restore *restore)
{
    BH_CLEANUP(bh_json_release) json_t *json = bh_restore_report_json(&restore->report);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    enum bh_err err =
        text == NULL ? BH_ERR_NO_MEMORY : bh_replace_note(restore->data_dir, bh_span_from(text));
    free(text);
    return err == BH_OK;
}

/* A database that is damaged, or is none of ours, cannot be settled, and is kept as it is. One that could be
 * must not be replaced before it was: what its log holds would be lost, or would go on being written. */
static bool settle(struct restore *restore)
{
    if (!bh_data_dir_has(restore->data_dir, "behalf.db"))
        return true;
    enum bh_err err = bh_replace_settle(restore->data_dir, restore->stamp, &restore->report.replaced_last);
    if (err == BH_OK)
        return true;
    if (err == BH_ERR_STORE_BUSY)
        return bh_copy_fail("Wait for the commands that use it (backup, audit verify, admin), or end them.",
                   "Something has the database in %s open.", restore->data_dir) == 0;
    if (err != BH_ERR_STORE_CORRUPT && err != BH_ERR_INTERNAL)
        return bh_copy_fail_with(err, "The database that is to be replaced cannot be read to its end") == 0;
    restore->report.replaced_unread = true;
    return true;
}

static bool put_in_force(struct restore *restore)
{
    if (!settle(restore))
        return false;
    enum bh_err err = bh_replace_all(restore->data_dir, restore->stamp,
        restore->key_path == NULL ? NULL : &restore->key, restore->old_database, restore->old_key);
    if (err != BH_OK)
        return bh_copy_fail_with(err, "The backup cannot be put in place") == 0;
    restore->fetched = false;
    if (!note(restore))
        bh_output_note("restores.jsonl, where restores are noted, could not be written.");
    return true;
}

static int tell(const struct restore *restore)
{
    if (!restore->json) {
        bh_restore_report_write(&restore->report);
        return 0;
    }
    BH_CLEANUP(bh_json_release) json_t *json = bh_restore_report_json(&restore->report);
    if (json == NULL)
        return bh_output_no_memory();
    bh_output_write_json(json);
    return 0;
}

static void make_stamp(int64_t now_ms, char ret_stamp[static STAMP_TEXT])
{
    struct tm parts;
    char whole[STAMP_TEXT];
    time_t seconds = (time_t)(now_ms / 1000);
    gmtime_r(&seconds, &parts);
    strftime(whole, sizeof(whole), "%Y%m%dT%H%M%S", &parts);
    snprintf(ret_stamp, STAMP_TEXT, "%.15s.%03dZ", whole, (int)(now_ms % 1000));
}

static int run(struct restore *restore)
{
    restore->report = (struct bh_restore_report){.file = restore->file,
        .data_dir = restore->data_dir,
        .restored_at = bh_clock_wall_ms(),
        .verified = restore->verify,
        .old_database = restore->old_database,
        .old_key = restore->old_key};
    make_stamp(restore->report.restored_at, restore->stamp);
    bh_replace_resume(restore->data_dir); /* an earlier one, that a crash has ended */
    if (!check_file(restore) || !lock_folder(restore) || !find_key(restore) || !fetch(restore) ||
        !prepare(restore) || !put_in_force(restore))
        return 1;
    return tell(restore);
}

int bh_cmd_restore(int argc, char **argv)
{
    const char *data = NULL;
    bool no_verify = false;
    struct restore restore = {.server_lock = -1, .opening_lock = -1};
    const struct bh_option options[] = {
        BH_OPTION_VALUE("data", 0, data, "DIR", "data folder (default: BEHALFID_DATA, else ./data)"),
        BH_OPTION_VALUE("key", 0, restore.key_path, "FILE",
            "the server key that belongs to the backup; becomes server.key of the folder"),
        BH_OPTION_FLAG("force", 0, restore.force, "where there is a database, keep it under another name"),
        BH_OPTION_FLAG("no-verify", 0, no_verify, "do not check the audit log of the backup"),
    };
    const struct bh_usage usage = {.command = "restore",
        .operands = "<file>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Put a backup in the place of a data folder's database",
        .details =
            "The server must be stopped. The backup is copied, checked (every page, the server key, the "
            "chain of\n"
            "the audit log) and brought up to date before it takes the database's place, all at once. With "
            "--force\n"
            "the database before is kept as behalf.db.before-TIME; nothing is deleted.\n"
            "What was revoked or changed after the backup is in force again: the output says what to look "
            "at.\n"
            "Approvals that were given and not used are ended, for they may have been used since, and so "
            "are\n"
            "sessions, open invitations, and links and codes for one use. Each restore is noted in\n"
            "DIR/restores.jsonl.",
        .examples = "restore /var/backups/behalf.db --data /var/lib/behalfid\n"
                    "restore behalf.db --data ./data --key server.key --force",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    restore.data_dir = bh_copy_data_dir(data);
    restore.file = arguments.operands[0];
    restore.verify = !no_verify;
    restore.json = arguments.json;
    status = run(&restore);
    finish(&restore);
    return status;
}
