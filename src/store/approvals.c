// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

#include <string.h>

#include "core/fingerprint.h"
#include "lib/buf.h"

#define TUPLE_VERSION "behalf approval 1"
#define TUPLE_LIMIT ((size_t)1 << 20)

static void add_number(struct bh_buf *buf, int64_t value)
{
    bh_buf_add_int(buf, value);
    bh_buf_add_char(buf, ';');
}

/* Each text is preceded by its length, so no two tuples have one encoding; "-" is absent. */
static void add_text(struct bh_buf *buf, struct bh_span text)
{
    if (bh_span_is_absent(text)) {
        bh_buf_add_text(buf, "-;");
        return;
    }
    add_number(buf, (int64_t)text.len);
    bh_buf_add(buf, text);
}

static void add_amount(struct bh_buf *buf, bool has_amount, double amount)
{
    int64_t bits;
    double value = amount + 0.0; /* -0 is 0 */
    if (!has_amount) {
        bh_buf_add_text(buf, "-;");
        return;
    }
    memcpy(&bits, &value, sizeof(bits));
    add_number(buf, bits);
}

static enum bh_err hash_tuple(const struct bh_approval_record *wanted, struct bh_sha256 *ret_tuple)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf buf = {0};
    bh_buf_init(&buf, TUPLE_LIMIT);
    bh_buf_add_text(&buf, TUPLE_VERSION);
    add_number(&buf, wanted->account);
    add_number(&buf, wanted->agent);
    add_text(&buf, wanted->permission_id);
    add_text(&buf, wanted->action);
    add_text(&buf, wanted->vendor);
    add_amount(&buf, wanted->has_amount, wanted->amount);
    add_text(&buf, wanted->fingerprint);
    if (buf.failed)
        return BH_ERR_NO_MEMORY;
    *ret_tuple = bh_sha256(bh_buf_span(&buf));
    return BH_OK;
}

static enum bh_err step_to_text(struct bh_stmt *stmt, struct bh_arena *arena, struct bh_span *ret_text)
{
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    err = bh_stmt_copy_text(stmt, 0, arena, ret_text);
    bh_stmt_end(stmt);
    return err;
}

/* What a statement sets change_number to; note_change() follows it when it has changed something. */
#define NEXT_CHANGE "(SELECT number + 1 FROM approval_change)"

static enum bh_err note_change(struct bh_db *db)
{
    return bh_stmt_run(bh_db_statement(db, "UPDATE approval_change SET number = number + 1"));
}

enum bh_err bh_approval_consume(struct bh_db *db, const struct bh_approval_record *wanted, int64_t now_ms,
    struct bh_arena *arena, struct bh_span *ret_approval_id)
{
    struct bh_sha256 tuple;
    enum bh_err err = hash_tuple(wanted, &tuple);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE approval SET status = 'used', used_at = $2, change_number = " NEXT_CHANGE
        " WHERE id = (SELECT id FROM approval "
        "WHERE tuple = $1 AND status = 'approved' AND grant_expires_at > $2 ORDER BY grant_expires_at LIMIT "
        "1) "
        "AND status = 'approved' RETURNING approval_id");
    bh_stmt_bind_sha256(stmt, 1, &tuple);
    bh_stmt_bind_int(stmt, 2, now_ms);
    err = step_to_text(stmt, arena, ret_approval_id);
    return err == BH_OK ? note_change(db) : err;
}

static enum bh_err find_pending(struct bh_db *db, const struct bh_sha256 *tuple, int64_t now_ms,
    struct bh_arena *arena, struct bh_span *ret_approval_id)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT approval_id FROM approval WHERE tuple = $1 AND status = 'pending' AND expires_at > $2");
    bh_stmt_bind_sha256(stmt, 1, tuple);
    bh_stmt_bind_int(stmt, 2, now_ms);
    return step_to_text(stmt, arena, ret_approval_id);
}

static enum bh_err close_expired(struct bh_db *db, const struct bh_sha256 *tuple, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE approval SET status = 'expired', change_number = " NEXT_CHANGE
                            " WHERE tuple = $1 AND status = 'pending' AND expires_at <= $2");
    bh_stmt_bind_sha256(stmt, 1, tuple);
    bh_stmt_bind_int(stmt, 2, now_ms);
    enum bh_err err = bh_stmt_run(stmt);
    return err == BH_OK && bh_db_changes(db) != 0 ? note_change(db) : err;
}

