// SPDX-License-Identifier: Apache-2.0
/*
 * None of the tables has an index by row of the audit log: writing it would cost each decision, and erasing
 * is rare. All are found by time instead. Ids of events are in order of time, and an event of a decision is
 * written in the decision's transaction, so the walk along an account's events is as long as its rows are.
 */
#include "store/erase_copies.h"

#include "core/event.h"
#include "store/audit_row.h"
#include "store/events.h"
#include "store/executions.h"
#include "store/store.h"

#define PAGE 128
#define CHECK_AGAIN_MS INT64_C(60000)
#define EARLY_MS INT64_C(10000)  /* an entry's time and that of its transaction may differ by so much ... */
#define LATE_MS INT64_C(3600000) /* ... and if the clock was set, by so much */

_Static_assert(BH_AUDIT_IS_ALLOWED == 1, "a statement names the flag by its number");

enum kind { EVENT = 1, APPROVAL = 2 };

static enum bh_err run_with_id(struct bh_stmt *stmt, int64_t id)
{
    bh_stmt_bind_int(stmt, 1, id);
    return bh_stmt_run(stmt);
}

static enum bh_err forget(struct bh_db *db, enum kind kind, int64_t id)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM erase_later WHERE id = $1 AND kind = $2");
    bh_stmt_bind_int(stmt, 2, kind);
    return run_with_id(stmt, id);
}

static enum bh_err put_off(struct bh_db *db, enum kind kind, int64_t id, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "INSERT INTO erase_later (id, kind, check_at) VALUES ($1, $2, $3) "
                            "ON CONFLICT (kind, id) DO UPDATE SET check_at = excluded.check_at");
    bh_stmt_bind_int(stmt, 2, kind);
    bh_stmt_bind_int(stmt, 3, now_ms + CHECK_AGAIN_MS);
    return run_with_id(stmt, id);
}

/* ---- events ---------------------------------------------------------------------------------------------
 */

/* Without a payload there is nothing to replay. */
static enum bh_err blank_event(struct bh_db *db, int64_t id)
{
    enum bh_err err = run_with_id(bh_db_statement(db, "UPDATE event SET payload = '' WHERE id = $1"), id);
    if (err == BH_OK)
        err = run_with_id(bh_db_statement(db,
                              "UPDATE delivery SET status = 'dropped' WHERE event = $1 AND status = 'dead'"),
            id);
    return err == BH_OK ? forget(db, EVENT, id) : err;
}

static enum bh_err take_event(struct bh_db *db, int64_t id, int64_t now_ms)
{
    bool settled = false;
    enum bh_err err = bh_event_is_settled(db, id, &settled);
    if (err == BH_ERR_WEBHOOK_EVENT_NOT_FOUND)
        return forget(db, EVENT, id);
    if (err != BH_OK)
        return err;
    return settled ? blank_event(db, id) : put_off(db, EVENT, id, now_ms);
}

/* The first event made at `time` or later; or an id that no event has yet. */
static enum bh_err find_by_time(struct bh_db *db, int64_t time, int64_t *ret_id)
{
    int64_t low = 0;
    int64_t high;
    enum bh_err err = bh_event_next_id(db, &high);
    while (err == BH_OK && low < high) {
        int64_t middle = low + (high - low) / 2;
        int64_t at;
        struct bh_stmt *stmt =
            bh_db_statement(db, "SELECT created_at FROM event WHERE id >= $1 ORDER BY id LIMIT 1");
        bh_stmt_bind_int(stmt, 1, middle);
        err = bh_stmt_one_int(stmt, &at);
        if (err == BH_ERR_NOT_FOUND || (err == BH_OK && at >= time)) {
            high = middle;
            err = BH_OK;
        } else {
            low = middle + 1;
        }
    }
    if (err == BH_OK)
        *ret_id = low;
    return err;
}

struct walk {
    int64_t account, first, last; /* rows of the log */
    int64_t from, to;             /* times of events */
    bool resolutions;             /* only events of approved and denied approvals */
    int64_t next;                 /* event */
    bool done;
    int64_t found[PAGE];
    size_t count;
};

static void look_at(struct walk *walk, struct bh_stmt *stmt)
{
    int64_t id = bh_stmt_int(stmt, 0);
    int64_t row = bh_stmt_int(stmt, 1);
    enum bh_event_type type = (enum bh_event_type)bh_stmt_int(stmt, 2);
    bool resolution = type == BH_EVENT_APPROVAL_APPROVED || type == BH_EVENT_APPROVAL_DENIED;
    walk->next = id + 1;
    if (row >= walk->first && row <= walk->last && (resolution || !walk->resolutions))
        walk->found[walk->count++] = id;
    /* No event of an earlier row comes after one of a later row, but for what people decide afterwards. */
    walk->done = bh_stmt_int(stmt, 3) > walk->to || (row > walk->last && !walk->resolutions);
}

