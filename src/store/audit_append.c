// SPDX-License-Identifier: Apache-2.0
/*
 * Appending: the hottest write of the program. A row costs one insert at the end of one table and two updates
 * in memory; the rest is written once per batch, by bh_audit_flush.
 */
#include "store/audit_log.h"
#include "store/audit_trail.h"
#include "store/execution_mac.h"

#include <math.h>
#include <stdlib.h>

#define SCRATCH_LIMIT ((size_t)1 << 20)

static enum bh_err read_newest_row(struct bh_db *db, int64_t *ret_id, int64_t *ret_created_at)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT id, created_at FROM audit ORDER BY id DESC LIMIT 1");
    enum bh_err err = bh_stmt_step(stmt);
    if (err == BH_OK) {
        *ret_id = bh_stmt_int(stmt, 0);
        *ret_created_at = bh_stmt_int(stmt, 1);
        bh_stmt_end(stmt);
        return BH_OK;
    }
    struct bh_audit_checkpoint checkpoint;
    if (err == BH_ERR_NOT_FOUND)
        err = bh_audit_checkpoint_read(db, &checkpoint);
    if (err != BH_OK)
        return err;
    *ret_id = checkpoint.through_id;
    *ret_created_at = checkpoint.created_at;
    return BH_OK;
}

/*
 * The chain goes on from what was signed, never from what merely stands in the newest row: rows that were
 * changed, cut off or added behind our back would otherwise become part of a chain that verifies. A forged
 * signature is remembered for ever, because the next flush signs again.
 */
static enum bh_err read_tip(struct bh_audit_log *log)
{
    struct bh_audit_state state = {0};
    int64_t newest;
    int64_t created_at;
    enum bh_err err = bh_audit_state_read(log->db, &state);
    bool missing = err == BH_ERR_NOT_FOUND;
    if (missing)
        err = BH_OK;
    if (err == BH_OK)
        err = read_newest_row(log->db, &newest, &created_at);
    if (err == BH_OK && newest == INT64_MAX)
        err = BH_ERR_STORE_CORRUPT;
    if (err != BH_OK)
        return err;
    log->broken = state.broken;
    if (missing || !bh_audit_state_is_valid(&state, &log->mac_key))
        log->broken = newest > 0 ? newest : 1;
    log->tip.chain = state.chain;
    log->tip.id = state.head > newest ? state.head : newest;
    log->tip.created_at = created_at;
    log->tip.trail = state.trail;
    log->tip.trail_mac = state.trail_mac;
    log->committed_tip = log->tip;
    return BH_OK;
}

static void note_savepoint(void *context)
{
    struct bh_audit_log *log = context;
    log->savepoint_tip = log->tip;
    log->changed_in_savepoint = false;
}

static void go_back_to_savepoint(struct bh_audit_log *log)
{
    if (!log->changed_in_savepoint)
        return;
    log->tip = log->savepoint_tip;
    log->changed_in_savepoint = false;
    log->stale = true;
    log->failed = false;
}

static void go_back(void *context, bool to_savepoint)
{
    struct bh_audit_log *log = context;
    if (to_savepoint)
        go_back_to_savepoint(log);
    else
        bh_audit_rolled_back(log);
}

enum bh_err bh_audit_log_open(
    struct bh_db *writer, const struct bh_server_key *key, struct bh_audit_log **ret_log)
{
    struct bh_audit_log *log = calloc(1, sizeof(*log));
    if (log == NULL)
        return BH_ERR_NO_MEMORY;
    log->db = writer;
    log->stale = true;
    log->mac_key = bh_audit_state_key(key);
    log->trail_key = bh_audit_trail_key(key);
    log->execution_key = bh_execution_key(key);
    log->checkpoint_seed = bh_audit_checkpoint_seed(key);
    bh_buf_init(&log->scratch, SCRATCH_LIMIT);
    enum bh_err err = bh_owners_init(&log->owners);
    if (err == BH_OK)
        err = read_tip(log);
    if (err != BH_OK) {
        bh_audit_log_close(log);
        return err;
    }
    bh_db_scrub_after_commit(writer); /* what was erased just before a crash may still be in there */
    writer->observer = (struct bh_db_observer){note_savepoint, go_back, log};
    *ret_log = log;
    return BH_OK;
}

void bh_audit_log_close(struct bh_audit_log *log)
{
    if (log == NULL)
        return;
    if (log->db->observer.context == log)
        log->db->observer = (struct bh_db_observer){.context = NULL};
    bh_owners_finish(&log->owners);
    bh_buf_finish(&log->scratch);
    bh_wipe(&log->mac_key, sizeof(log->mac_key));
    bh_wipe(&log->trail_key, sizeof(log->trail_key));
    bh_wipe(&log->execution_key, sizeof(log->execution_key));
    bh_wipe(&log->checkpoint_seed, sizeof(log->checkpoint_seed));
    free(log);
}

int64_t bh_audit_next_id(const struct bh_audit_log *log)
{
    return log->tip.id + 1;
}

enum bh_err bh_audit_log_prepare(struct bh_audit_log *log)
{
    if (log->failed)
        return BH_ERR_INTERNAL;
    log->changed = true;
    log->changed_in_transaction = true;
    log->changed_in_savepoint = true;
    if (!log->stale)
        return BH_OK;
    struct bh_audit_state state = {0};
    bh_owners_clear(&log->owners);
    enum bh_err err = bh_audit_state_read(log->db, &state);
    if (err == BH_OK || err == BH_ERR_NOT_FOUND)
        err = bh_owners_replay(&log->owners, log->db, state.counted_through);
    log->stale = err != BH_OK;
    return err;
}

