// SPDX-License-Identifier: Apache-2.0
/*
 * Walks the whole log once, oldest first, in constant memory.
 *
 * What is found: a gap in the ids (missing), a row that does not fit its H(content) or whose chain does not
 * follow from the row before (altered), a row without content whose H(content) is still part of the chain
 * (erased; without an entry in the trail: unrecorded), an end that is not the signed one (head broken), a
 * start that is not the signed one (checkpoint broken). What erasures and executions add is checked beside
 * it.
 */
#include "store/audit_names.h"
#include "store/audit_row.h"
#include "store/audit_state.h"
#include "store/audit_verify_executions.h"
#include "store/audit_verify_trail.h"

#include <stdlib.h>

#define PROGRESS_EVERY 65536
#define NAMES (1u << 17)
#define SCRATCH_LIMIT ((size_t)16 << 20)

struct verifier {
    struct bh_db *db;
    bh_audit_finding_fn *on_finding;
    bh_audit_progress_fn *on_progress;
    void *context;
    struct bh_audit_report report;
    struct bh_audit_state state;
    int64_t expected; /* id of the next row */
    int64_t total;
    struct bh_sha256 chain;      /* of the row before */
    bool after_gap;              /* nothing is known about that chain */
    struct bh_audit_finding run; /* altered or erased rows that follow each other; first = 0: none */
    struct bh_agent_names names;
    struct bh_buf scratch;
    struct bh_trail_check trail;
    struct bh_execution_check executions;
    const struct bh_audit_known *known;
};

static void tell(struct verifier *verifier, enum bh_audit_finding_kind kind, int64_t first, int64_t last)
{
    struct bh_audit_finding finding = {kind, first, last};
    if (verifier->on_finding != NULL)
        verifier->on_finding(verifier->context, &finding);
}

static void end_run(struct verifier *verifier)
{
    if (verifier->run.first != 0)
        tell(verifier, verifier->run.kind, verifier->run.first, verifier->run.last);
    verifier->run.first = 0;
}

static void add_to_run(struct verifier *verifier, enum bh_audit_finding_kind kind, int64_t id)
{
    struct bh_audit_finding *run = &verifier->run;
    if (run->first == 0 || run->kind != kind || run->last != id - 1) {
        end_run(verifier);
        *run = (struct bh_audit_finding){kind, id, id};
    }
    run->last = id;
}

static void miss(struct verifier *verifier, int64_t first, int64_t last)
{
    end_run(verifier);
    verifier->report.missing += last - first + 1;
    verifier->report.intact = false;
    tell(verifier, BH_AUDIT_MISSING, first, last);
}

static void break_end(struct verifier *verifier, enum bh_audit_finding_kind kind, int64_t id)
{
    end_run(verifier);
    verifier->report.intact = false;
    tell(verifier, kind, id, id);
}

static enum bh_err check_checkpoint(struct verifier *verifier, const struct bh_server_key *key)
{
    struct bh_audit_checkpoint checkpoint;
    struct bh_sha256 seed = bh_audit_checkpoint_seed(key);
    enum bh_err err = bh_audit_checkpoint_read(verifier->db, &checkpoint);
    bool broken = err == BH_ERR_STORE_CORRUPT;
    if (broken)
        checkpoint = (struct bh_audit_checkpoint){.through_id = 0};
    else if (err != BH_OK)
        return err;
    if (checkpoint.through_id != 0 && !bh_audit_checkpoint_is_valid(&checkpoint, &seed))
        broken = true;
    bh_wipe(&seed, sizeof(seed));
    if (broken)
        break_end(verifier, BH_AUDIT_CHECKPOINT_BROKEN, checkpoint.through_id);
    verifier->report.removed = checkpoint.removed;
    verifier->expected = checkpoint.through_id + 1;
    verifier->chain = checkpoint.chain;
    verifier->trail.removed_through = checkpoint.through_id;
    return BH_OK;
}

