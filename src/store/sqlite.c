// SPDX-License-Identifier: Apache-2.0
/*
 * One SQLite connection: settings, errors, transactions.
 *
 * Durability is journal_mode=WAL with synchronous=FULL: COMMIT returns after the log has been flushed to the
 * disk. NORMAL would lose acknowledged rows on power loss.
 */
#include "store/db.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/statement.h"

#define SCRUB_EVERY 64 /* commits between attempts to empty the write-ahead log while readers hold it */

/* Page memory: the writer keeps the day rows of many agents; readers walk lists and keep little. */
static const char writer_settings[] = "PRAGMA synchronous = FULL;"
                                      "PRAGMA wal_autocheckpoint = 3000;"
                                      "PRAGMA journal_size_limit = 67108864;"
                                      "PRAGMA secure_delete = ON;"
                                      "PRAGMA foreign_keys = ON;"
                                      "PRAGMA temp_store = MEMORY;"
                                      "PRAGMA cache_size = -12000;";
static const char reader_settings[] = "PRAGMA query_only = ON;"
                                      "PRAGMA temp_store = MEMORY;"
                                      "PRAGMA cache_size = -1000;";

static void configure_library(void)
{
    /* Counting memory would take one lock for all threads. It is refused once SQLite runs, which is harmless.
     */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

enum bh_err bh_db_error(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
        return BH_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return BH_ERR_STORE_BUSY;
    case SQLITE_FULL:
        return BH_ERR_STORE_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return BH_ERR_STORE_CORRUPT;
    case SQLITE_NOMEM:
        return BH_ERR_NO_MEMORY;
    case SQLITE_CONSTRAINT:
        return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                       code == SQLITE_CONSTRAINT_ROWID
                   ? BH_ERR_CONFLICT
                   : BH_ERR_INTERNAL;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
        return BH_ERR_INTERNAL;
    default: /* I/O errors, files that cannot be opened or written */
        return BH_ERR_STORE_UNAVAILABLE;
    }
}

enum bh_err bh_db_run_script(struct bh_db *db, const char *sql)
{
    return bh_db_error(sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

static int keep_mode(void *context, int columns, char **values, char **names)
{
    (void)names;
    *(bool *)context = columns == 1 && values[0] != NULL && strcmp(values[0], "wal") == 0;
    return 0;
}

enum bh_err bh_db_enable_wal(struct bh_db *db)
{
    bool enabled = false;
    int code = sqlite3_exec(db->handle, "PRAGMA journal_mode = WAL", keep_mode, &enabled, NULL);
    if (code != SQLITE_OK)
        return bh_db_error(code);
    return enabled ? BH_OK : BH_ERR_STORE_UNAVAILABLE;
}

/* A file may come from anywhere: SQL that it brings along never runs. Our own schema has no trigger and no
 * view, and no function in a default, a check or an index. */
static int disarm(sqlite3 *handle)
{
    static const struct {
        int option, value;
    } settings[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    };
    int code = SQLITE_OK;
    for (size_t i = 0; i < BH_COUNT(settings) && code == SQLITE_OK; i++)
        code = sqlite3_db_config(handle, settings[i].option, settings[i].value, (int *)NULL);
    return code;
}

enum bh_err bh_db_open(const char *path, bool reader, int busy_timeout_ms, struct bh_db **ret_db)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_library);
    struct bh_db *db = calloc(1, sizeof(*db));
    if (db == NULL)
        return BH_ERR_NO_MEMORY;
    db->busy_timeout_ms = busy_timeout_ms;
    int code = sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        sqlite3_extended_result_codes(db->handle, 1);
        code = sqlite3_busy_timeout(db->handle, busy_timeout_ms);
    }
    if (code == SQLITE_OK)
        code = disarm(db->handle);
    enum bh_err err = bh_db_error(code);
    if (err == BH_OK)
        err = bh_db_run_script(db, reader ? reader_settings : writer_settings);
    if (err != BH_OK) {
        bh_db_close(db);
        return err;
    }
    *ret_db = db;
    return BH_OK;
}

enum bh_err bh_db_run_triggers(struct bh_db *db)
{
    return bh_db_error(sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, (int *)NULL));
}