/* Found first, changed afterwards: the statement goes along an index of what is changed. */
static enum bh_err find_page(struct bh_db *db, struct walk *walk)
{
    enum bh_err err = BH_OK;
    size_t seen = 0;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT id, request_row, type, created_at FROM event WHERE "
                                               "account = $1 AND id >= $2 ORDER BY id LIMIT $3");
    bh_stmt_bind_int(stmt, 1, walk->account);
    bh_stmt_bind_int(stmt, 2, walk->next);
    bh_stmt_bind_int(stmt, 3, PAGE);
    walk->count = 0;
    for (; !walk->done && (err = bh_stmt_step(stmt)) == BH_OK; seen++)
        look_at(walk, stmt);
    bh_stmt_end(stmt);
    if (err == BH_ERR_NOT_FOUND) {
        walk->done = seen < PAGE;
        return BH_OK;
    }
    return err;
}

static enum bh_err take_events(struct bh_db *db, struct walk *walk, int64_t now_ms)
{
    enum bh_err err = find_by_time(db, walk->from, &walk->next);
    while (err == BH_OK && !walk->done) {
        err = find_page(db, walk);
        for (size_t i = 0; err == BH_OK && i < walk->count; i++)
            err = take_event(db, walk->found[i], now_ms);
    }
    return err;
}

/* ---- approvals ------------------------------------------------------------------------------------------
 */

/* What a person decided was told to the endpoints, with the content of what was asked. */
static enum bh_err remove_approval(
    struct bh_db *db, int64_t id, int64_t account, int64_t row, int64_t resolved_at, int64_t now_ms)
{
    enum bh_err err = BH_OK;
    struct walk walk = {.account = account,
        .first = row,
        .last = row,
        .from = resolved_at,
        .to = resolved_at,
        .resolutions = true};
    if (resolved_at != 0)
        err = take_events(db, &walk, now_ms);
    if (err == BH_OK)
        err = run_with_id(bh_db_statement(db, "DELETE FROM approval WHERE id = $1"), id);
    return err == BH_OK ? forget(db, APPROVAL, id) : err;
}

static enum bh_err take_approval(struct bh_db *db, int64_t id, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT account, request_row, resolved_at, CASE status WHEN 'pending' THEN expires_at > $2 "
        "WHEN 'approved' THEN grant_expires_at > $2 WHEN 'denied' THEN resolved_at + $3 > $2 ELSE 0 > 1 END "
        "FROM approval WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, id);
    bh_stmt_bind_int(stmt, 2, now_ms);
    bh_stmt_bind_int(stmt, 3, BH_APPROVAL_COOLDOWN_MS);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? forget(db, APPROVAL, id) : err;
    int64_t account = bh_stmt_int(stmt, 0);
    int64_t row = bh_stmt_int(stmt, 1);
    int64_t resolved_at = bh_stmt_int(stmt, 2);
    bool lives = bh_stmt_int(stmt, 3) != 0;
    bh_stmt_end(stmt);
    return lives ? put_off(db, APPROVAL, id, now_ms)
                 : remove_approval(db, id, account, row, resolved_at, now_ms);
}

/* A row names the approval that it opened, spent, or found waiting already; the last is not its own. */
static enum bh_err find_approvals(struct bh_db *db, struct walk *walk)
{
    enum bh_err err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT p.id, r.id FROM audit r JOIN approval p ON p.approval_id = r.approval_id AND p.account = "
        "r.account "
        "WHERE r.id BETWEEN $1 AND $2 AND r.account = $3 AND (p.request_row = r.id OR (r.flags & 1) <> 0) "
        "ORDER BY r.id LIMIT $4");
    bh_stmt_bind_int(stmt, 1, walk->next);
    bh_stmt_bind_int(stmt, 2, walk->last);
    bh_stmt_bind_int(stmt, 3, walk->account);
    bh_stmt_bind_int(stmt, 4, PAGE);
    walk->count = 0;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        walk->found[walk->count++] = bh_stmt_int(stmt, 0);
        walk->next = bh_stmt_int(stmt, 1) + 1;
    }
    walk->done = walk->count < PAGE;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static enum bh_err take_approvals(
    struct bh_db *db, int64_t account, int64_t first, int64_t last, int64_t now_ms)
{
    enum bh_err err = BH_OK;
    struct walk walk = {.account = account, .last = last, .next = first};
    while (err == BH_OK && !walk.done) {
        err = find_approvals(db, &walk);
        for (size_t i = 0; err == BH_OK && i < walk.count; i++)
            err = take_approval(db, walk.found[i], now_ms);
    }
    return err;
}

