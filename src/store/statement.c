// SPDX-License-Identifier: Apache-2.0
#include "store/statement.h"

#include <stdlib.h>
#include <string.h>

#define PARAMETERS 32

struct bh_stmt {
    const char *sql;
    struct bh_db *db;
    sqlite3_stmt *handle;
    enum bh_err failed; /* the first error since the statement was asked for */
    bool writes;
    unsigned char places[PARAMETERS + 1]; /* $n of the text -> SQLite's number, which goes by appearance */
};

static bool read_parameters(struct bh_stmt *stmt)
{
    int count = sqlite3_bind_parameter_count(stmt->handle);
    if (count > PARAMETERS)
        return false;
    for (int place = 1; place <= count; place++) {
        const char *name = sqlite3_bind_parameter_name(stmt->handle, place);
        long number = name == NULL ? 0 : strtol(name + 1, NULL, 10);
        if (number < 1 || number > PARAMETERS)
            return false;
        stmt->places[number] = (unsigned char)place;
    }
    return true;
}

static struct bh_stmt *prepare(struct bh_db *db, const char *sql, struct bh_stmt *stmt)
{
    stmt->sql = sql;
    stmt->db = db;
    int code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt->handle, NULL);
    if (code != SQLITE_OK) {
        stmt->failed = bh_db_error(code);
        return stmt;
    }
    if (!read_parameters(stmt))
        stmt->failed = BH_ERR_INTERNAL;
    stmt->writes = !sqlite3_stmt_readonly(stmt->handle);
    return stmt;
}

static size_t slot_of(const struct bh_db *db, const char *sql)
{
    size_t slot = (size_t)(((uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15)) >> 56) % BH_DB_STATEMENTS;
    while (db->statements[slot] != NULL && db->statements[slot]->sql != sql)
        slot = (slot + 1) % BH_DB_STATEMENTS;
    return slot;
}

/* Stands in when there is no memory: every use of it fails. */
static struct bh_stmt no_memory = {.failed = BH_ERR_NO_MEMORY};

struct bh_stmt *bh_db_statement(struct bh_db *db, const char *sql)
{
    size_t slot = slot_of(db, sql);
    struct bh_stmt *stmt = db->statements[slot];
    if (stmt != NULL && stmt->handle != NULL) {
        sqlite3_reset(stmt->handle);
        stmt->failed = BH_OK;
        return stmt;
    }
    if (stmt == NULL) {
        if (db->statement_count >= BH_DB_STATEMENTS / 2)
            abort(); /* INVARIANT: only literals, and the program has fewer than that */
        stmt = calloc(1, sizeof(*stmt));
        if (stmt == NULL)
            return &no_memory;
        db->statements[slot] = stmt;
        db->statement_count++;
    }
    stmt->failed = BH_OK;
    return prepare(db, sql, stmt);
}

void bh_statements_end_all(struct bh_db *db)
{
    for (size_t i = 0; i < BH_DB_STATEMENTS; i++) {
        if (db->statements[i] != NULL)
            sqlite3_reset(db->statements[i]->handle);
    }
}

void bh_statements_finish(struct bh_db *db)
{
    for (size_t i = 0; i < BH_DB_STATEMENTS; i++) {
        if (db->statements[i] == NULL)
            continue;
        sqlite3_finalize(db->statements[i]->handle);
        free(db->statements[i]);
        db->statements[i] = NULL;
    }
    db->statement_count = 0;
}

enum bh_err bh_statement_control(struct bh_db *db, const char *sql)
{
    struct bh_stmt *stmt = bh_db_statement(db, sql);
    if (stmt->failed != BH_OK)
        return stmt->failed;
    (void)sqlite3_step(stmt->handle);
    return bh_db_error(sqlite3_reset(stmt->handle));
}

/* ---- binding --------------------------------------------------------------------------------------------
 */

static int place_of(struct bh_stmt *stmt, int number)
{
    return stmt->places[number];
}

static void note(struct bh_stmt *stmt, int code)
{
    if (code != SQLITE_OK && stmt->failed == BH_OK)
        stmt->failed = bh_db_error(code);
}

void bh_stmt_bind_int(struct bh_stmt *stmt, int number, int64_t value)
{
    if (stmt->failed == BH_OK)
        note(stmt, sqlite3_bind_int64(stmt->handle, place_of(stmt, number), value));
}

void bh_stmt_bind_double(struct bh_stmt *stmt, int number, double value)
{
    if (stmt->failed == BH_OK)
        note(stmt, sqlite3_bind_double(stmt->handle, place_of(stmt, number), value));
}

void bh_stmt_bind_null(struct bh_stmt *stmt, int number)
{
    if (stmt->failed == BH_OK)
        note(stmt, sqlite3_bind_null(stmt->handle, place_of(stmt, number)));
}

void bh_stmt_bind_text(struct bh_stmt *stmt, int number, struct bh_span text)
{
    if (stmt->failed == BH_OK) /* a NULL pointer binds NULL */
        note(stmt, sqlite3_bind_text64(stmt->handle, place_of(stmt, number), text.data, text.len,
                       SQLITE_STATIC, SQLITE_UTF8));
}

void bh_stmt_bind_blob(struct bh_stmt *stmt, int number, struct bh_span blob)
{
    if (stmt->failed == BH_OK)
        note(stmt,
            sqlite3_bind_blob64(stmt->handle, place_of(stmt, number), blob.data, blob.len, SQLITE_STATIC));
}

