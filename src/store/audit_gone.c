// SPDX-License-Identifier: Apache-2.0
#include "store/audit_gone.h"

#include "lib/timefmt.h"

#define COLUMNS "(owner, day, allowed, denied, approval_required, shadow)"

static enum bh_err write_slot(struct bh_db *db, struct bh_gone_slot *slot)
{
    if (slot->owner == 0)
        return BH_OK;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO audit_gone " COLUMNS
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (owner, day) DO UPDATE SET "
        "allowed = audit_gone.allowed + excluded.allowed, denied = audit_gone.denied + excluded.denied, "
        "approval_required = audit_gone.approval_required + excluded.approval_required, "
        "shadow = audit_gone.shadow + excluded.shadow");
    bh_stmt_bind_int(stmt, 1, slot->owner);
    bh_stmt_bind_int(stmt, 2, slot->day);
    bh_stmt_bind_int(stmt, 3, slot->counts.allowed);
    bh_stmt_bind_int(stmt, 4, slot->counts.denied);
    bh_stmt_bind_int(stmt, 5, slot->counts.approval_required);
    bh_stmt_bind_int(stmt, 6, slot->counts.shadow);
    *slot = (struct bh_gone_slot){.owner = 0};
    return bh_stmt_run(stmt);
}

static struct bh_gone_slot *slot_of(struct bh_gone *gone, int64_t owner)
{
    return &gone->slots[(uint64_t)owner % BH_GONE_SLOTS];
}

static enum bh_err add(struct bh_gone *gone, int64_t owner, const struct bh_audit_row *row)
{
    struct bh_gone_slot *slot = slot_of(gone, owner);
    int64_t day = row->created_at / BH_MS_PER_DAY;
    if (slot->owner != owner || slot->day != day) {
        enum bh_err err = write_slot(gone->db, slot);
        if (err != BH_OK)
            return err;
        *slot = (struct bh_gone_slot){.owner = owner, .day = day};
    }
    bh_owner_count(&slot->counts, row, 1);
    return BH_OK;
}

enum bh_err bh_gone_add(struct bh_gone *gone, const struct bh_audit_row *row)
{
    enum bh_err err = add(gone, bh_owner_of_agent(row->agent), row);
    return err == BH_OK ? add(gone, bh_owner_of_account(row->account), row) : err;
}

enum bh_err bh_gone_forget(struct bh_gone *gone, int64_t owner, int64_t day)
{
    struct bh_gone_slot *slot = slot_of(gone, owner);
    if (slot->owner == owner && slot->day == day)
        *slot = (struct bh_gone_slot){.owner = 0};
    struct bh_stmt *stmt = bh_db_statement(gone->db, "DELETE FROM audit_gone WHERE owner = $1 AND day = $2");
    bh_stmt_bind_int(stmt, 1, owner);
    bh_stmt_bind_int(stmt, 2, day);
    return bh_stmt_run(stmt);
}

enum bh_err bh_gone_flush(struct bh_gone *gone)
{
    enum bh_err err = BH_OK;
    for (size_t i = 0; i < BH_GONE_SLOTS && err == BH_OK; i++)
        err = write_slot(gone->db, &gone->slots[i]);
    return err;
}

#define TAKE_ALL(table)                                                                                      \
    "INSERT INTO audit_gone " COLUMNS                                                                        \
    " SELECT owner, day, allowed, denied, approval_required, shadow FROM " table                             \
    " WHERE owner = $1 ON CONFLICT (owner, day) DO UPDATE SET allowed = excluded.allowed, "                  \
    "denied = excluded.denied, approval_required = excluded.approval_required, "                             \
    "shadow = excluded.shadow"

enum bh_err bh_gone_take_all(struct bh_db *db, int64_t owner)
{
    struct bh_stmt *stmt = bh_db_statement(db, TAKE_ALL("audit_day"));
    bh_stmt_bind_int(stmt, 1, owner);
    enum bh_err err = bh_stmt_run(stmt);
    if (err != BH_OK)
        return err;
    stmt = bh_db_statement(db, TAKE_ALL("audit_owner"));
    bh_stmt_bind_int(stmt, 1, owner);
    return bh_stmt_run(stmt);
}
