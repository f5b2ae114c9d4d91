// SPDX-License-Identifier: Apache-2.0
#include "store/audit_row.h"
#include "store/audit_trail.h"

enum bh_err bh_audit_last(struct bh_db *db, int64_t *ret_id)
{
    int64_t id = 0;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT id FROM audit ORDER BY id DESC LIMIT 1");
    enum bh_err err = bh_stmt_one_int(stmt, &id);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    *ret_id = id;
    return BH_OK;
}

enum bh_err bh_audit_has(struct bh_db *db, int64_t id, uint64_t salt, bool *ret_has)
{
    struct bh_stored_row stored;
    struct bh_stmt *stmt;
    enum bh_err err = bh_stored_row_fetch(db, id, &stored, &stmt);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    bool has = err == BH_OK && !stored.erased && stored.row.salt == salt;
    if (err == BH_OK)
        bh_stmt_end(stmt);
    *ret_has = has;
    return BH_OK;
}

struct seen {
    int64_t account, erased_through; /* of the row before */
};

/* BH_ERR_NOT_FOUND: it is erased, be it blanked already or not. */
static enum bh_err is_visible(struct bh_db *db, struct seen *seen, const struct bh_stored_row *stored)
{
    enum bh_err err = BH_OK;
    if (seen->account != stored->row.account)
        err = bh_audit_erased_through(db, stored->row.account, &seen->erased_through);
    if (err != BH_OK)
        return err;
    seen->account = stored->row.account;
    return stored->erased || stored->row.id <= seen->erased_through ? BH_ERR_NOT_FOUND : BH_OK;
}

enum bh_err bh_audit_read_after(struct bh_db *db, int64_t after, size_t limit,
    void (*visit)(void *context, const struct bh_audit_row *row), void *context, int64_t *ret_through)
{
    int64_t through = after;
    struct seen seen = {.account = 0};
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT " BH_AUDIT_COLUMNS " FROM audit WHERE id > $1 ORDER BY id LIMIT $2");
    bh_stmt_bind_int(stmt, 1, after);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        struct bh_stored_row stored;
        bh_stored_row_read(stmt, &stored);
        through = stored.row.id;
        err = is_visible(db, &seen, &stored);
        if (err == BH_OK)
            visit(context, &stored.row);
        else if (err != BH_ERR_NOT_FOUND) {
            bh_stmt_end(stmt);
            return err;
        }
    }
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *ret_through = through;
    return BH_OK;
}
