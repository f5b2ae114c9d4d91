// SPDX-License-Identifier: Apache-2.0
#include "store/audit_walk.h"

/* One consistent view for the whole walk; inside a transaction there is one already. */
static enum bh_err begin_view(struct bh_db *db, bool *ret_mine)
{
    *ret_mine = !db->in_transaction;
    return db->in_transaction ? BH_OK : bh_db_begin_read(db);
}

static void end_view(struct bh_db *db, bool mine)
{
    if (mine)
        bh_db_rollback(db);
}

static enum bh_err copy_row(
    const struct bh_audit_row *row, struct bh_arena *arena, struct bh_audit_row *ret_row)
{
    *ret_row = *row;
    bool copied = bh_arena_copy(arena, row->agent_id, &ret_row->agent_id) &&
                  bh_arena_copy(arena, row->permission_id, &ret_row->permission_id) &&
                  bh_arena_copy(arena, row->vendor, &ret_row->vendor) &&
                  bh_arena_copy(arena, row->metadata, &ret_row->metadata) &&
                  bh_arena_copy(arena, row->approval_id, &ret_row->approval_id) &&
                  bh_arena_copy(arena, row->action, &ret_row->action);
    return copied ? BH_OK : BH_ERR_NO_MEMORY;
}

static enum bh_err fill_page(
    struct bh_audit_walk *walk, size_t skip, size_t limit, struct bh_arena *arena, struct bh_audit_page *page)
{
    struct bh_audit_row row;
    enum bh_err err = BH_OK;
    while (page->count < limit && (err = bh_audit_walk_next(walk, &row)) == BH_OK) {
        if (skip > 0) {
            skip--;
            continue;
        }
        err = copy_row(&row, arena, &page->rows[page->count]);
        if (err != BH_OK)
            return err;
        page->count++;
    }
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    err = bh_audit_walk_peek(walk);
    if (err != BH_OK || walk->next == 0)
        return err;
    page->partial = page->count < limit;
    page->next_before = walk->next + 1;
    return BH_OK;
}

static enum bh_err list(struct bh_db *db, const struct bh_audit_filter *filter, int64_t before, size_t skip,
    size_t limit, struct bh_arena *arena, struct bh_audit_page *page)
{
    BH_CLEANUP(bh_audit_walk_finish) struct bh_audit_walk walk = {0};
    enum bh_err err = bh_audit_walk_start(&walk, db, filter, before, BH_AUDIT_WALK_LIMIT);
    return err == BH_OK ? fill_page(&walk, skip, limit, arena, page) : err;
}

enum bh_err bh_audit_list(struct bh_db *db, const struct bh_audit_filter *filter, int64_t before, size_t skip,
    size_t limit, struct bh_arena *arena, struct bh_audit_page *ret_page)
{
    bool mine;
    struct bh_audit_page page = {.rows = bh_arena_alloc(arena, limit * sizeof(*page.rows))};
    if (page.rows == NULL)
        return BH_ERR_NO_MEMORY;
    enum bh_err err = begin_view(db, &mine);
    if (err != BH_OK)
        return err;
    err = list(db, filter, before, skip, limit, arena, &page);
    end_view(db, mine);
    if (err == BH_OK)
        *ret_page = page;
    return err;
}

static enum bh_err count(struct bh_db *db, const struct bh_audit_filter *filter, size_t walk_limit,
    int64_t *ret_total, bool *ret_exact)
{
    struct bh_audit_row row;
    int64_t total = 0;
    BH_CLEANUP(bh_audit_walk_finish) struct bh_audit_walk walk = {0};
    enum bh_err err = bh_audit_walk_start(&walk, db, filter, 0, walk_limit);
    while (err == BH_OK) {
        err = bh_audit_walk_next(&walk, &row);
        total += err == BH_OK ? 1 : 0;
    }
    if (err == BH_ERR_NOT_FOUND)
        err = bh_audit_walk_peek(&walk);
    if (err != BH_OK)
        return err;
    *ret_total = total;
    *ret_exact = walk.next == 0;
    return BH_OK;
}

enum bh_err bh_audit_count(struct bh_db *db, const struct bh_audit_filter *filter, size_t walk_limit,
    int64_t *ret_total, bool *ret_exact)
{
    bool mine;
    enum bh_err err = begin_view(db, &mine);
    if (err != BH_OK)
        return err;
    err = count(db, filter, walk_limit, ret_total, ret_exact);
    end_view(db, mine);
    return err;
}
