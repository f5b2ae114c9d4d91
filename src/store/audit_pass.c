// SPDX-License-Identifier: Apache-2.0
/*
 * What is found: a gap in the ids (missing), a row that does not fit its H(content) or whose chain does not
 * follow from the row before (altered), a row without content whose H(content) is still part of the chain
 * (erased; without an entry in the trail: unrecorded), an end that is not the signed one (head broken), a
 * start that is not the signed one (checkpoint broken). What erasures and executions add is checked beside
 * it.
 */
#include "store/audit_pass.h"

#include "store/audit_names.h"
#include "store/audit_row.h"
#include "store/audit_state.h"
#include "store/audit_verify_executions.h"
#include "store/audit_verify_trail.h"

#include <stdlib.h>

#define PROGRESS_EVERY 65536
#define SCRATCH_LIMIT ((size_t)16 << 20)

struct bh_audit_pass {
    const struct bh_server_key *key;
    struct bh_db *db; /* of this step */
    bh_audit_finding_fn *on_finding;
    bh_audit_progress_fn *on_progress;
    void *context;
    struct bh_audit_report report;
    struct bh_audit_state state;
    bool begun, was_at_end;
    bool removed_unknown; /* the signed start is broken: told once */
    bool trail_changed;   /* since the pass began */
    int64_t trail_read;   /* entries that the trail had when it was read; -1 = it was not read to its end */
    int64_t from;         /* where the next rows are looked for */
    int64_t expected;     /* id of the next row */
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

static void tell(struct bh_audit_pass *pass, enum bh_audit_finding_kind kind, int64_t first, int64_t last)
{
    struct bh_audit_finding finding = {kind, first, last};
    if (pass->on_finding != NULL)
        pass->on_finding(pass->context, &finding);
}

static void end_run(struct bh_audit_pass *pass)
{
    if (pass->run.first != 0)
        tell(pass, pass->run.kind, pass->run.first, pass->run.last);
    pass->run.first = 0;
}

static void add_to_run(struct bh_audit_pass *pass, enum bh_audit_finding_kind kind, int64_t id)
{
    struct bh_audit_finding *run = &pass->run;
    if (run->first == 0 || run->kind != kind || run->last != id - 1) {
        end_run(pass);
        *run = (struct bh_audit_finding){kind, id, id};
    }
    run->last = id;
}

static void miss(struct bh_audit_pass *pass, int64_t first, int64_t last)
{
    end_run(pass);
    pass->report.missing += last - first + 1;
    pass->report.intact = false;
    tell(pass, BH_AUDIT_MISSING, first, last);
}

static void break_end(struct bh_audit_pass *pass, enum bh_audit_finding_kind kind, int64_t id)
{
    end_run(pass);
    pass->report.intact = false;
    tell(pass, kind, id, id);
}

/* What retention has removed, if that is signed. */
static enum bh_err read_checkpoint(
    struct bh_audit_pass *pass, struct bh_audit_checkpoint *ret_checkpoint, bool *ret_valid)
{
    struct bh_audit_checkpoint checkpoint = {.through_id = 0};
    struct bh_sha256 seed = bh_audit_checkpoint_seed(pass->key);
    enum bh_err err = bh_audit_checkpoint_read(pass->db, &checkpoint);
    bool valid =
        err == BH_OK && (checkpoint.through_id == 0 || bh_audit_checkpoint_is_valid(&checkpoint, &seed));
    bh_wipe(&seed, sizeof(seed));
    if (err == BH_ERR_STORE_CORRUPT)
        checkpoint = (struct bh_audit_checkpoint){.through_id = 0};
    else if (err != BH_OK)
        return err;
    *ret_checkpoint = checkpoint;
    *ret_valid = valid;
    return BH_OK;
}

/* Each step: rows before the pass, and some that it has not seen yet, may have been removed. */
static enum bh_err check_checkpoint(struct bh_audit_pass *pass)
{
    struct bh_audit_checkpoint checkpoint;
    bool valid;
    enum bh_err err = read_checkpoint(pass, &checkpoint, &valid);
    if (err != BH_OK)
        return err;
    if (!valid && !pass->removed_unknown)
        break_end(pass, BH_AUDIT_CHECKPOINT_BROKEN, checkpoint.through_id);
    pass->removed_unknown = !valid;
    if (pass->begun && (!valid || checkpoint.through_id < pass->expected)) {
        pass->trail.removed_through = valid ? checkpoint.through_id : pass->trail.removed_through;
        return BH_OK;
    }
    pass->report.removed = checkpoint.removed;
    pass->expected = checkpoint.through_id + 1;
    pass->from = pass->begun ? pass->expected : INT64_MIN;
    pass->chain = checkpoint.chain;
    pass->trail.removed_through = checkpoint.through_id;
    return BH_OK;
}

/* Reads what is new of the trail of erasures. */
static enum bh_err check_trail(struct bh_audit_pass *pass)
{
    if (pass->begun && pass->trail_read == pass->state.trail)
        return BH_OK;
    pass->trail_changed = pass->begun;
    if (pass->trail_read < 0) {
        bh_trail_check_finish(&pass->trail);
        pass->trail.range_count = pass->trail.range_capacity = 0;
        pass->trail.entries = 0;
        pass->trail.mac = (struct bh_sha256){{0}};
    }
    pass->trail_read = -1;
    enum bh_err err = bh_trail_check_entries(&pass->trail, pass->key, &pass->state);
    if (err == BH_OK)
        pass->trail_read = pass->state.trail;
    return err;
}

static enum bh_err content_is_unchanged(struct bh_audit_pass *pass, struct bh_stored_row *stored,
    const struct bh_sha256 *kept, bool *ret_unchanged)
{
    struct bh_sha256 actual;
    enum bh_err err = bh_agent_names_find(&pass->names, pass->db, stored->row.agent, &stored->row.agent_id);
    if (err == BH_OK)
        err = bh_audit_content_hash(stored, &pass->scratch, &actual);
    if (err == BH_OK)
        *ret_unchanged = bh_equal_constant_time(bh_sha256_span(&actual), bh_sha256_span(kept));
    return err;
}

static bool chain_follows(
    const struct bh_audit_pass *pass, const struct bh_sha256 *content, const struct bh_sha256 *chain)
{
    struct bh_sha256 expected = bh_sha256_two(bh_sha256_span(&pass->chain), bh_sha256_span(content));
    return pass->after_gap || bh_equal_constant_time(bh_sha256_span(&expected), bh_sha256_span(chain));
}

/* After each row that is in its place, and before the first: the chain is that of row `expected - 1`. */
static void hold_known(struct bh_audit_pass *pass)
{
    const struct bh_audit_known *known = pass->known;
    if (known == NULL || known->size != pass->expected - 1)
        return;
    bool same = bh_equal_constant_time(bh_sha256_span(&known->chain), bh_sha256_span(&pass->chain));
    pass->report.held = same ? BH_AUDIT_HOLDS : BH_AUDIT_RECOMPUTED;
}

static void start_known(struct bh_audit_pass *pass)
{
    const struct bh_audit_known *known = pass->known;
    if (known == NULL)
        return;
    /* Until a row says otherwise: it lies before what is left, or there is no such row. */
    pass->report.held = known->size < pass->expected - 1 ? BH_AUDIT_REMOVED : BH_AUDIT_CUT;
    hold_known(pass);
}

static enum bh_err check_row(struct bh_audit_pass *pass, struct bh_stmt *stmt)
{
    struct bh_stored_row stored;
    struct bh_sha256 content = {{0}};
    struct bh_sha256 chain = {{0}};
    bh_stored_row_read(stmt, &stored);
    stored.erasure = bh_stmt_int(stmt, BH_AUDIT_COLUMN_COUNT + 2);
    int64_t id = stored.row.id;
    bool in_place = id >= pass->expected && id < INT64_MAX; /* not below what retention removed */
    if (in_place && id > pass->expected) {
        miss(pass, pass->expected, id - 1);
        pass->after_gap = true;
    }
    bool unchanged = in_place && bh_stmt_sha256(stmt, BH_AUDIT_COLUMN_COUNT, &content) &&
                     bh_stmt_sha256(stmt, BH_AUDIT_COLUMN_COUNT + 1, &chain) &&
                     chain_follows(pass, &content, &chain);
    bool covered = true;
    enum bh_err err = BH_OK;
    if (unchanged && !stored.erased)
        err = content_is_unchanged(pass, &stored, &content, &unchanged);
    else if (stored.erased)
        err = bh_trail_check_row(&pass->trail, &stored, &covered);
    if (err == BH_OK)
        err = bh_execution_check_row(&pass->executions, &stored, unchanged ? &content : NULL);
    if (err != BH_OK)
        return err;
    if (!unchanged) {
        pass->report.altered++;
        pass->report.intact = false;
        add_to_run(pass, BH_AUDIT_ALTERED, id);
    } else if (stored.erased) {
        pass->report.erased++;
        pass->report.intact = pass->report.intact && covered;
        add_to_run(pass, covered ? BH_AUDIT_ERASED : BH_AUDIT_UNRECORDED, id);
    }
    pass->report.rows++;
    pass->report.last = id;
    pass->from = id < INT64_MAX ? id + 1 : id;
    if (pass->report.first == 0)
        pass->report.first = id;
    if (in_place) {
        pass->expected = id + 1;
        pass->after_gap = false;
        pass->chain = chain;
        hold_known(pass);
    }
    return BH_OK;
}

static enum bh_err check_rows(struct bh_audit_pass *pass, size_t limit, bool *ret_all)
{
    struct bh_stmt *stmt = bh_db_statement(pass->db,
        "SELECT " BH_AUDIT_COLUMNS
        ", content_hash, chain, erasure FROM audit WHERE id >= $1 ORDER BY id LIMIT $2");
    bh_stmt_bind_int(stmt, 1, pass->from);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    size_t count = 0;
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        err = check_row(pass, stmt);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
        count++;
        if (pass->on_progress != NULL && pass->report.rows % PROGRESS_EVERY == 0)
            pass->on_progress(pass->context, pass->report.rows, pass->total);
    }
    end_run(pass);
    *ret_all = count < limit;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static void check_head(struct bh_audit_pass *pass)
{
    const struct bh_audit_state *state = &pass->state;
    struct bh_sha256 mac_key = bh_audit_state_key(pass->key);
    bool valid = bh_audit_state_is_valid(state, &mac_key);
    bh_wipe(&mac_key, sizeof(mac_key));
    int64_t last = pass->expected - 1;
    if (valid && state->head > last)
        miss(pass, last + 1, state->head);
    bool same = state->head == last &&
                bh_equal_constant_time(bh_sha256_span(&state->chain), bh_sha256_span(&pass->chain));
    if (!valid || !same)
        break_end(pass, BH_AUDIT_HEAD_BROKEN, state->head);
    else if (state->broken != 0)
        break_end(pass, BH_AUDIT_HEAD_BROKEN, state->broken);
}

/* After the last row of this view. */
static enum bh_err check_end(struct bh_audit_pass *pass)
{
    enum bh_err err = bh_execution_check_rest(&pass->executions);
    if (err == BH_OK && !pass->was_at_end && !pass->trail_changed)
        err = bh_trail_check_counts(&pass->trail);
    if (err != BH_OK)
        return err;
    check_head(pass);
    pass->was_at_end = true;
    return BH_OK;
}

static enum bh_err begin_step(struct bh_audit_pass *pass)
{
    pass->state = (struct bh_audit_state){.head = 0};
    enum bh_err err = bh_audit_state_read(pass->db, &pass->state);
    if (err == BH_OK ||
        err == BH_ERR_NOT_FOUND) /* without its row the head is invalid, which is told later */
        err = check_checkpoint(pass);
    if (err == BH_OK && !pass->begun)
        start_known(pass);
    if (err == BH_OK)
        err = check_trail(pass);
    if (err != BH_OK)
        return err;
    pass->begun = true;
    pass->total = pass->state.head - pass->expected + 1;
    pass->executions.from = pass->from;
    return bh_execution_check_start(&pass->executions, pass->key);
}

enum bh_err bh_audit_pass_step(struct bh_audit_pass *pass, struct bh_db *db, size_t limit, bool *ret_at_end)
{
    bool all = false;
    pass->db = pass->trail.db = pass->executions.db = db;
    enum bh_err err = begin_step(pass);
    if (err == BH_OK)
        err = check_rows(pass, limit, &all);
    if (err == BH_OK && all)
        err = check_end(pass);
    bh_execution_check_finish(&pass->executions);
    if (err == BH_OK)
        *ret_at_end = all;
    return err;
}

void bh_audit_pass_report(const struct bh_audit_pass *pass, struct bh_audit_report *ret_report)
{
    *ret_report = pass->report;
    if (!pass->trail.intact || !pass->executions.intact || pass->report.held == BH_AUDIT_CUT ||
        pass->report.held == BH_AUDIT_RECOMPUTED)
        ret_report->intact = false;
    ret_report->erasures = pass->trail.entries;
    ret_report->executions = pass->executions.count;
    bh_hex_encode(bh_sha256_span(&pass->chain), ret_report->chain);
}

int64_t bh_audit_pass_through(const struct bh_audit_pass *pass)
{
    return pass->begun ? pass->expected - 1 : 0;
}

enum bh_err bh_audit_pass_create(const struct bh_audit_pass_options *options, struct bh_audit_pass **ret_pass)
{
    struct bh_audit_pass *pass = calloc(1, sizeof(*pass));
    if (pass == NULL)
        return BH_ERR_NO_MEMORY;
    pass->key = options->key;
    pass->known = options->known;
    pass->on_finding = options->on_finding;
    pass->on_progress = options->on_progress;
    pass->context = options->context;
    pass->report.intact = true;
    pass->trail = (struct bh_trail_check){
        .on_finding = options->on_finding, .context = options->context, .intact = true};
    pass->executions = (struct bh_execution_check){
        .on_finding = options->on_finding, .context = options->context, .intact = true};
    bh_buf_init(&pass->scratch, SCRATCH_LIMIT);
    enum bh_err err = bh_agent_names_init(&pass->names, options->names);
    if (err != BH_OK) {
        bh_audit_pass_destroy(pass);
        return err;
    }
    *ret_pass = pass;
    return BH_OK;
}

void bh_audit_pass_destroy(struct bh_audit_pass *pass)
{
    if (pass == NULL)
        return;
    bh_trail_check_finish(&pass->trail);
    bh_agent_names_finish(&pass->names);
    bh_buf_finish(&pass->scratch);
    free(pass);
}
