// SPDX-License-Identifier: Apache-2.0
/*
 * Erasing. One entry is blanked at once. All entries of an account are erased by one line in the trail, from
 * which on nobody is shown them; blanking them is work for many small transactions afterwards.
 */
#include "store/audit_gone.h"
#include "store/audit_log.h"
#include "store/audit_trail.h"
#include "store/erase_copies.h"
#include "store/request_id.h"

#define RANGES_PER_CHUNK 4

/* What is blanked includes the salt: without it the hash that stays tells nothing about the content. */
#define BLANK                                                                                                \
    "UPDATE audit SET flags = 8, erasure = $1, salt = NULL, action = NULL, vendor = NULL, amount = NULL, "   \
    "permission_id = NULL, approval_id = NULL, metadata = NULL "
_Static_assert(BH_AUDIT_IS_ERASED == 8, "the statement names the flag by its number");

/* ---- one entry ------------------------------------------------------------------------------------------
 */

/* Keeps a copy of what is counted, for the texts go with the statement. */
static enum bh_err find_row(
    struct bh_audit_log *log, int64_t account, struct bh_span request_id, struct bh_audit_row *ret_row)
{
    int64_t id;
    int64_t erased_through;
    uint64_t salt;
    struct bh_stored_row stored;
    struct bh_stmt *stmt;
    if (!bh_request_id_decode(request_id, &id, &salt))
        return BH_ERR_NOT_FOUND;
    enum bh_err err = bh_audit_erased_through(log->db, account, &erased_through);
    if (err == BH_OK)
        err = bh_stored_row_fetch(log->db, id, &stored, &stmt);
    if (err != BH_OK)
        return err;
    bh_stmt_end(stmt);
    if (stored.erased || id <= erased_through || stored.row.account != account || stored.row.salt != salt)
        return BH_ERR_NOT_FOUND;
    *ret_row = stored.row;
    return BH_OK;
}

static enum bh_err blank_row(struct bh_db *db, int64_t id, int64_t erasure)
{
    struct bh_stmt *stmt = bh_db_statement(db, BLANK "WHERE id = $2");
    bh_stmt_bind_int(stmt, 1, erasure);
    bh_stmt_bind_int(stmt, 2, id);
    return bh_stmt_run(stmt);
}

/* A row whose class is no longer known must be covered by counts that are written. */
static enum bh_err write_owners(struct bh_audit_log *log, const struct bh_audit_row *row)
{
    enum bh_err err = bh_owners_write(&log->owners, log->db, bh_owner_of_agent(row->agent));
    return err == BH_OK ? bh_owners_write(&log->owners, log->db, bh_owner_of_account(row->account)) : err;
}

static enum bh_err erase_row(
    struct bh_audit_log *log, const struct bh_audit_row *row, struct bh_erasure *erasure)
{
    struct bh_gone gone = {.db = log->db};
    enum bh_err err = write_owners(log, row);
    if (err == BH_OK)
        err = bh_gone_add(&gone, row);
    if (err == BH_OK)
        err = bh_gone_flush(&gone);
    if (err == BH_OK)
        err = bh_audit_trail_append(log, erasure);
    if (err == BH_OK)
        err = bh_copies_take(log->db, row->account, row->id, row->id, erasure->erased_at);
    if (err == BH_OK)
        err = blank_row(log->db, row->id, erasure->id);
    return err;
}

enum bh_err bh_audit_erase(struct bh_audit_log *log, int64_t account, struct bh_span request_id,
    struct bh_span erased_by, int64_t now_ms)
{
    struct bh_audit_row row;
    enum bh_err err = find_row(log, account, request_id, &row);
    if (err == BH_OK)
        err = bh_audit_log_prepare(log);
    if (err != BH_OK)
        return err;
    struct bh_erasure erasure = {
        .account = account,
        .erased_at = now_ms,
        .erased_by = erased_by,
        .is_single = true,
        .request_hash = bh_sha256(request_id),
        .first_row = row.id,
        .last_row = row.id,
        .entries = 1,
        .done_through = row.id,
    };
    log->failed = true;
    err = erase_row(log, &row, &erasure);
    if (err != BH_OK)
        return err;
    log->failed = false;
    bh_db_scrub_after_commit(log->db);
    return BH_OK;
}

/* ---- all entries ----------------------------------------------------------------------------------------
 */

static enum bh_err take_owner(struct bh_audit_log *log, int64_t owner)
{
    enum bh_err err = bh_owners_write(&log->owners, log->db, owner);
    return err == BH_OK ? bh_gone_take_all(log->db, owner) : err;
}

