// SPDX-License-Identifier: Apache-2.0
#include "store/audit_trail.h"

#include "lib/buf.h"
#include "store/audit_log.h"

#define MESSAGE_LIMIT 4096

struct bh_sha256 bh_audit_trail_key(const struct bh_server_key *key)
{
    return bh_server_key_derive(key, "audit-erasures");
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

struct bh_sha256 bh_audit_trail_mac(
    const struct bh_sha256 *key, const struct bh_sha256 *previous, const struct bh_erasure *erasure)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, MESSAGE_LIMIT);
    bh_buf_add_text(&message, "behalf audit erasure 1");
    bh_buf_add_char(&message, 0);
    bh_buf_add(&message, bh_sha256_span(previous));
    const int64_t numbers[] = {erasure->id, erasure->account, erasure->erased_at, erasure->first_row,
        erasure->last_row, erasure->entries};
    for (size_t i = 0; i < BH_COUNT(numbers); i++)
        add64(&message, numbers[i]);
    add_text(&message, erasure->erased_by);
    add_text(&message, erasure->is_single ? bh_sha256_span(&erasure->request_hash) : BH_ABSENT);
    /* Texts of ours never fill it; others do not verify. */
    return message.failed ? (struct bh_sha256){{0}}
                          : bh_hmac_sha256(bh_sha256_span(key), bh_buf_span(&message));
}

enum bh_err bh_audit_trail_append(struct bh_audit_log *log, struct bh_erasure *erasure)
{
    erasure->id = log->tip.trail + 1;
    struct bh_sha256 mac = bh_audit_trail_mac(&log->trail_key, &log->tip.trail_mac, erasure);
    struct bh_stmt *stmt = bh_db_statement(log->db, "INSERT INTO erasure (" BH_ERASURE_COLUMNS ", mac) "
                                                    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
    bh_stmt_bind_int(stmt, 1, erasure->id);
    bh_stmt_bind_int(stmt, 2, erasure->account);
    bh_stmt_bind_int(stmt, 3, erasure->erased_at);
    bh_stmt_bind_text(stmt, 4, erasure->erased_by);
    if (erasure->is_single)
        bh_stmt_bind_sha256(stmt, 5, &erasure->request_hash);
    else
        bh_stmt_bind_null(stmt, 5);
    bh_stmt_bind_int(stmt, 6, erasure->first_row);
    bh_stmt_bind_int(stmt, 7, erasure->last_row);
    bh_stmt_bind_int(stmt, 8, erasure->entries);
    bh_stmt_bind_int(stmt, 9, erasure->done_through);
    bh_stmt_bind_sha256(stmt, 10, &mac);
    enum bh_err err = bh_stmt_run(stmt);
    if (err == BH_OK) {
        log->tip.trail = erasure->id;
        log->tip.trail_mac = mac;
    }
    return err;
}

enum bh_err bh_audit_erased_through(struct bh_db *db, int64_t account, int64_t *ret_row)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT coalesce(max(last_row), 0) FROM erasure WHERE account = $1 AND request_hash IS NULL");
    bh_stmt_bind_int(stmt, 1, account);
    return bh_stmt_one_int(stmt, ret_row);
}

void bh_audit_trail_read(struct bh_stmt *stmt, struct bh_erasure *ret_erasure)
{
    *ret_erasure = (struct bh_erasure){
        .id = bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .erased_at = bh_stmt_int(stmt, 2),
        .erased_by = bh_stmt_text(stmt, 3),
        .first_row = bh_stmt_int(stmt, 5),
        .last_row = bh_stmt_int(stmt, 6),
        .entries = bh_stmt_int(stmt, 7),
        .done_through = bh_stmt_int(stmt, 8),
    };
    ret_erasure->is_single = bh_stmt_sha256(stmt, 4, &ret_erasure->request_hash);
}

static enum bh_err read_erasure(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_erasure)
{
    struct bh_erasure *erasure = ret_erasure;
    bh_audit_trail_read(stmt, erasure);
    return bh_arena_copy(arena, erasure->erased_by, &erasure->erased_by) ? BH_OK : BH_ERR_NO_MEMORY;
}

enum bh_err bh_erasure_list(struct bh_db *db, int64_t account, int64_t before, size_t limit,
    struct bh_arena *arena, struct bh_erasure **ret_erasures, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_erasure), read_erasure};
    void *erasures = NULL;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " BH_ERASURE_COLUMNS " FROM erasure "
                                               "WHERE account = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, before == 0 ? INT64_MAX : before);
    bh_stmt_bind_int(stmt, 3, (int64_t)limit);
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &erasures, ret_count);
    if (err == BH_OK)
        *ret_erasures = erasures;
    return err;
}
