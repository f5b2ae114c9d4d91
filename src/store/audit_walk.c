// SPDX-License-Identifier: Apache-2.0
#include "store/audit_walk.h"

#include "lib/timefmt.h"
#include "store/audit_filter.h"
#include "store/audit_state.h"
#include "store/audit_trail.h"
#include "store/request_id.h"

#define NAMES 64
#define SCAN_BACK 2000 /* rows of the whole log looked at to find a list from the middle */

static enum bh_err none_is_zero(enum bh_err err, int64_t *value)
{
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *value = 0;
    return BH_OK;
}

/* ---- the newest row -------------------------------------------------------------------------------------
 */

/* The newest of the rows that the stored owner does not cover yet: a few thousand at most. */
static enum bh_err newest_in_tail(struct bh_db *db, int64_t owner, int64_t after, int64_t *ret_id)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, owner > 0 ? "SELECT id FROM audit WHERE id > $1 AND agent = $2 ORDER BY id DESC LIMIT 1"
                      : "SELECT id FROM audit WHERE id > $1 AND account = -$2 ORDER BY id DESC LIMIT 1");
    bh_stmt_bind_int(stmt, 1, after);
    bh_stmt_bind_int(stmt, 2, owner);
    return none_is_zero(bh_stmt_one_int(stmt, ret_id), ret_id);
}

enum bh_err bh_audit_newest(struct bh_db *db, int64_t owner, int64_t *ret_id)
{
    int64_t head = 0;
    int64_t newer = 0;
    struct bh_audit_state state = {0};
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT head FROM audit_owner WHERE owner = $1");
    bh_stmt_bind_int(stmt, 1, owner);
    enum bh_err err = none_is_zero(bh_stmt_one_int(stmt, &head), &head);
    if (err == BH_OK)
        err = none_is_zero(bh_audit_state_read(db, &state), &state.counted_through);
    if (err == BH_OK)
        err = newest_in_tail(db, owner, head > state.counted_through ? head : state.counted_through, &newer);
    if (err == BH_OK)
        *ret_id = newer > head ? newer : head;
    return err;
}

/* ---- a place in the middle ------------------------------------------------------------------------------
 */

/* The newest row of the log that is not above `bound`. */
static enum bh_err row_at(struct bh_db *db, int64_t bound, int64_t *ret_id, int64_t *ret_created_at)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT id, created_at FROM audit WHERE id <= $1 ORDER BY id DESC LIMIT 1");
    bh_stmt_bind_int(stmt, 1, bound);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    *ret_id = bh_stmt_int(stmt, 0);
    *ret_created_at = bh_stmt_int(stmt, 1);
    bh_stmt_end(stmt);
    return BH_OK;
}

/* Lowers `*bound` to the newest row that is not later than `to`: times never go back along the ids. */
static enum bh_err bound_by_time(struct bh_db *db, int64_t to, int64_t *bound)
{
    int64_t low = 0;
    int64_t high;
    int64_t created_at;
    enum bh_err err = row_at(db, *bound, &high, &created_at);
    if (err != BH_OK || created_at <= to)
        return err == BH_ERR_NOT_FOUND ? BH_OK : err;
    while (high - low > 1) { /* INVARIANT: what lies at or below low is early enough, high is too late */
        int64_t middle = low + (high - low) / 2;
        int64_t id;
        err = row_at(db, middle, &id, &created_at);
        if (err != BH_OK && err != BH_ERR_NOT_FOUND)
            return err;
        if (err == BH_OK && created_at > to)
            high = id;
        else
            low = middle;
    }
    *bound = low;
    return BH_OK;
}

/* A cursor is a row of the list: its link leads on. */
static enum bh_err start_at_cursor(struct bh_audit_walk *walk, bool *ret_found)
{
    struct bh_stored_row stored;
    struct bh_stmt *stmt;
    enum bh_err err = bh_stored_row_fetch(walk->db, walk->bound + 1, &stored, &stmt);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_OK : err;
    bh_stmt_end(stmt);
    *ret_found = bh_owner_has_row(walk->owner, &stored);
    if (*ret_found)
        walk->next = bh_owner_previous(walk->owner, &stored);
    return BH_OK;
}

