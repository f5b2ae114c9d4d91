// SPDX-License-Identifier: Apache-2.0
/*
 * "Last used" stamps of permissions and credentials: kept in memory and written now and then, because a write
 * per decision would cost more than the stamp is worth. Best effort: a crash or a full table loses stamps,
 * never decisions. Used by the committer thread only.
 */
#ifndef BH_COMMIT_TOUCHES_H
#define BH_COMMIT_TOUCHES_H

#include "store/store.h"

#define BH_TOUCH_SLOTS 1024
#define BH_TOUCH_INTERVAL_MS 10000

enum bh_touch_kind { BH_TOUCH_NONE = 0, BH_TOUCH_PERMISSION, BH_TOUCH_SITE_KEY, BH_TOUCH_TOKEN };

/* What was used. */
struct bh_touch {
    enum bh_touch_kind kind;
    char permission_id[BH_ID_TEXT]; /* of a permission */
    int64_t row;                    /* internal; of all others */
    int64_t used_at_ms;
};

struct bh_touches {
    size_t count;
    int64_t flushed_at;
    struct bh_touch slots[BH_TOUCH_SLOTS];
};

/* Of a permission. */
void bh_touches_add(struct bh_touches *touches, struct bh_span permission_id, int64_t used_at_ms);
/* Of anything else, by its internal id. */
void bh_touches_add_row(struct bh_touches *touches, enum bh_touch_kind kind, int64_t row, int64_t used_at_ms);
/* Writes and forgets all stamps when the last time was long enough ago. */
void bh_touches_flush_due(struct bh_touches *touches, struct bh_db *db, int64_t now_ms);
void bh_touches_flush(struct bh_touches *touches, struct bh_db *db);

#endif