static enum bh_err take_agents(struct bh_audit_log *log, int64_t account)
{
    struct bh_stmt *stmt = bh_db_statement(log->db, "SELECT id FROM agent WHERE account = $1");
    bh_stmt_bind_int(stmt, 1, account);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        err = take_owner(log, bh_owner_of_agent(bh_stmt_int(stmt, 0)));
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static enum bh_err oldest_row(struct bh_db *db, int64_t *ret_id)
{
    enum bh_err err =
        bh_stmt_one_int(bh_db_statement(db, "SELECT id FROM audit ORDER BY id LIMIT 1"), ret_id);
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *ret_id = INT64_MAX;
    return BH_OK;
}

/* Where what is erased now begins: after what was erased before, and not before the log itself does. */
static enum bh_err find_first(struct bh_audit_log *log, int64_t account, int64_t *ret_first)
{
    int64_t erased_through;
    int64_t oldest;
    enum bh_err err = bh_audit_erased_through(log->db, account, &erased_through);
    if (err == BH_OK)
        err = oldest_row(log->db, &oldest);
    if (err == BH_OK)
        *ret_first = oldest > erased_through ? oldest : erased_through + 1;
    return err;
}

static enum bh_err erase_all(struct bh_audit_log *log, struct bh_erasure *erasure)
{
    enum bh_err err = take_owner(log, bh_owner_of_account(erasure->account));
    if (err == BH_OK)
        err = take_agents(log, erasure->account);
    return err == BH_OK ? bh_audit_trail_append(log, erasure) : err;
}

enum bh_err bh_audit_erase_all(
    struct bh_audit_log *log, int64_t account, struct bh_span erased_by, int64_t now_ms, int64_t *ret_entries)
{
    struct bh_audit_counts counts;
    struct bh_erasure erasure = {
        .account = account, .erased_at = now_ms, .erased_by = erased_by, .last_row = log->tip.id};
    enum bh_err err = bh_audit_log_prepare(log);
    if (err == BH_OK)
        err = find_first(log, account, &erasure.first_row);
    if (err == BH_OK)
        err = bh_audit_count_days(log->db, account, 0, 0, 0, true, &counts);
    if (err != BH_OK)
        return err;
    erasure.entries = counts.allowed + counts.denied + counts.shadow;
    erasure.done_through = erasure.first_row - 1;
    if (erasure.entries > 0) {
        log->failed = true;
        err = erase_all(log, &erasure);
        if (err != BH_OK)
            return err;
        log->failed = false;
    }
    *ret_entries = erasure.entries;
    return BH_OK;
}

/* ---- blanking afterwards --------------------------------------------------------------------------------
 */

static enum bh_err find_unfinished(struct bh_db *db, struct bh_erasure *ret_erasure)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " BH_ERASURE_COLUMNS " FROM erasure "
                                               "WHERE done_through < last_row ORDER BY id LIMIT 1");
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    bh_audit_trail_read(stmt, ret_erasure); /* the texts, which end here, are not used */
    bh_stmt_end(stmt);
    return BH_OK;
}

static enum bh_err blank_range(
    struct bh_db *db, const struct bh_erasure *erasure, int64_t first, int64_t last, int64_t *ret_blanked)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, BLANK "WHERE id BETWEEN $2 AND $3 AND account = $4 AND (flags & 8) = 0");
    bh_stmt_bind_int(stmt, 1, erasure->id);
    bh_stmt_bind_int(stmt, 2, first);
    bh_stmt_bind_int(stmt, 3, last);
    bh_stmt_bind_int(stmt, 4, erasure->account);
    enum bh_err err = bh_stmt_run(stmt);
    if (err == BH_OK)
        *ret_blanked = bh_db_changes(db);
    return err;
}

static enum bh_err note_done(struct bh_db *db, int64_t erasure, int64_t done_through)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE erasure SET done_through = $2 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, erasure);
    bh_stmt_bind_int(stmt, 2, done_through);
    return bh_stmt_run(stmt);
}

static enum bh_err blank_some(
    struct bh_audit_log *log, struct bh_erasure *erasure, size_t limit, int64_t now_ms)
{
    int64_t oldest;
    int64_t blanked = 0;
    enum bh_err err = oldest_row(log->db, &oldest);
    if (err == BH_OK && erasure->done_through < oldest - 1)
        erasure->done_through = oldest - 1;
    for (int i = 0; err == BH_OK && i < RANGES_PER_CHUNK && blanked == 0; i++) {
        if (erasure->done_through >= erasure->last_row)
            break;
        int64_t first = erasure->done_through + 1;
        int64_t left = erasure->last_row - erasure->done_through;
        erasure->done_through += left < (int64_t)limit ? left : (int64_t)limit;
        err = bh_copies_take(log->db, erasure->account, first, erasure->done_through, now_ms);
        if (err == BH_OK)
            err = blank_range(log->db, erasure, first, erasure->done_through, &blanked);
    }
    if (erasure->done_through > erasure->last_row)
        erasure->done_through = erasure->last_row;
    return err == BH_OK ? note_done(log->db, erasure->id, erasure->done_through) : err;
}

bool bh_audit_is_scrubbing(const struct bh_audit_log *log)
{
    return log->db->scrub_log;
}

enum bh_err bh_audit_erase_chunk(struct bh_audit_log *log, size_t limit, int64_t now_ms, bool *ret_more)
{
    struct bh_erasure erasure = {0};
    enum bh_err err = find_unfinished(log->db, &erasure);
    if (err == BH_ERR_NOT_FOUND) {
        bh_db_scrub_retry(log->db);
        *ret_more = false;
        return BH_OK;
    }
    if (err == BH_OK)
        err = blank_some(log, &erasure, limit, now_ms);
    if (err != BH_OK)
        return err;
    /* Once for all of it: emptying the write-ahead log is a wait for the disk. */
    if (erasure.done_through == erasure.last_row)
        bh_db_scrub_after_commit(log->db);
    *ret_more = true;
    return BH_OK;
}