static enum bh_err content_is_unchanged(struct verifier *verifier, struct bh_stored_row *stored,
    const struct bh_sha256 *kept, bool *ret_unchanged)
{
    struct bh_sha256 actual;
    enum bh_err err =
        bh_agent_names_find(&verifier->names, verifier->db, stored->row.agent, &stored->row.agent_id);
    if (err == BH_OK)
        err = bh_audit_content_hash(stored, &verifier->scratch, &actual);
    if (err == BH_OK)
        *ret_unchanged = bh_equal_constant_time(bh_sha256_span(&actual), bh_sha256_span(kept));
    return err;
}

static bool chain_follows(
    const struct verifier *verifier, const struct bh_sha256 *content, const struct bh_sha256 *chain)
{
    struct bh_sha256 expected = bh_sha256_two(bh_sha256_span(&verifier->chain), bh_sha256_span(content));
    return verifier->after_gap || bh_equal_constant_time(bh_sha256_span(&expected), bh_sha256_span(chain));
}

/* After each row that is in its place, and before the first: the chain is that of row `expected - 1`. */
static void hold_known(struct verifier *verifier)
{
    const struct bh_audit_known *known = verifier->known;
    if (known == NULL || known->size != verifier->expected - 1)
        return;
    bool same = bh_equal_constant_time(bh_sha256_span(&known->chain), bh_sha256_span(&verifier->chain));
    verifier->report.held = same ? BH_AUDIT_HOLDS : BH_AUDIT_RECOMPUTED;
}

static void start_known(struct verifier *verifier)
{
    const struct bh_audit_known *known = verifier->known;
    if (known == NULL)
        return;
    /* Until a row says otherwise: it lies before what is left, or there is no such row. */
    verifier->report.held = known->size < verifier->expected - 1 ? BH_AUDIT_REMOVED : BH_AUDIT_CUT;
    hold_known(verifier);
}

static enum bh_err check_row(struct verifier *verifier, struct bh_stmt *stmt)
{
    struct bh_stored_row stored;
    struct bh_sha256 content = {{0}};
    struct bh_sha256 chain = {{0}};
    bh_stored_row_read(stmt, &stored);
    stored.erasure = bh_stmt_int(stmt, BH_AUDIT_COLUMN_COUNT + 2);
    int64_t id = stored.row.id;
    bool in_place = id >= verifier->expected && id < INT64_MAX; /* not below what retention removed */
    if (in_place && id > verifier->expected) {
        miss(verifier, verifier->expected, id - 1);
        verifier->after_gap = true;
    }
    bool unchanged = in_place && bh_stmt_sha256(stmt, BH_AUDIT_COLUMN_COUNT, &content) &&
                     bh_stmt_sha256(stmt, BH_AUDIT_COLUMN_COUNT + 1, &chain) &&
                     chain_follows(verifier, &content, &chain);
    bool covered = true;
    enum bh_err err = BH_OK;
    if (unchanged && !stored.erased)
        err = content_is_unchanged(verifier, &stored, &content, &unchanged);
    else if (stored.erased)
        err = bh_trail_check_row(&verifier->trail, &stored, &covered);
    if (err == BH_OK)
        err = bh_execution_check_row(&verifier->executions, &stored, unchanged ? &content : NULL);
    if (err != BH_OK)
        return err;
    if (!unchanged) {
        verifier->report.altered++;
        verifier->report.intact = false;
        add_to_run(verifier, BH_AUDIT_ALTERED, id);
    } else if (stored.erased) {
        verifier->report.erased++;
        verifier->report.intact = verifier->report.intact && covered;
        add_to_run(verifier, covered ? BH_AUDIT_ERASED : BH_AUDIT_UNRECORDED, id);
    }
    verifier->report.rows++;
    verifier->report.last = id;
    if (verifier->report.first == 0)
        verifier->report.first = id;
    if (in_place) {
        verifier->expected = id + 1;
        verifier->after_gap = false;
        verifier->chain = chain;
        hold_known(verifier);
    }
    return BH_OK;
}

