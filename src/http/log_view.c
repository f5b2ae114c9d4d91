// SPDX-License-Identifier: Apache-2.0
#include "http/log_view.h"

#include "http/present.h"
#include "lib/json.h"
#include "lib/timefmt.h"
#include "store/executions.h"
#include "store/request_id.h"

#define SUMMARY_ROWS 1000

/* ---- loading --------------------------------------------------------------------------------------------
 */

/* Whole days or everything: what the counts of the days can answer. */
static bool takes_whole_days(const struct bh_audit_filter *filter)
{
    const struct bh_span texts[] = {
        filter->action, filter->vendor, filter->request_id, filter->environment, filter->text};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        if (!bh_span_is_absent(texts[i]))
            return false;
    }
    return filter->decision == BH_AUDIT_ANY && filter->shadow == BH_EITHER && !filter->has_risk &&
           filter->from % BH_MS_PER_DAY == 0 && (filter->to == 0 || (filter->to + 1) % BH_MS_PER_DAY == 0);
}

static enum bh_err count_by_days(struct bh_db *db, struct bh_log_view *view)
{
    const struct bh_audit_filter *filter = &view->query.filter;
    enum bh_err err = bh_audit_count_days(
        db, filter->account, filter->agent, filter->from, filter->to, true, &view->counts);
    if (err != BH_OK)
        return err;
    view->counted = true;
    view->total = view->counts.allowed + view->counts.denied + view->counts.shadow;
    view->total_exact = true;
    return BH_OK;
}

enum bh_err bh_log_view_load(
    struct bh_db *db, int64_t oldest, struct bh_arena *arena, struct bh_log_view *view)
{
    const struct bh_log_query *query = &view->query;
    struct bh_audit_filter filter = query->filter;
    if (filter.from < oldest)
        filter.from = oldest;
    enum bh_err err = bh_audit_list(
        db, &filter, query->before, (query->page - 1) * query->limit, query->limit, arena, &view->page);
    if (err == BH_OK)
        err = bh_execution_attach(db, view->page.rows, view->page.count, arena);
    if (err == BH_OK)
        err = bh_audit_list(db, &filter, 0, 0, SUMMARY_ROWS, arena, &view->newest);
    if (err != BH_OK)
        return err;
    return takes_whole_days(&query->filter)
               ? count_by_days(db, view)
               : bh_audit_count(db, &filter, BH_AUDIT_WALK_LIMIT, &view->total, &view->total_exact);
}

/* ---- summary --------------------------------------------------------------------------------------------
 */

struct tally {
    struct bh_span value;
    size_t count;
};

/* Counts one more of `value`; of new values the order of appearance is kept. */
static void count_value(struct tally *tallies, size_t *count, struct bh_span value)
{
    size_t i = 0;
    while (i < *count && !bh_span_equal(tallies[i].value, value))
        i++;
    if (i == *count)
        tallies[(*count)++].value = value;
    tallies[i].count++;
}

/* The most frequent action among denials, or vendor among all rows; of equals, the one seen first. Absent:
 * none. */
static struct bh_span most_frequent(const struct bh_audit_page *page, bool vendors, struct bh_arena *arena)
{
    struct tally *tallies = bh_arena_alloc(arena, (page->count + 1) * sizeof(*tallies));
    size_t count = 0;
    size_t best = 0;
    for (size_t i = 0; tallies != NULL && i < page->count; i++) {
        struct bh_span value = vendors ? page->rows[i].vendor : page->rows[i].action;
        if (!bh_span_is_absent(value) && (vendors || !page->rows[i].allowed))
            count_value(tallies, &count, value);
    }
    for (size_t i = 1; i < count; i++) {
        if (tallies[i].count > tallies[best].count)
            best = i;
    }
    return count == 0 ? BH_ABSENT : tallies[best].value;
}

static void add_top(const struct bh_log_view *view, struct bh_arena *arena, struct bh_buf *body)
{
    bh_present_redacted(body, "topDeniedAction", most_frequent(&view->newest, false, arena));
    bh_present_redacted(body, "topVendor", most_frequent(&view->newest, true, arena));
}

static size_t count_high_risk(const struct bh_audit_page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->count; i++)
        count += page->rows[i].risk == BH_RISK_HIGH;
    return count;
}

static struct bh_audit_counts count_newest(const struct bh_audit_page *page)
{
    struct bh_audit_counts counts = {0};
    for (size_t i = 0; i < page->count; i++) {
        const struct bh_audit_row *row = &page->rows[i];
        counts.shadow += row->shadow;
        counts.allowed += !row->shadow && row->allowed;
        counts.denied += !row->shadow && !row->allowed;
        counts.approval_required += !row->shadow && !row->allowed && row->approval_required;
    }
    return counts;
}

