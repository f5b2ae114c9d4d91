// SPDX-License-Identifier: Apache-2.0
#include "commit/touches.h"

#include <string.h>

#include "lib/log.h"

#define PROBES 8

static size_t hash(struct bh_span text)
{
    size_t value = 1469598103934665603u;
    for (size_t i = 0; i < text.len; i++)
        value = (value ^ (unsigned char)text.data[i]) * 1099511628211u;
    return value;
}

void bh_touches_add(struct bh_touches *touches, struct bh_span permission_id, int64_t used_at_ms)
{
    if (permission_id.len == 0 || permission_id.len >= BH_ID_TEXT)
        return;
    size_t start = hash(permission_id);
    for (size_t i = 0; i < PROBES; i++) {
        size_t at = (start + i) % BH_TOUCH_SLOTS;
        char *known = touches->slots[at].permission_id;
        if (known[0] == 0) {
            memcpy(known, permission_id.data, permission_id.len);
            touches->count++;
        } else if (!bh_span_equal(bh_span_from(known), permission_id)) {
            continue;
        }
        touches->slots[at].used_at_ms = used_at_ms;
        return;
    }
}

static enum bh_err write_all(const struct bh_touches *touches, struct bh_db *db)
{
    enum bh_err err = bh_db_begin(db);
    for (size_t i = 0; i < BH_TOUCH_SLOTS && err == BH_OK; i++) {
        struct bh_span permission_id = bh_span_from(touches->slots[i].permission_id);
        if (permission_id.len > 0)
            err = bh_permission_touch(db, permission_id, touches->slots[i].used_at_ms);
    }
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
