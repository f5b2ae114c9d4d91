// SPDX-License-Identifier: Apache-2.0
#include "store/audit_owners.h"

#include <string.h>

#include "lib/timefmt.h"
#include "store/audit_state.h"

struct days {
    int64_t owner, first, last; /* UTC days since 1970, inclusive */
};

#define SUM_DAYS                                                                                             \
    "SELECT coalesce(sum(allowed), 0), coalesce(sum(denied), 0), coalesce(sum(approval_required), 0), "      \
    "coalesce(sum(shadow), 0) FROM "
#define OF_DAYS " WHERE owner = $1 AND day BETWEEN $2 AND $3"

/* Adds the counts of the statement `sign` times. */
static enum bh_err add_days(struct bh_stmt *stmt, const struct days *days, int sign, struct bh_owner *sum)
{
    bh_stmt_bind_int(stmt, 1, days->owner);
    bh_stmt_bind_int(stmt, 2, days->first);
    bh_stmt_bind_int(stmt, 3, days->last);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    sum->allowed += sign * bh_stmt_int(stmt, 0);
    sum->denied += sign * bh_stmt_int(stmt, 1);
    sum->approval_required += sign * bh_stmt_int(stmt, 2);
    sum->shadow += sign * bh_stmt_int(stmt, 3);
    bh_stmt_end(stmt);
    return BH_OK;
}

static enum bh_err add_current(
    struct bh_db *db, const struct days *days, struct bh_owner *sum, int64_t *ret_head)
{
    *ret_head = 0;
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT day, head, allowed, denied, approval_required, shadow FROM audit_owner WHERE owner = $1");
    bh_stmt_bind_int(stmt, 1, days->owner);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_OK : err;
    int64_t day = bh_stmt_int(stmt, 0);
    *ret_head = bh_stmt_int(stmt, 1);
    if (day >= days->first && day <= days->last) {
        sum->allowed += bh_stmt_int(stmt, 2);
        sum->denied += bh_stmt_int(stmt, 3);
        sum->approval_required += bh_stmt_int(stmt, 4);
        sum->shadow += bh_stmt_int(stmt, 5);
    }
    bh_stmt_end(stmt);
    return BH_OK;
}

/* Rows that the stored owner does not cover yet. */
static enum bh_err add_tail(struct bh_db *db, const struct days *days, int64_t after, struct bh_owner *sum)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT " BH_AUDIT_COLUMNS " FROM audit WHERE id > $1 ORDER BY id");
    bh_stmt_bind_int(stmt, 1, after);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        struct bh_stored_row stored;
        bh_stored_row_read(stmt, &stored);
        int64_t day = stored.row.created_at / BH_MS_PER_DAY;
        if (!stored.erased && bh_owner_has_row(days->owner, &stored) && day >= days->first &&
            day <= days->last)
            bh_owner_count(sum, &stored.row, 1);
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static enum bh_err count(struct bh_db *db, const struct days *days, struct bh_owner *sum)
{
    int64_t head = 0;
    struct bh_audit_state state = {0};
    enum bh_err err = bh_audit_state_read(db, &state);
    if (err == BH_OK || err == BH_ERR_NOT_FOUND)
        err = add_days(bh_db_statement(db, SUM_DAYS "audit_day" OF_DAYS), days, 1, sum);
    if (err == BH_OK)
        err = add_current(db, days, sum, &head);
    if (err == BH_OK)
        err = add_tail(db, days, head > state.counted_through ? head : state.counted_through, sum);
    return err;
}