void bh_db_close(struct bh_db *db)
{
    if (db == NULL)
        return;
    bh_db_rollback(db);
    bh_statements_finish(db);
    sqlite3_close(db->handle);
    free(db);
}

int64_t bh_db_changes(struct bh_db *db)
{
    return sqlite3_changes64(db->handle);
}

enum bh_err bh_db_size(struct bh_db *db, int64_t *ret_bytes)
{
    return bh_stmt_one_int(
        bh_db_statement(db, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"),
        ret_bytes);
}

enum bh_err bh_db_begin(struct bh_db *db)
{
    if (db->in_transaction)
        return BH_ERR_INTERNAL;
    enum bh_err err = bh_statement_control(db, "BEGIN IMMEDIATE");
    if (err == BH_OK)
        db->in_transaction = true;
    return err;
}

enum bh_err bh_db_begin_read(struct bh_db *db)
{
    if (db->in_transaction)
        return BH_ERR_INTERNAL;
    enum bh_err err = bh_statement_control(db, "BEGIN");
    if (err != BH_OK)
        return err;
    db->in_transaction = true;
    int64_t ignored;
    err = bh_stmt_one_int(bh_db_statement(db, "SELECT id FROM meta WHERE id = 1"), &ignored);
    if (err != BH_OK) /* the first read is what fixes the view */
        bh_db_rollback(db);
    return err;
}

static void empty_log(struct bh_db *db)
{
    if (db->scrub_wait > 0) {
        db->scrub_wait--;
        return;
    }
    /* Does not wait for readers: they would hold up every decision. Tried again later. */
    sqlite3_busy_timeout(db->handle, 0);
    int code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db->handle, db->busy_timeout_ms);
    db->scrub_log = code != SQLITE_OK;
    db->scrub_wait = SCRUB_EVERY;
    if (!db->scrub_log)
        db->scrub_wait = 0;
}

void bh_db_scrub_after_commit(struct bh_db *db)
{
    db->scrub_log = true;
    db->scrub_wait = 0;
}

void bh_db_scrub_retry(struct bh_db *db)
{
    db->scrub_wait = 0;
}

enum bh_err bh_db_commit(struct bh_db *db)
{
    if (!db->in_transaction)
        return BH_ERR_INTERNAL;
    /* SQLite may have rolled back by itself (disk full, I/O error): COMMIT would then "succeed" on nothing.
     */
    enum bh_err err =
        sqlite3_get_autocommit(db->handle) ? BH_ERR_STORE_UNAVAILABLE : bh_statement_control(db, "COMMIT");
    if (err != BH_OK) {
        bh_db_rollback(db);
        return err;
    }
    db->in_transaction = false;
    if (db->scrub_log)
        empty_log(db);
    return BH_OK;
}

void bh_db_rollback(struct bh_db *db)
{
    if (!db->in_transaction)
        return;
    bh_statements_end_all(db);
    if (!sqlite3_get_autocommit(db->handle))
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    db->in_transaction = false;
    if (db->observer.on_rollback != NULL)
        db->observer.on_rollback(db->observer.context, false);
}

enum bh_err bh_db_savepoint(struct bh_db *db)
{
    if (!db->in_transaction || sqlite3_get_autocommit(db->handle))
        return BH_ERR_STORE_UNAVAILABLE;
    enum bh_err err = bh_statement_control(db, "SAVEPOINT job");
    if (err == BH_OK && db->observer.on_savepoint != NULL)
        db->observer.on_savepoint(db->observer.context);
    return err;
}

enum bh_err bh_db_savepoint_release(struct bh_db *db)
{
    if (!db->in_transaction || sqlite3_get_autocommit(db->handle))
        return BH_ERR_STORE_UNAVAILABLE;
    return bh_statement_control(db, "RELEASE job");
}

enum bh_err bh_db_savepoint_rollback(struct bh_db *db)
{
    if (!db->in_transaction || sqlite3_get_autocommit(db->handle))
        return BH_ERR_STORE_UNAVAILABLE;
    bh_statements_end_all(db);
    enum bh_err err = bh_statement_control(db, "ROLLBACK TO job");
    if (err == BH_OK && db->observer.on_rollback != NULL)
        db->observer.on_rollback(db->observer.context, true);
    return err == BH_OK ? bh_statement_control(db, "RELEASE job") : err;
}
