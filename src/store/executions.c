// SPDX-License-Identifier: Apache-2.0
#include "store/executions.h"

#include "core/redact.h"
#include "store/execution_mac.h"

#define MESSAGE_LIMIT (64u << 10)

_Static_assert(BH_EXECUTION_FAILED == 2, "states are stored by their numbers");

/* ---- macs -----------------------------------------------------------------------------------------------
 */

struct bh_sha256 bh_execution_key(const struct bh_server_key *key)
{
    return bh_server_key_derive(key, "execution");
}

static void add64(struct bh_buf *message, int64_t value)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        bh_buf_add_char(message, (char)((uint64_t)value >> shift & 0xff));
}

/* The length plus one, so that absent (0) differs from empty. */
static void add_text(struct bh_buf *message, struct bh_span text)
{
    add64(message, bh_span_is_absent(text) ? 0 : (int64_t)text.len + 1);
    bh_buf_add(message, text);
}

bool bh_execution_mac(const struct bh_sha256 *key, const struct bh_execution *execution,
    const struct bh_sha256 *content, struct bh_sha256 *ret_mac)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, MESSAGE_LIMIT);
    bh_buf_add_text(&message, "behalf execution 1");
    bh_buf_add_char(&message, 0);
    bh_buf_add(&message, bh_sha256_span(content));
    const int64_t numbers[] = {execution->audit_row, execution->state, execution->http_status,
        execution->bytes, execution->duration_ms, execution->ended_at};
    for (size_t i = 0; i < BH_COUNT(numbers); i++)
        add64(&message, numbers[i]);
    add_text(&message, execution->executor);
    add_text(&message, execution->target);
    add_text(&message, execution->final_target);
    add_text(&message, execution->error);
    if (message.failed)
        return false;
    *ret_mac = bh_hmac_sha256(bh_sha256_span(key), bh_buf_span(&message));
    return true;
}

/* ---- rows -----------------------------------------------------------------------------------------------
 */

void bh_execution_read(struct bh_stmt *stmt, struct bh_execution *ret_execution)
{
    *ret_execution = (struct bh_execution){
        .audit_row = bh_stmt_int(stmt, 0),
        .state = (enum bh_execution_state)bh_stmt_int(stmt, 1),
        .executor = bh_stmt_text(stmt, 2),
        .target = bh_stmt_text(stmt, 3),
        .final_target = bh_stmt_text(stmt, 4),
        .http_status = bh_stmt_int(stmt, 5),
        .bytes = bh_stmt_int(stmt, 6),
        .error = bh_stmt_text(stmt, 7),
        .duration_ms = bh_stmt_int(stmt, 8),
        .ended_at = bh_stmt_int(stmt, 9),
    };
}

static void bind(struct bh_stmt *stmt, const struct bh_execution *execution, const struct bh_sha256 *mac)
{
    bh_stmt_bind_int(stmt, 1, execution->audit_row);
    bh_stmt_bind_int(stmt, 2, execution->state);
    bh_stmt_bind_text(stmt, 3, execution->executor);
    bh_stmt_bind_text(stmt, 4, execution->target);
    bh_stmt_bind_text(stmt, 5, execution->final_target);
    bh_stmt_bind_int(stmt, 6, execution->http_status);
    bh_stmt_bind_int(stmt, 7, execution->bytes);
    bh_stmt_bind_text(stmt, 8, execution->error);
    bh_stmt_bind_int(stmt, 9, execution->duration_ms);
    bh_stmt_bind_int(stmt, 10, execution->ended_at);
    bh_stmt_bind_sha256(stmt, 11, mac);
}

/*
 * As it is stored: addresses are what agents sent, and may hold secrets. `target` and `final_target` hold the
 * texts.
 */
static enum bh_err redact(const struct bh_execution *execution, struct bh_buf *target,
    struct bh_buf *final_target, struct bh_execution *ret_clean)
{
    struct bh_execution clean = *execution;
    bh_redact(execution->target, target);
    bh_redact(execution->final_target, final_target);
    if (target->failed || final_target->failed)
        return BH_ERR_NO_MEMORY;
    if (!bh_span_is_absent(execution->target))
        clean.target = bh_buf_span(target);
    if (!bh_span_is_absent(execution->final_target))
        clean.final_target = bh_buf_span(final_target);
    *ret_clean = clean;
    return BH_OK;
}