static enum bh_err insert_row(struct bh_audit_log *log, const struct bh_stored_row *stored,
    const struct bh_sha256 *content, const struct bh_sha256 *chain)
{
    const struct bh_audit_row *row = &stored->row;
    struct bh_stmt *stmt = bh_db_statement(log->db,
        "INSERT INTO audit (" BH_AUDIT_COLUMNS ", content_hash, chain) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)");
    bh_stmt_bind_int(stmt, 1, row->id);
    bh_stmt_bind_int(stmt, 2, row->agent);
    bh_stmt_bind_int(stmt, 3, row->account);
    bh_stmt_bind_int(stmt, 4, row->created_at);
    bh_stmt_bind_int(stmt, 5, stored->back_agent);
    bh_stmt_bind_int(stmt, 6, stored->back_account);
    bh_stmt_bind_int(stmt, 7, stored->flags);
    bh_stmt_bind_int(stmt, 8, (int64_t)row->salt);
    bh_stmt_bind_text(stmt, 9, row->action);
    bh_stmt_bind_text(stmt, 10, row->vendor);
    if (row->has_amount)
        bh_stmt_bind_double(stmt, 11, row->amount);
    else
        bh_stmt_bind_null(stmt, 11);
    bh_stmt_bind_text(stmt, 12, row->permission_id);
    bh_stmt_bind_text(stmt, 13, row->approval_id);
    bh_stmt_bind_text(stmt, 14, row->metadata);
    bh_stmt_bind_sha256(stmt, 15, content);
    bh_stmt_bind_sha256(stmt, 16, chain);
    return bh_stmt_run(stmt);
}

static struct bh_stored_row next_row(
    const struct bh_audit_log *log, const struct bh_audit_row *row, int64_t agent_head, int64_t account_head)
{
    struct bh_stored_row stored = {.row = *row, .flags = bh_audit_pack_flags(row)};
    stored.row.id = log->tip.id + 1;
    if (stored.row.created_at < log->tip.created_at)
        stored.row.created_at = log->tip.created_at;
    stored.row.amount = row->has_amount ? row->amount + 0.0 : 0; /* -0 is not kept by the database */
    stored.back_agent = agent_head == 0 ? 0 : stored.row.id - agent_head;
    stored.back_account = account_head == 0 ? 0 : stored.row.id - account_head;
    return stored;
}

static enum bh_err append(
    struct bh_audit_log *log, struct bh_stored_row *ret_stored, const struct bh_audit_row *row)
{
    struct bh_owner_ref agent;
    struct bh_owner_ref account;
    struct bh_sha256 content;
    enum bh_err err = bh_owners_find(&log->owners, log->db, bh_owner_of_agent(row->agent), &agent);
    if (err == BH_OK)
        err = bh_owners_find(&log->owners, log->db, bh_owner_of_account(row->account), &account);
    if (err != BH_OK)
        return err;
    *ret_stored = next_row(log, row, agent.owner->head, account.owner->head);
    err = bh_audit_content_hash(ret_stored, &log->scratch, &content);
    if (err != BH_OK)
        return err;
    struct bh_sha256 chain = bh_sha256_two(bh_sha256_span(&log->tip.chain), bh_sha256_span(&content));
    err = insert_row(log, ret_stored, &content, &chain);
    if (err != BH_OK)
        return err;
    log->failed = true;
    err = bh_owners_add(&log->owners, log->db, agent, &ret_stored->row);
    if (err == BH_OK)
        err = bh_owners_add(&log->owners, log->db, account, &ret_stored->row);
    if (err != BH_OK)
        return err;
    log->failed = false;
    log->tip.id = ret_stored->row.id;
    log->tip.chain = chain;
    log->tip.created_at = ret_stored->row.created_at;
    return BH_OK;
}

enum bh_err bh_audit_append(struct bh_audit_log *log, struct bh_audit_row *row)
{
    struct bh_stored_row stored;
    if (row->agent <= 0 || row->account <= 0 || (row->has_amount && isnan(row->amount)))
        return BH_ERR_INTERNAL;
    enum bh_err err = bh_audit_log_prepare(log);
    if (err == BH_OK)
        err = append(log, &stored, row);
    if (err != BH_OK)
        return err;
    row->id = stored.row.id;
    row->created_at = stored.row.created_at;
    return BH_OK;
}

enum bh_err bh_audit_flush(struct bh_audit_log *log)
{
    if (log->failed)
        return BH_ERR_INTERNAL;
    if (!log->changed)
        return BH_OK;
    struct bh_audit_state state = {
        .head = log->tip.id,
        .chain = log->tip.chain,
        .broken = log->broken,
        .trail = log->tip.trail,
        .trail_mac = log->tip.trail_mac,
    };
    enum bh_err err =
        bh_audit_log_prepare(log); /* a savepoint may have been rolled back since the last append */
    if (err == BH_OK)
        err = bh_owners_write_due(&log->owners, log->db, log->tip.id, &state.counted_through);
    if (err == BH_OK)
        err = bh_audit_state_write(log->db, &log->mac_key, &state);
    if (err == BH_OK)
        log->changed = false;
    return err;
}

void bh_audit_committed(struct bh_audit_log *log)
{
    log->committed_tip = log->tip;
    log->changed_in_transaction = false;
    log->changed_in_savepoint = false;
}

void bh_audit_rolled_back(struct bh_audit_log *log)
{
    if (!log->changed_in_transaction)
        return;
    log->tip = log->committed_tip;
    log->changed = false;
    log->failed = false;
    log->stale = true;
    log->changed_in_transaction = false;
    log->changed_in_savepoint = false;
}
