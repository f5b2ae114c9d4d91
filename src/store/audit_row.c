// SPDX-License-Identifier: Apache-2.0
#include "store/audit_row.h"

#include <string.h>

#define HASH_VERSION "behalf audit row 1"
#define FIXED_SIZE (10 * 8)

void bh_stored_row_read(struct bh_stmt *stmt, struct bh_stored_row *ret_row)
{
    int64_t flags = bh_stmt_int(stmt, 6);
    int64_t risk = flags >> BH_AUDIT_RISK_SHIFT & 3;
    *ret_row = (struct bh_stored_row){
        .flags = flags,
        .back_agent = bh_stmt_int(stmt, 4),
        .back_account = bh_stmt_int(stmt, 5),
        .erased = (flags & BH_AUDIT_IS_ERASED) != 0,
        .row =
            {
                .id = bh_stmt_int(stmt, 0),
                .agent = bh_stmt_int(stmt, 1),
                .account = bh_stmt_int(stmt, 2),
                .created_at = bh_stmt_int(stmt, 3),
                .salt = (uint64_t)bh_stmt_int(stmt, 7),
                .action = bh_stmt_text(stmt, 8),
                .vendor = bh_stmt_text(stmt, 9),
                .amount = bh_stmt_double(stmt, 10),
                .permission_id = bh_stmt_text(stmt, 11),
                .approval_id = bh_stmt_text(stmt, 12),
                .metadata = bh_stmt_text(stmt, 13),
                .has_amount = (flags & BH_AUDIT_HAS_AMOUNT) != 0,
                .allowed = (flags & BH_AUDIT_IS_ALLOWED) != 0,
                .approval_required = (flags & BH_AUDIT_IS_APPROVAL) != 0,
                .shadow = (flags & BH_AUDIT_IS_SHADOW) != 0,
                .executes = (flags & BH_AUDIT_HAS_EXECUTION) != 0,
                .risk = risk > BH_RISK_LOW ? BH_RISK_HIGH : (enum bh_risk)risk,
                .reason = (enum bh_reason)(flags >> BH_AUDIT_REASON_SHIFT & 0xffff),
            },
    };
}

enum bh_err bh_stored_row_fetch(
    struct bh_db *db, int64_t id, struct bh_stored_row *ret_row, struct bh_stmt **ret_stmt)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " BH_AUDIT_COLUMNS " FROM audit WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, id);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    bh_stored_row_read(stmt, ret_row);
    *ret_stmt = stmt;
    return BH_OK;
}

int64_t bh_audit_pack_flags(const struct bh_audit_row *row)
{
    return (row->allowed ? BH_AUDIT_IS_ALLOWED : 0) | (row->approval_required ? BH_AUDIT_IS_APPROVAL : 0) |
           (row->shadow ? BH_AUDIT_IS_SHADOW : 0) | (row->has_amount ? BH_AUDIT_HAS_AMOUNT : 0) |
           (row->executes ? BH_AUDIT_HAS_EXECUTION : 0) | (int64_t)row->risk << BH_AUDIT_RISK_SHIFT |
           (int64_t)row->reason << BH_AUDIT_REASON_SHIFT;
}

static char *put64(char *at, uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        at[i] = (char)(value & 0xff);
    return at + 8;
}

/* The length plus one, so that absent (0) differs from empty. */
static char *put_text(char *at, struct bh_span text)
{
    if (bh_span_is_absent(text))
        return put64(at, 0);
    at = put64(at, (uint64_t)text.len + 1);
    if (text.len > 0)
        memcpy(at, text.data, text.len);
    return at + text.len;
}

enum bh_err bh_audit_content_hash(
    const struct bh_stored_row *stored, struct bh_buf *scratch, struct bh_sha256 *ret_hash)
{
    const struct bh_audit_row *row = &stored->row;
    const struct bh_span texts[] = {
        row->agent_id, row->action, row->vendor, row->permission_id, row->approval_id, row->metadata};
    size_t size = sizeof(HASH_VERSION) + FIXED_SIZE;
    for (size_t i = 0; i < BH_COUNT(texts); i++)
        size += 8 + texts[i].len;
    bh_buf_clear(scratch);
    char *start = bh_buf_reserve(scratch, size);
    if (start == NULL)
        return BH_ERR_NO_MEMORY;
    uint64_t amount;
    memcpy(&amount, &row->amount, sizeof(amount));
    memcpy(start, HASH_VERSION, sizeof(HASH_VERSION));
    char *at = start + sizeof(HASH_VERSION);
    const uint64_t numbers[] = {(uint64_t)row->id, row->salt, (uint64_t)row->account, (uint64_t)row->agent,
        (uint64_t)row->created_at, (uint64_t)stored->back_account, (uint64_t)stored->back_agent,
        (uint64_t)stored->flags, amount};
    _Static_assert(BH_COUNT(numbers) * 8 <= FIXED_SIZE, "room for all numbers");
    for (size_t i = 0; i < BH_COUNT(numbers); i++)
        at = put64(at, numbers[i]);
    for (size_t i = 0; i < BH_COUNT(texts); i++)
        at = put_text(at, texts[i]);
    *ret_hash = bh_sha256((struct bh_span){start, (size_t)(at - start)});
    return BH_OK;
}