static enum bh_err insert_pending(
    struct bh_db *db, const struct bh_approval_record *wanted, const struct bh_sha256 *tuple, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO approval (approval_id, account, agent, tuple, status, permission_id, action, vendor, "
        "amount, "
        "fingerprint, target_kind, target, request_row, created_at, expires_at, resolved_at, "
        "grant_expires_at, "
        "used_at, grant_minutes, change_number) VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, "
        "$11, $12, $13, $14, 0, 0, 0, $15, " NEXT_CHANGE ")");
    bh_stmt_bind_text(stmt, 1, wanted->approval_id);
    bh_stmt_bind_int(stmt, 2, wanted->account);
    bh_stmt_bind_int(stmt, 3, wanted->agent);
    bh_stmt_bind_sha256(stmt, 4, tuple);
    bh_stmt_bind_text(stmt, 5, wanted->permission_id);
    bh_stmt_bind_text(stmt, 6, wanted->action);
    bh_stmt_bind_text(stmt, 7, wanted->vendor);
    if (wanted->has_amount)
        bh_stmt_bind_double(stmt, 8, wanted->amount);
    else
        bh_stmt_bind_null(stmt, 8);
    bh_stmt_bind_text(stmt, 9, wanted->fingerprint);
    bh_stmt_bind_text(stmt, 10, wanted->target_kind);
    bh_stmt_bind_text(stmt, 11, wanted->target);
    bh_stmt_bind_int(stmt, 12, wanted->request_row);
    bh_stmt_bind_int(stmt, 13, now_ms);
    bh_stmt_bind_int(stmt, 14, now_ms + BH_APPROVAL_PENDING_MS);
    bh_stmt_bind_int(stmt, 15, wanted->grant_minutes);
    enum bh_err err = bh_stmt_run(stmt);
    return err == BH_OK ? note_change(db) : err;
}

static enum bh_err find_denied(struct bh_db *db, const struct bh_sha256 *tuple, int64_t now_ms,
    struct bh_arena *arena, struct bh_span *ret_approval_id)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT approval_id FROM approval WHERE tuple = $1 AND status = "
                            "'denied' AND resolved_at > $2 ORDER BY resolved_at DESC LIMIT 1");
    bh_stmt_bind_sha256(stmt, 1, tuple);
    bh_stmt_bind_int(stmt, 2, now_ms - BH_APPROVAL_COOLDOWN_MS);
    return step_to_text(stmt, arena, ret_approval_id);
}

enum bh_err bh_approval_find_denied(struct bh_db *db, const struct bh_approval_record *wanted, int64_t now_ms,
    struct bh_arena *arena, struct bh_span *ret_approval_id)
{
    struct bh_sha256 tuple;
    enum bh_err err = hash_tuple(wanted, &tuple);
    return err == BH_OK ? find_denied(db, &tuple, now_ms, arena, ret_approval_id) : err;
}