static enum bh_err check_rows(struct verifier *verifier)
{
    struct bh_stmt *stmt = bh_db_statement(
        verifier->db, "SELECT " BH_AUDIT_COLUMNS ", content_hash, chain, erasure FROM audit ORDER BY id");
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        err = check_row(verifier, stmt);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
        if (verifier->on_progress != NULL && verifier->report.rows % PROGRESS_EVERY == 0)
            verifier->on_progress(verifier->context, verifier->report.rows, verifier->total);
    }
    end_run(verifier);
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static void check_head(struct verifier *verifier, const struct bh_server_key *key)
{
    const struct bh_audit_state *state = &verifier->state;
    struct bh_sha256 mac_key = bh_audit_state_key(key);
    bool valid = bh_audit_state_is_valid(state, &mac_key);
    bh_wipe(&mac_key, sizeof(mac_key));
    int64_t last = verifier->expected - 1;
    if (valid && state->head > last)
        miss(verifier, last + 1, state->head);
    bool same = state->head == last &&
                bh_equal_constant_time(bh_sha256_span(&state->chain), bh_sha256_span(&verifier->chain));
    if (!valid || !same)
        break_end(verifier, BH_AUDIT_HEAD_BROKEN, state->head);
    else if (state->broken != 0)
        break_end(verifier, BH_AUDIT_HEAD_BROKEN, state->broken);
}

static enum bh_err verify(struct verifier *verifier, const struct bh_server_key *key)
{
    enum bh_err err = bh_audit_state_read(verifier->db, &verifier->state);
    if (err == BH_OK ||
        err == BH_ERR_NOT_FOUND) /* without its row the head is invalid, which is told below */
        err = check_checkpoint(verifier, key);
    if (err != BH_OK)
        return err;
    start_known(verifier);
    err = bh_trail_check_entries(&verifier->trail, key, &verifier->state);
    if (err != BH_OK)
        return err;
    verifier->total = verifier->state.head - verifier->expected + 1;
    err = bh_execution_check_start(&verifier->executions, key);
    if (err == BH_OK)
        err = check_rows(verifier);
    if (err == BH_OK)
        err = bh_execution_check_rest(&verifier->executions);
    if (err == BH_OK)
        err = bh_trail_check_counts(&verifier->trail);
    if (err != BH_OK)
        return err;
    check_head(verifier, key);
    if (verifier->on_progress != NULL)
        verifier->on_progress(verifier->context, verifier->report.rows, verifier->report.rows);
    if (!verifier->trail.intact || !verifier->executions.intact || verifier->report.held == BH_AUDIT_CUT ||
        verifier->report.held == BH_AUDIT_RECOMPUTED)
        verifier->report.intact = false;
    verifier->report.erasures = verifier->trail.entries;
    verifier->report.executions = verifier->executions.count;
    bh_hex_encode(bh_sha256_span(&verifier->chain), verifier->report.chain);
    return BH_OK;
}

enum bh_err bh_audit_verify(struct bh_db *db, const struct bh_server_key *key,
    const struct bh_audit_known *known, bh_audit_finding_fn *on_finding, bh_audit_progress_fn *on_progress,
    void *context, struct bh_audit_report *ret_report)
{
    struct verifier *verifier = calloc(1, sizeof(*verifier));
    if (verifier == NULL)
        return BH_ERR_NO_MEMORY;
    verifier->db = db;
    verifier->on_finding = on_finding;
    verifier->on_progress = on_progress;
    verifier->context = context;
    verifier->known = known;
    verifier->report.intact = true;
    verifier->trail =
        (struct bh_trail_check){.db = db, .on_finding = on_finding, .context = context, .intact = true};
    verifier->executions =
        (struct bh_execution_check){.db = db, .on_finding = on_finding, .context = context, .intact = true};
    bh_buf_init(&verifier->scratch, SCRATCH_LIMIT);
    enum bh_err err = bh_agent_names_init(&verifier->names, NAMES);
    if (err == BH_OK)
        err = bh_db_begin_read(db);
    if (err == BH_OK) {
        err = verify(verifier, key);
        bh_execution_check_finish(&verifier->executions);
        bh_db_rollback(db);
    }
    if (err == BH_OK)
        *ret_report = verifier->report;
    bh_trail_check_finish(&verifier->trail);
    bh_agent_names_finish(&verifier->names);
    bh_buf_finish(&verifier->scratch);
    free(verifier);
    return err;
}