enum bh_err bh_audit_count_days(struct bh_db *db, int64_t account, int64_t agent, int64_t from, int64_t to,
    bool visible, struct bh_audit_counts *ret_counts)
{
    const struct days days = {
        .owner = agent != 0 ? bh_owner_of_agent(agent) : bh_owner_of_account(account),
        .first = from / BH_MS_PER_DAY,
        .last = to == 0 ? INT64_MAX : to / BH_MS_PER_DAY,
    };
    struct bh_owner sum = {.head = 0};
    bool mine = !db->in_transaction;
    enum bh_err err = mine ? bh_db_begin_read(db) : BH_OK;
    if (err != BH_OK)
        return err;
    err = count(db, &days, &sum);
    if (err == BH_OK && visible)
        err = add_days(bh_db_statement(db, SUM_DAYS "audit_gone" OF_DAYS), &days, -1, &sum);
    if (mine)
        bh_db_rollback(db);
    if (err == BH_OK)
        *ret_counts = (struct bh_audit_counts){.allowed = sum.allowed,
            .denied = sum.denied,
            .approval_required = sum.approval_required,
            .shadow = sum.shadow};
    return err;
}

/* ---- day by day -----------------------------------------------------------------------------------------
 */

static void add_counts(struct bh_audit_counts *counts, struct bh_stmt *stmt)
{
    counts->allowed += bh_stmt_int(stmt, 1);
    counts->denied += bh_stmt_int(stmt, 2);
    counts->approval_required += bh_stmt_int(stmt, 3);
    counts->shadow += bh_stmt_int(stmt, 4);
}

/* Rows (day, allowed, denied, approval_required, shadow) of the statement, from day `first` on. */
static enum bh_err collect_days(
    struct bh_stmt *stmt, int64_t first, size_t count, struct bh_audit_counts *counts)
{
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        int64_t index = bh_stmt_int(stmt, 0) - first;
        if (index >= 0 && index < (int64_t)count)
            add_counts(&counts[index], stmt);
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

/* What the tables do not hold yet. */
static enum bh_err collect_tail(
    struct bh_db *db, int64_t owner, int64_t first, size_t count, struct bh_audit_counts *counts)
{
    struct bh_audit_state state = {0};
    int64_t head = 0;
    enum bh_err err = bh_audit_state_read(db, &state);
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT head FROM audit_owner WHERE owner = $1");
    bh_stmt_bind_int(stmt, 1, owner);
    if (err == BH_OK || err == BH_ERR_NOT_FOUND)
        err = bh_stmt_one_int(stmt, &head);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    stmt = bh_db_statement(db, "SELECT " BH_AUDIT_COLUMNS " FROM audit WHERE id > $1 ORDER BY id");
    bh_stmt_bind_int(stmt, 1, head > state.counted_through ? head : state.counted_through);
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        struct bh_stored_row stored;
        struct bh_owner one = {.head = 0};
        bh_stored_row_read(stmt, &stored);
        int64_t index = stored.row.created_at / BH_MS_PER_DAY - first;
        if (stored.erased || !bh_owner_has_row(owner, &stored) || index < 0 || index >= (int64_t)count)
            continue;
        bh_owner_count(&one, &stored.row, 1);
        counts[index].allowed += one.allowed;
        counts[index].denied += one.denied;
        counts[index].approval_required += one.approval_required;
        counts[index].shadow += one.shadow;
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

enum bh_err bh_audit_day_series(
    struct bh_db *db, int64_t account, int64_t first, size_t count, struct bh_audit_counts *ret_counts)
{
    int64_t owner = bh_owner_of_account(account);
    int64_t first_day = first / BH_MS_PER_DAY;
    memset(ret_counts, 0, count * sizeof(*ret_counts));
    bool mine = !db->in_transaction;
    enum bh_err err = mine ? bh_db_begin_read(db) : BH_OK;
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT day, allowed, denied, approval_required, shadow FROM "
                                               "audit_day WHERE owner = $1 AND day >= $2");
    bh_stmt_bind_int(stmt, 1, owner);
    bh_stmt_bind_int(stmt, 2, first_day);
    err = collect_days(stmt, first_day, count, ret_counts);
    if (err == BH_OK) {
        stmt = bh_db_statement(
            db, "SELECT day, allowed, denied, approval_required, shadow FROM audit_owner WHERE owner = $1");
        bh_stmt_bind_int(stmt, 1, owner);
        err = collect_days(stmt, first_day, count, ret_counts);
    }
    if (err == BH_OK)
        err = collect_tail(db, owner, first_day, count, ret_counts);
    if (mine)
        bh_db_rollback(db);
    return err;
}