void bh_log_view_write_summary(const struct bh_log_view *view, struct bh_arena *arena, struct bh_buf *body)
{
    struct bh_audit_counts counts = count_newest(&view->newest);
    bh_buf_addf(body,
        "{\"total\":%zu,\"allowed\":%lld,\"denied\":%lld,\"highRisk\":%zu,\"approvalRequired\":%lld,"
        "\"shadow\":%lld",
        view->newest.count, (long long)counts.allowed, (long long)counts.denied,
        count_high_risk(&view->newest), (long long)counts.approval_required, (long long)counts.shadow);
    add_top(view, arena, body);
    bh_buf_add_char(body, '}');
}

void bh_log_view_write_totals(const struct bh_log_view *view, struct bh_arena *arena, struct bh_buf *body)
{
    struct bh_audit_counts counts = view->counted ? view->counts : count_newest(&view->newest);
    int64_t total = counts.allowed + counts.denied + counts.shadow;
    bh_buf_addf(body,
        "{\"total\":%lld,\"allowed\":%lld,\"denied\":%lld,\"approvalRequired\":%lld,\"shadow\":%lld,"
        "\"highRisk\":%zu",
        (long long)total, (long long)counts.allowed, (long long)counts.denied,
        (long long)counts.approval_required, (long long)counts.shadow, count_high_risk(&view->newest));
    add_top(view, arena, body);
    bh_json_add_bool_member(body, "exact", view->counted || view->newest.next_before == 0);
    bh_buf_addf(body, ",\"newest\":%zu}", view->newest.count);
}

/* ---- pagination -----------------------------------------------------------------------------------------
 */

/* Is there an older match? Known for sure when all were counted and the pages were counted from the newest.
 */
static bool has_more(const struct bh_log_view *view)
{
    if (!view->total_exact || view->query.before != 0)
        return view->page.next_before != 0;
    return (int64_t)((view->query.page - 1) * view->query.limit + view->page.count) < view->total;
}

/*
 * The last row of a full page, whose link leads on at once; of a page that the walk's limit has cut short,
 * the place where it stopped, which is no row of the list.
 */
static const char *next_before(
    const struct bh_audit_page *page, char ret_request_id[static BH_REQUEST_ID_TEXT])
{
    const struct bh_audit_row *last = page->count == 0 ? NULL : &page->rows[page->count - 1];
    if (page->partial || last == NULL)
        bh_request_id_encode(page->next_before, 0, ret_request_id);
    else
        bh_request_id_encode(last->id, last->salt, ret_request_id);
    return ret_request_id;
}

void bh_log_view_write_pagination(const struct bh_log_view *view, struct bh_buf *body)
{
    const struct bh_log_query *query = &view->query;
    char request_id[BH_REQUEST_ID_TEXT];
    bool more = has_more(view);
    bh_buf_addf(body, "{\"limit\":%zu,\"page\":%zu,\"total\":%lld", query->limit, query->page,
        (long long)view->total);
    bh_json_add_bool_member(body, "totalExact", view->total_exact);
    bh_json_add_bool_member(body, "hasMore", more);
    bh_json_add_bool_member(body, "partial", view->page.partial && more);
    if (view->page.partial && more)
        bh_buf_addf(body, ",\"looked\":%d", BH_AUDIT_WALK_LIMIT);
    bh_json_add_key(body, "nextCursor");
    if (!more || view->page.next_before == 0)
        bh_buf_add_text(body, "null,\"nextBefore\":null}");
    else
        bh_buf_addf(body, "\"%lld\",\"nextBefore\":\"%s\"}", (long long)view->page.next_before,
            next_before(&view->page, request_id));
}

/* ---- names of agents */

struct names {
    int64_t agent;
    struct bh_span name;
};

/* The name of the row's agent; few agents make many rows, so those seen are remembered. */
static enum bh_err find_name(struct bh_db *db, struct bh_arena *arena, struct names *names, size_t *count,
    int64_t agent, struct bh_span *ret_name)
{
    struct bh_agent_record record;
    for (size_t i = 0; i < *count; i++) {
        if (names[i].agent == agent) {
            *ret_name = names[i].name;
            return BH_OK;
        }
    }
    enum bh_err err = bh_agent_find_by_id(db, agent, arena, &record);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    names[*count] = (struct names){agent, err == BH_OK ? record.name : BH_ABSENT};
    *ret_name = names[(*count)++].name;
    return BH_OK;
}

enum bh_err bh_log_view_find_names(
    struct bh_db *db, struct bh_arena *arena, const struct bh_audit_page *page, struct bh_span **ret_names)
{
    struct names *seen = bh_arena_alloc(arena, (page->count + 1) * sizeof(*seen));
    struct bh_span *names = bh_arena_alloc(arena, (page->count + 1) * sizeof(*names));
    size_t count = 0;
    enum bh_err err = seen == NULL || names == NULL ? BH_ERR_NO_MEMORY : BH_OK;
    for (size_t i = 0; i < page->count && err == BH_OK; i++)
        err = find_name(db, arena, seen, &count, page->rows[i].agent, &names[i]);
    if (err == BH_OK)
        *ret_names = names;
    return err;
}
