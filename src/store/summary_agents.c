// SPDX-License-Identifier: Apache-2.0
#include "store/summary.h"

#include <stdlib.h>

#include "lib/timefmt.h"
#include "store/audit_owners.h"
#include "store/audit_state.h"

struct tally {
    int64_t agent;
    int64_t head; /* the newest row that is counted here */
    int64_t last_used_at;
    struct bh_owner sum;
};

struct tallies {
    struct tally *rows; /* in the order of `agent` */
    size_t count;
    int64_t first_day;
};

static int by_agent(const void *left, const void *right)
{
    const struct tally *a = left;
    const struct tally *b = right;
    return (a->agent > b->agent) - (a->agent < b->agent);
}

static int64_t decisions(const struct tally *tally)
{
    return tally->sum.allowed + tally->sum.denied;
}

static int by_decisions(const void *left, const void *right)
{
    int64_t a = decisions(left);
    int64_t b = decisions(right);
    return a == b ? by_agent(left, right) : (a < b) - (a > b);
}

static struct tally *find(struct tallies *tallies, int64_t agent)
{
    const struct tally key = {.agent = agent};
    return bsearch(&key, tallies->rows, tallies->count, sizeof(key), by_agent);
}

static void read_current(struct bh_stmt *stmt, int64_t first_day, struct tally *tally)
{
    *tally = (struct tally){.agent = bh_stmt_int(stmt, 0)};
    if (bh_stmt_is_null(stmt, 1))
        return; /* nothing was decided yet, or is not written yet */
    int64_t day = bh_stmt_int(stmt, 1);
    tally->last_used_at = day * BH_MS_PER_DAY + bh_stmt_int(stmt, 2);
    tally->head = bh_stmt_int(stmt, 3);
    if (day < first_day)
        return;
    tally->sum.allowed = bh_stmt_int(stmt, 4);
    tally->sum.denied = bh_stmt_int(stmt, 5);
    tally->sum.approval_required = bh_stmt_int(stmt, 6);
}

/*
 * The agents of the account, with what is stored of each one's newest day. When there are too many: those
 * that were used last, then the newest, of which nothing may be written yet.
 */
static enum bh_err load_current(struct bh_db *db, int64_t account, struct tallies *tallies)
{
    tallies->rows = calloc(BH_BUSY_AGENTS_MAX, sizeof(*tallies->rows));
    if (tallies->rows == NULL)
        return BH_ERR_NO_MEMORY;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT a.id, o.day, o.last_ms, o.head, o.allowed, o.denied, o.approval_required FROM agent a "
        "LEFT JOIN audit_owner o ON o.owner = a.id WHERE a.account = $1 "
        "ORDER BY coalesce(o.day, -1) DESC, o.last_ms DESC, a.id DESC LIMIT $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, BH_BUSY_AGENTS_MAX);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK)
        read_current(stmt, tallies->first_day, &tallies->rows[tallies->count++]);
    qsort(tallies->rows, tallies->count, sizeof(*tallies->rows), by_agent);
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static enum bh_err add_past_of(struct bh_db *db, int64_t first_day, struct tally *tally)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT coalesce(sum(allowed), 0), coalesce(sum(denied), 0), coalesce(sum(approval_required), 0) "
        "FROM audit_day WHERE owner = $1 AND day >= $2");
    bh_stmt_bind_int(stmt, 1, tally->agent);
    bh_stmt_bind_int(stmt, 2, first_day);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    tally->sum.allowed += bh_stmt_int(stmt, 0);
    tally->sum.denied += bh_stmt_int(stmt, 1);
    tally->sum.approval_required += bh_stmt_int(stmt, 2);
    bh_stmt_end(stmt);
    return BH_OK;
}

static enum bh_err add_past(struct bh_db *db, struct tallies *tallies)
{
    for (size_t i = 0; i < tallies->count; i++) {
        struct tally *tally = &tallies->rows[i];
        if (tally->last_used_at / BH_MS_PER_DAY < tallies->first_day)
            continue; /* all its days are older still */
        enum bh_err err = add_past_of(db, tallies->first_day, tally);
        if (err != BH_OK)
            return err;
    }
    return BH_OK;
}

/* What the tables do not hold yet. */
static enum bh_err add_tail(struct bh_db *db, int64_t account, struct tallies *tallies)
{
    struct bh_audit_state state = {0};
    enum bh_err err = bh_audit_state_read(db, &state);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT " BH_AUDIT_COLUMNS " FROM audit WHERE id > $1 ORDER BY id");
    bh_stmt_bind_int(stmt, 1, state.counted_through);
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        struct bh_stored_row stored;
        bh_stored_row_read(stmt, &stored);
        if (stored.row.account != account)
            continue;
        struct tally *tally = find(tallies, stored.row.agent);
        if (tally == NULL || stored.row.id <= tally->head)
            continue;
        tally->last_used_at = stored.row.created_at;
        if (!stored.erased && stored.row.created_at / BH_MS_PER_DAY >= tallies->first_day)
            bh_owner_count(&tally->sum, &stored.row, 1);
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static enum bh_err name_agents(struct bh_db *db, const struct tally *tallies, size_t count,
    struct bh_arena *arena, struct bh_busy_agent *agents)
{
    for (size_t i = 0; i < count; i++) {
        struct bh_agent_record record;
        enum bh_err err = bh_agent_find_by_id(db, tallies[i].agent, arena, &record);
        if (err != BH_OK)
            return err;
        agents[i] = (struct bh_busy_agent){.agent_id = record.agent_id,
            .name = record.name,
            .counts = {.allowed = tallies[i].sum.allowed,
                .denied = tallies[i].sum.denied,
                .approval_required = tallies[i].sum.approval_required},
            .last_used_at = tallies[i].last_used_at};
    }
    return BH_OK;
}

enum bh_err bh_account_busiest_agents(struct bh_db *db, int64_t account, int64_t from, size_t limit,
    struct bh_arena *arena, struct bh_busy_agent **ret_agents, size_t *ret_count)
{
    struct tallies tallies = {.first_day = from / BH_MS_PER_DAY};
    struct bh_busy_agent *agents = bh_arena_alloc(arena, limit * sizeof(*agents));
    size_t count = 0;
    enum bh_err err = agents == NULL ? BH_ERR_NO_MEMORY : load_current(db, account, &tallies);
    if (err == BH_OK)
        err = add_past(db, &tallies);
    if (err == BH_OK)
        err = add_tail(db, account, &tallies);
    if (err == BH_OK && tallies.count > 0) {
        qsort(tallies.rows, tallies.count, sizeof(*tallies.rows), by_decisions);
        while (count < limit && count < tallies.count && decisions(&tallies.rows[count]) > 0)
            count++;
        err = name_agents(db, tallies.rows, count, arena, agents);
    }
    free(tallies.rows);
    if (err != BH_OK)
        return err;
    *ret_agents = agents;
    *ret_count = count;
    return BH_OK;
}