/* A denial counts for a while: an agent that asks again at once would only wear people out. */
static enum bh_err check_cooldown(
    struct bh_db *db, const struct bh_sha256 *tuple, int64_t now_ms, struct bh_arena *arena)
{
    struct bh_span denied;
    enum bh_err err = find_denied(db, tuple, now_ms, arena, &denied);
    if (err == BH_OK)
        return BH_ERR_APPROVAL_COOLDOWN;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static enum bh_err check_pending_limit(struct bh_db *db, int64_t agent, int64_t now_ms)
{
    int64_t pending;
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT COUNT(*) FROM approval WHERE agent = $1 AND status = 'pending' AND expires_at > $2");
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_int(stmt, 2, now_ms);
    enum bh_err err = bh_stmt_one_int(stmt, &pending);
    return err == BH_OK && pending >= BH_APPROVAL_PENDING_MAX ? BH_ERR_APPROVAL_LIMIT : err;
}

static enum bh_err open_request(struct bh_db *db, const struct bh_approval_record *wanted,
    const struct bh_sha256 *tuple, int64_t now_ms, struct bh_arena *arena)
{
    enum bh_err err = check_cooldown(db, tuple, now_ms, arena);
    if (err == BH_OK)
        err = check_pending_limit(db, wanted->agent, now_ms);
    if (err == BH_OK)
        err = close_expired(db, tuple, now_ms);
    return err == BH_OK ? insert_pending(db, wanted, tuple, now_ms) : err;
}

enum bh_err bh_approval_request(struct bh_db *db, const struct bh_approval_record *wanted, int64_t now_ms,
    struct bh_arena *arena, struct bh_span *ret_approval_id, bool *ret_created)
{
    struct bh_sha256 tuple;
    struct bh_span approval_id;
    enum bh_err err = hash_tuple(wanted, &tuple);
    if (err == BH_OK)
        err = find_pending(db, &tuple, now_ms, arena, &approval_id);
    bool created = err == BH_ERR_NOT_FOUND;
    if (created)
        err = open_request(db, wanted, &tuple, now_ms, arena);
    if (created && err == BH_OK && !bh_arena_copy(arena, wanted->approval_id, &approval_id))
        err = BH_ERR_NO_MEMORY;
    if (err != BH_OK)
        return err;
    *ret_approval_id = approval_id;
    *ret_created = created;
    return BH_OK;
}

enum bh_err bh_approval_resolve(struct bh_db *db, int64_t account, struct bh_span approval_id, bool approve,
    struct bh_span resolved_by, int64_t now_ms, int64_t *ret_grant_expires_at)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT action, fingerprint, grant_minutes FROM approval "
                                               "WHERE approval_id = $1 AND ($2 = 0 OR account = $2) "
                                               "AND status = 'pending' AND expires_at > $3");
    bh_stmt_bind_text(stmt, 1, approval_id);
    bh_stmt_bind_int(stmt, 2, account);
    bh_stmt_bind_int(stmt, 3, now_ms);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_ERR_APPROVAL_NOT_FOUND : err;
    bool unbound = bh_action_is_bindable(bh_stmt_text(stmt, 0)) && bh_stmt_text(stmt, 1).len == 0;
    int64_t grant_ms = bh_stmt_int(stmt, 2) * INT64_C(60000);
    bh_stmt_end(stmt);
    if (approve && unbound)
        return BH_ERR_APPROVAL_UNBOUND;
    int64_t grant_expires_at = approve ? now_ms + grant_ms : 0;
    stmt = bh_db_statement(db,
        "UPDATE approval SET status = $2, resolved_by = $3, resolved_at = $4, grant_expires_at = $5, "
        "change_number = " NEXT_CHANGE " WHERE approval_id = $1 AND status = 'pending' AND expires_at > $4");
    bh_stmt_bind_text(stmt, 1, approval_id);
    bh_stmt_bind_text(stmt, 2, approve ? BH_SPAN("approved") : BH_SPAN("denied"));
    bh_stmt_bind_text(stmt, 3, resolved_by);
    bh_stmt_bind_int(stmt, 4, now_ms);
    bh_stmt_bind_int(stmt, 5, grant_expires_at);
    err = bh_stmt_run(stmt);
    if (err != BH_OK)
        return err;
    if (bh_db_changes(db) == 0)
        return BH_ERR_APPROVAL_NOT_FOUND;
    err = note_change(db);
    if (err != BH_OK)
        return err;
    *ret_grant_expires_at = grant_expires_at;
    return BH_OK;
}

enum bh_err bh_approval_purge(struct bh_db *db, int64_t older_than, size_t limit, size_t *ret_removed)
{
    /* All that was made before $1 has ended before $2, unless its times were not written by this program. */
    struct bh_stmt *stmt = bh_db_statement(db,
        "DELETE FROM approval WHERE id IN (SELECT id FROM approval WHERE created_at < $1 AND CASE status "
        "WHEN 'pending' THEN expires_at WHEN 'expired' THEN expires_at WHEN 'approved' THEN grant_expires_at "
        "WHEN 'used' THEN used_at ELSE resolved_at END < $2 ORDER BY created_at, id LIMIT $3)");
    bh_stmt_bind_int(stmt, 1, older_than - BH_APPROVAL_PENDING_MS - BH_APPROVAL_GRANT_MAX_MS);
    bh_stmt_bind_int(stmt, 2, older_than);
    bh_stmt_bind_int(stmt, 3, (int64_t)limit);
    enum bh_err err = bh_stmt_run(stmt);
    if (err == BH_OK)
        *ret_removed = (size_t)bh_db_changes(db);
    return err;
}
