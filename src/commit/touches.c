// SPDX-License-Identifier: Apache-2.0
#include "commit/touches.h"

#include <string.h>

#include "lib/log.h"
#include "store/people.h"
#include "store/sites.h"

#define PROBES 8

static size_t hash(const struct bh_touch *touch)
{
    size_t value = 1469598103934665603u + (size_t)touch->kind + (size_t)touch->row * 0x9e3779b97f4a7c15u;
    for (const char *c = touch->permission_id; *c != 0; c++)
        value = (value ^ (unsigned char)*c) * 1099511628211u;
    return value;
}

static bool is_same(const struct bh_touch *a, const struct bh_touch *b)
{
    return a->kind == b->kind && a->row == b->row &&
           bh_span_equal(bh_span_from(a->permission_id), bh_span_from(b->permission_id));
}

static void add(struct bh_touches *touches, const struct bh_touch *touch)
{
    size_t start = hash(touch);
    for (size_t i = 0; i < PROBES; i++) {
        struct bh_touch *slot = &touches->slots[(start + i) % BH_TOUCH_SLOTS];
        if (slot->kind != BH_TOUCH_NONE && !is_same(slot, touch))
            continue;
        touches->count += slot->kind == BH_TOUCH_NONE;
        *slot = *touch;
        return;
    }
}

void bh_touches_add(struct bh_touches *touches, struct bh_span permission_id, int64_t used_at_ms)
{
    struct bh_touch touch = {.kind = BH_TOUCH_PERMISSION, .used_at_ms = used_at_ms};
    if (permission_id.len == 0 || permission_id.len >= sizeof(touch.permission_id))
        return;
    memcpy(touch.permission_id, permission_id.data, permission_id.len);
    add(touches, &touch);
}

void bh_touches_add_row(struct bh_touches *touches, enum bh_touch_kind kind, int64_t row, int64_t used_at_ms)
{
    const struct bh_touch touch = {.kind = kind, .row = row, .used_at_ms = used_at_ms};
    add(touches, &touch);
}

static enum bh_err write_one(const struct bh_touch *touch, struct bh_db *db)
{
    switch (touch->kind) {
    case BH_TOUCH_PERMISSION:
        return bh_permission_touch(db, bh_span_from(touch->permission_id), touch->used_at_ms);
    case BH_TOUCH_SITE_KEY:
        return bh_site_key_touch(db, touch->row, touch->used_at_ms);
    case BH_TOUCH_TOKEN:
        return bh_token_touch(db, touch->row, touch->used_at_ms);
    case BH_TOUCH_NONE:
        break;
    }
    return BH_OK;
}

static enum bh_err write_all(const struct bh_touches *touches, struct bh_db *db)
{
    enum bh_err err = bh_db_begin(db);
    for (size_t i = 0; i < BH_TOUCH_SLOTS && err == BH_OK; i++)
        err = write_one(&touches->slots[i], db);
    if (err != BH_OK) {
        bh_db_rollback(db);
        return err;
    }
    return bh_db_commit(db);
}

void bh_touches_flush(struct bh_touches *touches, struct bh_db *db)
{
    if (touches->count == 0)
        return;
    enum bh_err err = write_all(touches, db);
    if (err != BH_OK)
        bh_log(BH_LOG_WARN, "last-used stamps were lost", "error", bh_err_info(err)->name, NULL);
    memset(touches->slots, 0, sizeof(touches->slots));
    touches->count = 0;
}

void bh_touches_flush_due(struct bh_touches *touches, struct bh_db *db, int64_t now_ms)
{
    if (now_ms - touches->flushed_at < BH_TOUCH_INTERVAL_MS)
        return;
    bh_touches_flush(touches, db);
    touches->flushed_at = now_ms;
}
