// SPDX-License-Identifier: Apache-2.0
#include "store/audit_gone.h"
#include "store/audit_log.h"
#include "store/audit_trail.h"
#include "store/executions.h"

#include "lib/timefmt.h"

struct sweep {
    struct bh_audit_log *log;
    struct bh_gone gone;
    int64_t account, erased_through; /* of the account looked up last */
};

static enum bh_err forget_owner(struct sweep *sweep, int64_t owner, const struct bh_stored_row *stored)
{
    bool forgotten;
    struct bh_audit_log *log = sweep->log;
    enum bh_err err = bh_owners_forget_day(&log->owners, log->db, owner, stored, &forgotten);
    if (err == BH_OK && forgotten)
        err = bh_gone_forget(&sweep->gone, owner, stored->row.created_at / BH_MS_PER_DAY);
    return err;
}

static enum bh_err is_visible(struct sweep *sweep, const struct bh_stored_row *stored, bool *ret_visible)
{
    enum bh_err err = BH_OK;
    if (sweep->account != stored->row.account)
        err = bh_audit_erased_through(sweep->log->db, stored->row.account, &sweep->erased_through);
    if (err == BH_OK) {
        sweep->account = stored->row.account;
        *ret_visible = !stored->erased && stored->row.id > sweep->erased_through;
    }
    return err;
}

static enum bh_err forget_row(struct sweep *sweep, const struct bh_stored_row *stored)
{
    bool visible = false;
    enum bh_err err = is_visible(sweep, stored, &visible);
    if (err == BH_OK && visible)
        err = bh_gone_add(&sweep->gone, &stored->row);
    if (err == BH_OK)
        err = forget_owner(sweep, bh_owner_of_agent(stored->row.agent), stored);
    return err == BH_OK ? forget_owner(sweep, bh_owner_of_account(stored->row.account), stored) : err;
}

/* Goes through the oldest rows; the checkpoint is moved to the last one that is old enough. */
static enum bh_err forget_old_days(struct bh_audit_log *log, int64_t older_than, size_t limit,
    struct bh_audit_checkpoint *checkpoint, size_t *ret_count)
{
    size_t count = 0;
    struct sweep sweep = {.log = log, .gone = {.db = log->db}};
    struct bh_stmt *stmt =
        bh_db_statement(log->db, "SELECT " BH_AUDIT_COLUMNS ", chain FROM audit ORDER BY id LIMIT $1");
    bh_stmt_bind_int(stmt, 1, (int64_t)limit);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        struct bh_stored_row stored;
        bh_stored_row_read(stmt, &stored);
        if (stored.row.created_at >= older_than) {
            bh_stmt_end(stmt);
            break;
        }
        if (!bh_stmt_sha256(stmt, BH_AUDIT_COLUMN_COUNT, &checkpoint->chain))
            checkpoint->chain = (struct bh_sha256){{0}};
        checkpoint->through_id = stored.row.id;
        checkpoint->created_at = stored.row.created_at;
        count++;
        err = forget_row(&sweep, &stored);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
    }
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    *ret_count = count;
    return bh_gone_flush(&sweep.gone);
}

static enum bh_err remove_through(struct bh_db *db, int64_t id)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM audit WHERE id <= $1");
    bh_stmt_bind_int(stmt, 1, id);
    return bh_stmt_run(stmt);
}

static enum bh_err retain(struct bh_audit_log *log, int64_t older_than, size_t limit, size_t *ret_removed)
{
    struct bh_audit_checkpoint checkpoint;
    enum bh_err err = bh_audit_checkpoint_read(log->db, &checkpoint);
    if (err == BH_OK)
        err = forget_old_days(log, older_than, limit, &checkpoint, ret_removed);
    if (err != BH_OK || *ret_removed == 0)
        return err;
    checkpoint.removed += (int64_t)*ret_removed;
    err = bh_execution_remove_through(log->db, checkpoint.through_id);
    if (err == BH_OK)
        err = remove_through(log->db, checkpoint.through_id);
    if (err == BH_OK)
        err = bh_audit_checkpoint_write(log->db, &log->checkpoint_seed, &checkpoint);
    return err;
}

/* So that looking for old rows, which is done often and mostly finds none, writes nothing. */
static enum bh_err has_old_rows(struct bh_db *db, int64_t older_than, bool *ret_found)
{
    int64_t oldest;
    enum bh_err err =
        bh_stmt_one_int(bh_db_statement(db, "SELECT created_at FROM audit ORDER BY id LIMIT 1"), &oldest);
    *ret_found = err == BH_OK && oldest < older_than;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

enum bh_err bh_audit_retain(struct bh_audit_log *log, int64_t older_than, size_t limit, size_t *ret_removed)
{
    bool found;
    size_t removed = 0;
    enum bh_err err = has_old_rows(log->db, older_than, &found);
    if (err == BH_OK && !found)
        *ret_removed = 0;
    if (err != BH_OK || !found)
        return err;
    err = bh_audit_log_prepare(log);
    if (err != BH_OK)
        return err;
    log->failed = true;
    err = retain(log, older_than, limit, &removed);
    if (err != BH_OK)
        return err;
    log->failed = false;
    *ret_removed = removed;
    return BH_OK;
}
