// SPDX-License-Identifier: Apache-2.0
/*
 * A page of the log with its totals, as the routes that list it answer: "summary" and "pagination".
 */
#ifndef BH_HTTP_LOG_VIEW_H
#define BH_HTTP_LOG_VIEW_H

#include "http/log_query.h"
#include "store/store.h"

struct bh_log_view {
    struct bh_log_query query;
    struct bh_audit_page page;
    struct bh_audit_page newest; /* matches that the summary looks at */
    int64_t total;
    bool total_exact;
    bool counted; /* `counts` holds the totals of all matches, from the counts of the days */
    struct bh_audit_counts counts;
};

/*
 * Reads what view->query asks for; its filter's account and agent are set. `oldest` (0 = none): the time
 * before which nothing is shown. Matches are counted by the days where the filter asks for whole days or for
 * everything, else by looking at rows, at most BH_AUDIT_WALK_LIMIT.
 */
BH_MUST_USE
enum bh_err bh_log_view_load(
    struct bh_db *db, int64_t oldest, struct bh_arena *arena, struct bh_log_view *view);
void bh_log_view_write_pagination(const struct bh_log_view *view, struct bh_buf *body);
/* Counts the newest matches, shadow ones by what was decided. */
void bh_log_view_write_summary(const struct bh_log_view *view, struct bh_arena *arena, struct bh_buf *body);
/* Counts all matches where they are counted by days, and shadow ones apart: allowed + denied + shadow =
 * total. */
void bh_log_view_write_totals(const struct bh_log_view *view, struct bh_arena *arena, struct bh_buf *body);
/* The names of the agents of the page's rows, one for each row; absent where the agent is gone. */
BH_MUST_USE
enum bh_err bh_log_view_find_names(
    struct bh_db *db, struct bh_arena *arena, const struct bh_audit_page *page, struct bh_span **ret_names);

#endif