/* The mac of the execution; BH_ERR_NOT_FOUND when its entry is gone, or has lost its content. */
static enum bh_err sign(
    struct bh_audit_log *log, const struct bh_execution *execution, struct bh_sha256 *ret_mac)
{
    struct bh_sha256 content;
    struct bh_stmt *stmt =
        bh_db_statement(log->db, "SELECT content_hash FROM audit WHERE id = $1 AND (flags & 128) <> 0");
    bh_stmt_bind_int(stmt, 1, execution->audit_row);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    bool readable = bh_stmt_sha256(stmt, 0, &content);
    bh_stmt_end(stmt);
    if (!readable)
        return BH_ERR_STORE_CORRUPT;
    return bh_execution_mac(&log->execution_key, execution, &content, ret_mac) ? BH_OK : BH_ERR_NO_MEMORY;
}

_Static_assert(BH_AUDIT_HAS_EXECUTION == 128, "the statement names the flag by its number");

/* `sql` takes the columns in their order, then the mac. */
static enum bh_err write_signed(
    struct bh_audit_log *log, const struct bh_execution *execution, const char *sql)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf target = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf final_target = {0};
    struct bh_execution clean;
    struct bh_sha256 mac;
    bh_buf_init(&target, MESSAGE_LIMIT);
    bh_buf_init(&final_target, MESSAGE_LIMIT);
    enum bh_err err = redact(execution, &target, &final_target, &clean);
    if (err == BH_OK)
        err = sign(log, &clean, &mac);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(log->db, sql);
    bind(stmt, &clean, &mac);
    return bh_stmt_run(stmt);
}

enum bh_err bh_execution_start(struct bh_audit_log *log, const struct bh_execution *execution)
{
    enum bh_err err = write_signed(log, execution,
        "INSERT INTO execution (" BH_EXECUTION_COLUMNS ", mac) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    return err == BH_ERR_NOT_FOUND ? BH_ERR_INTERNAL : err;
}

enum bh_err bh_execution_end(struct bh_audit_log *log, const struct bh_execution *execution)
{
    enum bh_err err = write_signed(log, execution,
        "UPDATE execution SET state = $2, executor = $3, target = $4, final_target = $5, http_status = $6, "
        "bytes = $7, error = $8, duration_ms = $9, ended_at = $10, mac = $11 WHERE audit_row = $1");
    return err == BH_OK && bh_db_changes(log->db) == 0 ? BH_ERR_NOT_FOUND : err;
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

enum bh_err bh_execution_find(
    struct bh_db *db, int64_t audit_row, struct bh_arena *arena, struct bh_execution *ret_execution)
{
    struct bh_execution found;
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT " BH_EXECUTION_COLUMNS " FROM execution WHERE audit_row = $1");
    bh_stmt_bind_int(stmt, 1, audit_row);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    bh_execution_read(stmt, &found);
    bool copied = bh_arena_copy(arena, found.executor, &found.executor) &&
                  bh_arena_copy(arena, found.target, &found.target) &&
                  bh_arena_copy(arena, found.final_target, &found.final_target) &&
                  bh_arena_copy(arena, found.error, &found.error);
    bh_stmt_end(stmt);
    if (!copied)
        return BH_ERR_NO_MEMORY;
    *ret_execution = found;
    return BH_OK;
}

enum bh_err bh_execution_attach(
    struct bh_db *db, struct bh_audit_row *rows, size_t count, struct bh_arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        struct bh_execution *execution;
        rows[i].execution = NULL;
        if (!rows[i].executes)
            continue;
        execution = bh_arena_alloc(arena, sizeof(*execution));
        enum bh_err err =
            execution == NULL ? BH_ERR_NO_MEMORY : bh_execution_find(db, rows[i].id, arena, execution);
        if (err == BH_OK)
            rows[i].execution = execution;
        else if (err != BH_ERR_NOT_FOUND)
            return err;
    }
    return BH_OK;
}

/* ---- leaving --------------------------------------------------------------------------------------------
 */

enum bh_err bh_execution_take(struct bh_db *db, int64_t account, int64_t first, int64_t last)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "DELETE FROM execution WHERE audit_row BETWEEN $1 AND $2 AND audit_row IN "
        "(SELECT id FROM audit WHERE id BETWEEN $1 AND $2 AND account = $3 AND (flags & 128) <> 0)");
    bh_stmt_bind_int(stmt, 1, first);
    bh_stmt_bind_int(stmt, 2, last);
    bh_stmt_bind_int(stmt, 3, account);
    return bh_stmt_run(stmt);
}

enum bh_err bh_execution_remove_through(struct bh_db *db, int64_t id)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM execution WHERE audit_row <= $1");
    bh_stmt_bind_int(stmt, 1, id);
    return bh_stmt_run(stmt);
}