/* ---- all of it ------------------------------------------------------------------------------------------
 */

/* When the first and the last of the rows were made; BH_ERR_NOT_FOUND when there are none. */
static enum bh_err find_times(struct bh_db *db, struct walk *walk)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT min(created_at), max(created_at) FROM audit WHERE id BETWEEN $1 AND $2 AND account = $3");
    bh_stmt_bind_int(stmt, 1, walk->first);
    bh_stmt_bind_int(stmt, 2, walk->last);
    bh_stmt_bind_int(stmt, 3, walk->account);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    bool none = bh_stmt_is_null(stmt, 0);
    walk->from = bh_stmt_int(stmt, 0);
    walk->to = bh_stmt_int(stmt, 1);
    bh_stmt_end(stmt);
    return none ? BH_ERR_NOT_FOUND : BH_OK;
}

static enum bh_err take_answers(struct bh_db *db, const struct walk *rows)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "DELETE FROM idempotency WHERE created_at BETWEEN $1 AND $2 AND request_row BETWEEN $3 AND $4 "
        "AND agent IN (SELECT id FROM agent WHERE account = $5)");
    bh_stmt_bind_int(stmt, 1, rows->from);
    bh_stmt_bind_int(stmt, 2, rows->to);
    bh_stmt_bind_int(stmt, 3, rows->first);
    bh_stmt_bind_int(stmt, 4, rows->last);
    bh_stmt_bind_int(stmt, 5, rows->account);
    return bh_stmt_run(stmt);
}

enum bh_err bh_copies_take(struct bh_db *db, int64_t account, int64_t first, int64_t last, int64_t now_ms)
{
    struct walk walk = {.account = account, .first = first, .last = last};
    enum bh_err err = find_times(db, &walk);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_OK : err;
    err = bh_execution_take(db, account, first, last);
    if (err == BH_OK)
        err = take_answers(db, &walk);
    walk.from -= EARLY_MS;
    walk.to += LATE_MS;
    if (err == BH_OK)
        err = take_events(db, &walk, now_ms);
    return err == BH_OK ? take_approvals(db, account, first, last, now_ms) : err;
}

/* Emptying the write-ahead log waits for the disk, so it is done only when something went. */
static enum bh_err note_taken(struct bh_db *db, enum kind kind, int64_t id, bool *taken)
{
    int64_t waits;
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT count(*) FROM erase_later WHERE kind = $1 AND id = $2");
    bh_stmt_bind_int(stmt, 1, kind);
    bh_stmt_bind_int(stmt, 2, id);
    enum bh_err err = bh_stmt_one_int(stmt, &waits);
    if (err == BH_OK && waits == 0)
        *taken = true;
    return err;
}

enum bh_err bh_copies_take_ended(struct bh_db *db, int64_t now_ms, size_t limit, size_t *ret_looked_at)
{
    struct {
        enum kind kind;
        int64_t id;
    } found[PAGE];
    size_t count = 0;
    enum bh_err err;
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT kind, id FROM erase_later WHERE check_at <= $1 ORDER BY check_at LIMIT $2");
    bh_stmt_bind_int(stmt, 1, now_ms);
    bh_stmt_bind_int(stmt, 2, limit < PAGE ? (int64_t)limit : PAGE);
    for (; (err = bh_stmt_step(stmt)) == BH_OK; count++) {
        found[count].kind = (enum kind)bh_stmt_int(stmt, 0);
        found[count].id = bh_stmt_int(stmt, 1);
    }
    if (err != BH_ERR_NOT_FOUND)
        return err;
    err = BH_OK;
    bool taken = false;
    for (size_t i = 0; err == BH_OK && i < count; i++) {
        err = found[i].kind == EVENT ? take_event(db, found[i].id, now_ms)
                                     : take_approval(db, found[i].id, now_ms);
        if (err == BH_OK)
            err = note_taken(db, found[i].kind, found[i].id, &taken);
    }
    if (err != BH_OK)
        return err;
    if (taken)
        bh_db_scrub_after_commit(db);
    *ret_looked_at = count;
    return BH_OK;
}
