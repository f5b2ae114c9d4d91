// SPDX-License-Identifier: Apache-2.0
/*
 * The thin driver under the queries: one SQLite connection, its cached statements, its transaction.
 *
 *     struct bh_stmt *stmt = bh_db_statement(db, "SELECT name FROM account WHERE id = $1");
 *     bh_stmt_bind_int(stmt, 1, id);
 *     enum bh_err err = bh_stmt_step(stmt);
 *     if (err == BH_OK)
 *         err = bh_stmt_copy_text(stmt, 0, arena, ret_name);
 *     bh_stmt_end(stmt);
 *
 * Parameters are $1, $2 ... and are bound by that number. Errors are remembered by the statement and come out
 * of bh_stmt_step or bh_stmt_run, so binding needs no checks. A statement that writes is refused outside a
 * write transaction, also when SQLite itself has rolled that back after an error: nothing is ever written by
 * itself.
 */
#ifndef BH_STORE_DB_H
#define BH_STORE_DB_H

#include <sqlite3.h>

#include "store/store.h"

#define BH_DB_STATEMENTS 1024 /* slots; a connection uses at most half of them */

/* Told about every rollback of the writer, so that what is held in memory can follow the database. */
struct bh_db_observer {
    void (*on_savepoint)(void *context);
    void (*on_rollback)(void *context, bool to_savepoint);
    void *context;
};

struct bh_db {
    sqlite3 *handle;
    struct bh_db_observer observer; /* functions may be NULL */
    int busy_timeout_ms;
    bool in_transaction;
    bool scrub_log;      /* erased content is still in the write-ahead log */
    unsigned scrub_wait; /* commits until the next attempt to empty that */
    size_t statement_count;
    struct bh_stmt *statements[BH_DB_STATEMENTS];
};

/* ---- connection -----------------------------------------------------------------------------------------
 */

/* Opens the existing file; a reader cannot write. Triggers and views of the file do nothing. The caller owns
 * *ret_db. */
BH_MUST_USE
enum bh_err bh_db_open(const char *path, bool reader, int busy_timeout_ms, struct bh_db **ret_db);
/* For the writer of a server's own database: a trigger there is its operator's, who can write the file
 * anyway; what a restore brings was refused if it had one. */
BH_MUST_USE
enum bh_err bh_db_run_triggers(struct bh_db *db);
void bh_db_close(struct bh_db *db);
/* Kept in the file. BH_ERR_STORE_UNAVAILABLE on a file system that cannot do it. */
BH_MUST_USE
enum bh_err bh_db_enable_wal(struct bh_db *db);
/* Several statements without parameters; for migrations and settings. */
BH_MUST_USE
enum bh_err bh_db_run_script(struct bh_db *db, const char *sql);
/* Rows changed by the last statement that wrote. */
int64_t bh_db_changes(struct bh_db *db);
/* Bytes of the database's file, with what the write-ahead log adds to it. */
BH_MUST_USE
enum bh_err bh_db_size(struct bh_db *db, int64_t *ret_bytes);
/* Once the transaction has committed, the write-ahead log is emptied: it holds what was erased. */
void bh_db_scrub_after_commit(struct bh_db *db);
/* Where that could not be done, because of readers, the next commit tries again. */
void bh_db_scrub_retry(struct bh_db *db);
/* What a result code of SQLite means; BH_OK for SQLITE_OK. */
enum bh_err bh_db_error(int code);

/* ---- statements -----------------------------------------------------------------------------------------
 */

struct bh_stmt;

/*
 * The cached statement of `sql`, which must be a string literal: the cache goes by its address. Never NULL.
 * It is in use until bh_stmt_end or until stepping gives anything but BH_OK; then it may be asked for again.
 */
struct bh_stmt *bh_db_statement(struct bh_db *db, const char *sql);

/* Texts and blobs must stay where they are until the statement is over. Absent spans are NULL. */
void bh_stmt_bind_int(struct bh_stmt *stmt, int number, int64_t value);
void bh_stmt_bind_double(struct bh_stmt *stmt, int number, double value);
void bh_stmt_bind_null(struct bh_stmt *stmt, int number);
void bh_stmt_bind_text(struct bh_stmt *stmt, int number, struct bh_span text);
void bh_stmt_bind_blob(struct bh_stmt *stmt, int number, struct bh_span blob);
void bh_stmt_bind_sha256(struct bh_stmt *stmt, int number, const struct bh_sha256 *digest);

/* BH_OK: there is a row. BH_ERR_NOT_FOUND: no more rows. */
BH_MUST_USE
enum bh_err bh_stmt_step(struct bh_stmt *stmt);
/* For statements without rows: runs to the end. */
BH_MUST_USE
enum bh_err bh_stmt_run(struct bh_stmt *stmt);
/* The same; `none` when it has changed no row. */
BH_MUST_USE
enum bh_err bh_stmt_run_or(struct bh_stmt *stmt, enum bh_err none);
void bh_stmt_end(struct bh_stmt *stmt);

/* Columns count from 0. Texts and blobs live until the next step; NULL gives the absent span, 0 and 0.0. */
int64_t bh_stmt_int(struct bh_stmt *stmt, int column);
double bh_stmt_double(struct bh_stmt *stmt, int column);
bool bh_stmt_is_null(struct bh_stmt *stmt, int column);
struct bh_span bh_stmt_text(struct bh_stmt *stmt, int column);
struct bh_span bh_stmt_blob(struct bh_stmt *stmt, int column);
/* False when the column is not a digest. */
BH_MUST_USE
bool bh_stmt_sha256(struct bh_stmt *stmt, int column, struct bh_sha256 *ret_digest);
BH_MUST_USE
enum bh_err bh_stmt_copy_text(
    struct bh_stmt *stmt, int column, struct bh_arena *arena, struct bh_span *ret_text);
/* As many columns from `first` on. */
BH_MUST_USE
enum bh_err bh_stmt_copy_texts(
    struct bh_stmt *stmt, int first, struct bh_arena *arena, struct bh_span *const *texts, size_t count);

/* Gives the one integer of the one row, and ends the statement. */
BH_MUST_USE
enum bh_err bh_stmt_one_int(struct bh_stmt *stmt, int64_t *ret_value);
/* Likewise, of a count or a sum of sizes. */
BH_MUST_USE
enum bh_err bh_stmt_one_size(struct bh_stmt *stmt, size_t *ret_size);
/* Likewise, what `read` makes of the one row. */
BH_MUST_USE
enum bh_err bh_stmt_read_one(struct bh_stmt *stmt,
    enum bh_err (*read)(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_item), struct bh_arena *arena,
    void *ret_item);

/* What the rows of a list become: items of `size` bytes, each filled in by `read`. */
struct bh_stmt_item {
    size_t size;
    enum bh_err (*read)(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_item);
};
/* Reads the rows, at most `limit`, into an array in the arena, and ends the statement. */
BH_MUST_USE
enum bh_err bh_stmt_read_all(struct bh_stmt *stmt, const struct bh_stmt_item *item, size_t limit,
    struct bh_arena *arena, void **ret_items, size_t *ret_count);

#endif