void bh_stmt_bind_sha256(struct bh_stmt *stmt, int number, const struct bh_sha256 *digest)
{
    bh_stmt_bind_blob(stmt, number, bh_sha256_span(digest));
}

/* ---- stepping -------------------------------------------------------------------------------------------
 */

static enum bh_err may_run(const struct bh_stmt *stmt)
{
    if (stmt->failed != BH_OK)
        return stmt->failed;
    if (!stmt->db->in_transaction)
        return stmt->writes ? BH_ERR_INTERNAL : BH_OK;
    /* Our transaction is gone: SQLite rolled back by itself. Going on would write outside of any. */
    return sqlite3_get_autocommit(stmt->db->handle) ? BH_ERR_STORE_UNAVAILABLE : BH_OK;
}

enum bh_err bh_stmt_step(struct bh_stmt *stmt)
{
    enum bh_err err = may_run(stmt);
    if (err != BH_OK)
        return err;
    int code = sqlite3_step(stmt->handle);
    if (code == SQLITE_ROW)
        return BH_OK;
    sqlite3_reset(stmt->handle);
    return code == SQLITE_DONE ? BH_ERR_NOT_FOUND : bh_db_error(code);
}

enum bh_err bh_stmt_run(struct bh_stmt *stmt)
{
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK)
        continue;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

enum bh_err bh_stmt_run_or(struct bh_stmt *stmt, enum bh_err none)
{
    enum bh_err err = bh_stmt_run(stmt);
    return err == BH_OK && bh_db_changes(stmt->db) == 0 ? none : err;
}

void bh_stmt_end(struct bh_stmt *stmt)
{
    sqlite3_reset(stmt->handle);
}

enum bh_err bh_stmt_one_int(struct bh_stmt *stmt, int64_t *ret_value)
{
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    *ret_value = bh_stmt_int(stmt, 0);
    bh_stmt_end(stmt);
    return BH_OK;
}

enum bh_err bh_stmt_one_size(struct bh_stmt *stmt, size_t *ret_size)
{
    int64_t size;
    enum bh_err err = bh_stmt_one_int(stmt, &size);
    if (err == BH_OK)
        *ret_size = (size_t)size;
    return err;
}

enum bh_err bh_stmt_read_one(struct bh_stmt *stmt,
    enum bh_err (*read)(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_item), struct bh_arena *arena,
    void *ret_item)
{
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    err = read(stmt, arena, ret_item);
    bh_stmt_end(stmt);
    return err;
}

enum bh_err bh_stmt_read_all(struct bh_stmt *stmt, const struct bh_stmt_item *item, size_t limit,
    struct bh_arena *arena, void **ret_items, size_t *ret_count)
{
    size_t count = 0;
    char *items = bh_arena_alloc(arena, limit * item->size);
    enum bh_err err = items == NULL ? BH_ERR_NO_MEMORY : BH_OK;
    while (err == BH_OK && count < limit) {
        err = bh_stmt_step(stmt);
        if (err == BH_OK)
            err = item->read(stmt, arena, items + count * item->size);
        if (err == BH_OK)
            count++;
    }
    bh_stmt_end(stmt);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    *ret_items = items;
    *ret_count = count;
    return BH_OK;
}

/* ---- columns --------------------------------------------------------------------------------------------
 */

int64_t bh_stmt_int(struct bh_stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt->handle, column);
}

double bh_stmt_double(struct bh_stmt *stmt, int column)
{
    return sqlite3_column_double(stmt->handle, column);
}

bool bh_stmt_is_null(struct bh_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt->handle, column) == SQLITE_NULL;
}

struct bh_span bh_stmt_text(struct bh_stmt *stmt, int column)
{
    if (bh_stmt_is_null(stmt, column))
        return BH_ABSENT;
    const unsigned char *text = sqlite3_column_text(stmt->handle, column);
    if (text == NULL)
        return BH_SPAN("");
    return (struct bh_span){(const char *)text, (size_t)sqlite3_column_bytes(stmt->handle, column)};
}

struct bh_span bh_stmt_blob(struct bh_stmt *stmt, int column)
{
    const char *blob = sqlite3_column_blob(stmt->handle, column);
    if (blob == NULL)
        return bh_stmt_is_null(stmt, column) ? BH_ABSENT : BH_SPAN("");
    return (struct bh_span){blob, (size_t)sqlite3_column_bytes(stmt->handle, column)};
}

bool bh_stmt_sha256(struct bh_stmt *stmt, int column, struct bh_sha256 *ret_digest)
{
    struct bh_span blob = bh_stmt_blob(stmt, column);
    if (blob.len != BH_SHA256_SIZE)
        return false;
    memcpy(ret_digest->bytes, blob.data, BH_SHA256_SIZE);
    return true;
}

enum bh_err bh_stmt_copy_text(
    struct bh_stmt *stmt, int column, struct bh_arena *arena, struct bh_span *ret_text)
{
    return bh_arena_copy(arena, bh_stmt_text(stmt, column), ret_text) ? BH_OK : BH_ERR_NO_MEMORY;
}

enum bh_err bh_stmt_copy_texts(
    struct bh_stmt *stmt, int first, struct bh_arena *arena, struct bh_span *const *texts, size_t count)
{
    enum bh_err err = BH_OK;
    for (size_t i = 0; i < count && err == BH_OK; i++)
        err = bh_stmt_copy_text(stmt, first + (int)i, arena, texts[i]);
    return err;
}