static enum bh_err start_by_scan(struct bh_audit_walk *walk, bool *ret_found)
{
    struct bh_stmt *stmt = bh_db_statement(
        walk->db, "SELECT id, agent, account FROM audit WHERE id <= $1 ORDER BY id DESC LIMIT $2");
    bh_stmt_bind_int(stmt, 1, walk->bound);
    bh_stmt_bind_int(stmt, 2, SCAN_BACK);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        int64_t column = bh_stmt_int(stmt, walk->owner > 0 ? 1 : 2);
        if (column != (walk->owner > 0 ? walk->owner : -walk->owner))
            continue;
        walk->next = bh_stmt_int(stmt, 0);
        *ret_found = true;
        bh_stmt_end(stmt);
        return BH_OK;
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

/* From the head of the bound's day, or of the owner's last day before; the walk then passes over what is
 * above. */
static enum bh_err start_by_day(struct bh_audit_walk *walk, int64_t newest)
{
    int64_t id;
    int64_t bound_time;
    int64_t newest_time;
    enum bh_err err = row_at(walk->db, walk->bound, &id, &bound_time);
    if (err != BH_OK)
        return none_is_zero(err, &walk->next);
    err = row_at(walk->db, newest, &id, &newest_time);
    if (err != BH_OK)
        return none_is_zero(err, &walk->next);
    if (newest_time / BH_MS_PER_DAY <= bound_time / BH_MS_PER_DAY) {
        walk->next = newest;
        return BH_OK;
    }
    struct bh_stmt *stmt = bh_db_statement(
        walk->db, "SELECT head FROM audit_day WHERE owner = $1 AND day <= $2 ORDER BY day DESC LIMIT 1");
    bh_stmt_bind_int(stmt, 1, walk->owner);
    bh_stmt_bind_int(stmt, 2, bound_time / BH_MS_PER_DAY);
    return none_is_zero(bh_stmt_one_int(stmt, &walk->next), &walk->next);
}

static enum bh_err find_start(struct bh_audit_walk *walk)
{
    int64_t newest;
    bool found = false;
    enum bh_err err = bh_audit_newest(walk->db, walk->owner, &newest);
    if (err != BH_OK)
        return err;
    walk->next = newest;
    if (newest <= walk->bound)
        return BH_OK;
    err = start_at_cursor(walk, &found);
    if (err == BH_OK && !found)
        err = start_by_scan(walk, &found);
    if (err == BH_OK && !found)
        err = start_by_day(walk, newest);
    return err;
}

enum bh_err bh_audit_walk_start(struct bh_audit_walk *walk, struct bh_db *db,
    const struct bh_audit_filter *filter, int64_t before, size_t look_limit)
{
    *walk = (struct bh_audit_walk){
        .db = db,
        .filter = filter,
        .look_limit = look_limit,
        .bound = before > 0 ? before - 1 : INT64_MAX - 1,
        .owner = filter->agent != 0 ? bh_owner_of_agent(filter->agent) : bh_owner_of_account(filter->account),
    };
    enum bh_err err = bh_agent_names_init(&walk->names, NAMES);
    if (err == BH_OK)
        err = bh_audit_erased_through(db, filter->account, &walk->erased_through);
    if (err != BH_OK)
        return err;
    if (!bh_span_is_absent(filter->request_id)) { /* the id itself says which row; at most one is looked at */
        uint64_t salt;
        if (!bh_request_id_decode(filter->request_id, &walk->next, &salt) || walk->next > walk->bound)
            walk->next = 0;
        return BH_OK;
    }
    if (filter->to != 0)
        err = bound_by_time(db, filter->to, &walk->bound);
    return err == BH_OK ? find_start(walk) : err;
}

void bh_audit_walk_finish(struct bh_audit_walk *walk)
{
    bh_agent_names_finish(&walk->names);
}

/* ---- walking --------------------------------------------------------------------------------------------
 */

static bool is_one_row(const struct bh_audit_walk *walk)
{
    return !bh_span_is_absent(walk->filter->request_id);
}

static enum bh_err matches(struct bh_audit_walk *walk, struct bh_stored_row *stored, bool *ret_match)
{
    const struct bh_audit_filter *filter = walk->filter;
    struct bh_audit_row *row = &stored->row;
    *ret_match = false;
    if (stored->erased || row->id > walk->bound || row->account != filter->account ||
        (filter->agent != 0 && row->agent != filter->agent) ||
        (filter->to != 0 && row->created_at > filter->to))
        return BH_OK;
    enum bh_err err = bh_agent_names_find(&walk->names, walk->db, row->agent, &row->agent_id);
    if (err == BH_OK)
        *ret_match = bh_audit_filter_matches(filter, row);
    return err;
}

enum bh_err bh_audit_walk_next(struct bh_audit_walk *walk, struct bh_audit_row *ret_row)
{
    if (walk->next <= walk->erased_through)
        walk->next = 0;
    while (walk->next != 0 && walk->looked < walk->look_limit) {
        struct bh_stored_row stored;
        bool match;
        enum bh_err err = bh_stored_row_fetch(walk->db, walk->next, &stored, &walk->stmt);
        if (err == BH_ERR_NOT_FOUND || (err == BH_OK && stored.row.created_at < walk->filter->from)) {
            walk->next = 0; /* removed by retention, or too old as all that follows */
            break;
        }
        if (err == BH_OK)
            err = matches(walk, &stored, &match);
        if (err != BH_OK)
            return err;
        walk->looked++;
        walk->next = is_one_row(walk) ? 0 : bh_owner_previous(walk->owner, &stored);
        if (walk->next <= walk->erased_through)
            walk->next = 0; /* as all that follow */
        if (match) {
            *ret_row = stored.row;
            return BH_OK;
        }
    }
    return BH_ERR_NOT_FOUND;
}

enum bh_err bh_audit_walk_peek(struct bh_audit_walk *walk)
{
    struct bh_stored_row stored;
    struct bh_stmt *stmt;
    if (walk->next == 0)
        return BH_OK;
    enum bh_err err = bh_stored_row_fetch(walk->db, walk->next, &stored, &stmt);
    if (err == BH_OK) {
        bh_stmt_end(stmt);
        if (stored.row.created_at >= walk->filter->from)
            return BH_OK;
    }
    walk->next = 0;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}
