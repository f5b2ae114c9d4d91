// SPDX-License-Identifier: Apache-2.0
/*
 * Events as people see them: how far each is at the endpoints of its account.
 */
#include <stdlib.h>

#include "lib/buf.h"
#include "store/db.h"
#include "store/events.h"

#define WEBHOOKS_LOOKED_AT 200 /* of an account: live ones first, then the newest deleted ones */
#define PER_SOURCE 100         /* candidates that one source gives */
#define ROWS_LOOKED_AT 20000   /* of all accounts, newest first */
#define SKIPS_LOOKED_AT 64     /* newest first */

#define SKIPPED_ERROR "Not sent: the webhook was disabled or deleted."

static const char *const state_texts[BH_EVENT_STATES] = {
    [BH_EVENT_PENDING] = "pending",
    [BH_EVENT_PROCESSING] = "processing",
    [BH_EVENT_COMPLETED] = "completed",
    [BH_EVENT_FAILED] = "failed",
};

const char *bh_event_state_text(enum bh_event_state state)
{
    return state < BH_EVENT_STATES ? state_texts[state] : "unknown";
}

bool bh_event_state_find(struct bh_span text, enum bh_event_state *ret_state)
{
    for (unsigned i = 0; i < BH_EVENT_STATES; i++) {
        if (bh_span_equal(text, bh_span_from(state_texts[i]))) {
            *ret_state = (enum bh_event_state)i;
            return true;
        }
    }
    return false;
}

/* ---- one event ------------------------------------------------------------------------------------------
 */

/* Of a webhook w: active, or disabled by the server, so that it may be enabled and get the rest. */
#define WAITS_FOR_MORE "(w.status = 'active' OR (w.status = 'disabled' AND w.disabled_reason IS NOT NULL))"

/* What the endpoints say of one event. */
struct tally {
    bool unfinished; /* at some endpoint something is still to be done */
    bool ended;      /* at some endpoint nothing more is */
    bool dead, dropped;
    bool held; /* what is still to be done waits for somebody to enable the endpoint */
};

static void add_error(struct bh_span webhook_id, struct bh_span error, struct bh_buf *errors)
{
    if (bh_span_is_absent(error))
        return;
    if (errors->len > 0)
        bh_buf_add_text(errors, "; ");
    bh_buf_add(errors, webhook_id);
    bh_buf_add_text(errors, ": ");
    bh_buf_add(errors, error);
}

static enum bh_err tally_failures(
    struct bh_db *db, struct bh_event_view *view, struct tally *tally, struct bh_buf *errors)
{
    enum bh_err err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT d.status, d.attempts, d.next_attempt_at, d.last_error, w.webhook_id FROM delivery d "
        "JOIN webhook w ON w.id = d.webhook WHERE d.event = $1 ORDER BY d.webhook");
    bh_stmt_bind_int(stmt, 1, view->event.id);
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        struct bh_span status = bh_stmt_text(stmt, 0);
        bool pending = bh_span_equal(status, BH_SPAN("pending"));
        bool dead = bh_span_equal(status, BH_SPAN("dead"));
        bool dropped = bh_span_equal(status, BH_SPAN("dropped"));
        int64_t due_at = bh_stmt_int(stmt, 2);
        tally->unfinished |= pending;
        tally->ended |= !pending;
        tally->dead |= dead;
        tally->dropped |= dropped;
        if (bh_stmt_int(stmt, 1) > view->attempts)
            view->attempts = bh_stmt_int(stmt, 1);
        if (pending && (view->next_attempt_at == 0 || due_at < view->next_attempt_at))
            view->next_attempt_at = due_at;
        if (pending || dead || dropped)
            add_error(bh_stmt_text(stmt, 4), bh_stmt_text(stmt, 3), errors);
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

/* Endpoints where it went well at once are known from the log only. */
static enum bh_err tally_successes(struct bh_db *db, struct bh_event_view *view, struct tally *tally)
{
    int64_t attempt;
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT attempt FROM delivery_attempt WHERE event = $1 AND succeeded = 1 LIMIT 1");
    bh_stmt_bind_int(stmt, 1, view->event.id);
    enum bh_err err = bh_stmt_one_int(stmt, &attempt);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_OK : err;
    tally->ended = true;
    if (view->attempts == 0)
        view->attempts = 1;
    return BH_OK;
}

/* Endpoints that wanted it and were disabled or deleted before it was tried. */
static enum bh_err tally_skipped(
    struct bh_db *db, const struct bh_event_record *event, struct tally *tally, struct bh_buf *errors)
{
    enum bh_err err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT w.webhook_id FROM webhook w JOIN webhook_skipped k ON k.webhook = w.id WHERE w.account = $1 "
        "AND k.above < $2 AND k.through >= $2 AND (w.id = $3 OR ($3 = 0 AND (k.event_mask & $4) <> 0 "
        "AND NOT EXISTS (SELECT 1 FROM webhook_since s WHERE s.webhook = w.id AND s.type = $5 "
        "AND s.through >= $2))) AND NOT EXISTS "
        "(SELECT 1 FROM delivery_attempt a WHERE a.event = $2 AND a.webhook = w.id) ORDER BY w.id");
    bh_stmt_bind_int(stmt, 1, event->account);
    bh_stmt_bind_int(stmt, 2, event->id);
    bh_stmt_bind_int(stmt, 3, event->only_webhook);
    bh_stmt_bind_int(stmt, 4, bh_event_bit(event->type));
    bh_stmt_bind_int(stmt, 5, event->type);
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        tally->ended = tally->dropped = true;
        add_error(bh_stmt_text(stmt, 0), BH_SPAN(SKIPPED_ERROR), errors);
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

/* Endpoints that want it and have not been tried yet. One that the server has disabled may still get it. */
static enum bh_err tally_untried(struct bh_db *db, const struct bh_event_record *event, struct tally *tally)
{
    int64_t held;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT w.status <> 'active' FROM webhook w WHERE w.account = $1 AND " WAITS_FOR_MORE " "
        "AND w.settled_through < $2 "
        "AND EXISTS (SELECT 1 FROM event e WHERE e.id = $2 AND (w.status = 'active' OR e.payload <> '')) "
        "AND (w.id = $3 OR ($3 = 0 AND (w.event_mask & $4) <> 0 AND NOT EXISTS (SELECT 1 FROM "
        "webhook_since s WHERE s.webhook = w.id AND s.type = $5 AND s.through >= $2))) AND NOT EXISTS "
        "(SELECT 1 FROM delivery_attempt a WHERE a.event = $2 AND a.webhook = w.id) ORDER BY w.status LIMIT "
        "1");
    bh_stmt_bind_int(stmt, 1, event->account);
    bh_stmt_bind_int(stmt, 2, event->id);
    bh_stmt_bind_int(stmt, 3, event->only_webhook);
    bh_stmt_bind_int(stmt, 4, bh_event_bit(event->type));
    bh_stmt_bind_int(stmt, 5, event->type);
    enum bh_err err = bh_stmt_one_int(stmt, &held);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_OK : err;
    tally->unfinished = true;
    tally->held = held != 0;
    return BH_OK;
}

static enum bh_err complete_view(struct bh_db *db, struct bh_arena *arena, struct bh_event_view *view)
{
    struct tally tally = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf errors = {0};
    bh_buf_init(&errors, (size_t)1 << 20);
    enum bh_err err = tally_failures(db, view, &tally, &errors);
    if (err == BH_OK)
        err = tally_successes(db, view, &tally);
    if (err == BH_OK)
        err = tally_skipped(db, &view->event, &tally, &errors);
    if (err == BH_OK)
        err = tally_untried(db, &view->event, &tally);
    if (err != BH_OK)
        return err;
    view->dead_letter = tally.dead;
    if (tally.unfinished)
        view->state = tally.ended ? BH_EVENT_PROCESSING : BH_EVENT_PENDING;
    else
        view->state = tally.dead || tally.dropped ? BH_EVENT_FAILED : BH_EVENT_COMPLETED;
    struct bh_span shown = bh_span_utf16_prefix(bh_buf_span(&errors), BH_EVENT_LAST_ERROR);
    return shown.len == 0 || bh_arena_copy(arena, shown, &view->last_error) ? BH_OK : BH_ERR_NO_MEMORY;
}

#define SELECT_VIEWS                                                                                         \
    "SELECT e.id, e.salt, e.account, e.agent, e.type, e.only_webhook, e.created_at, e.request_row, "         \
    "CASE WHEN EXISTS (SELECT 1 FROM erase_later l WHERE l.kind = 1 AND l.id = e.id) THEN '' "               \
    "ELSE e.payload END, a.agent_id, c.account_id FROM event e JOIN account c ON c.id = e.account "          \
    "LEFT JOIN agent a ON a.id = e.agent WHERE "

/* Without the tally. */
static enum bh_err read_view(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_view)
{
    struct bh_event_view view = {.event = {
                                     .id = bh_stmt_int(stmt, 0),
                                     .salt = (uint64_t)bh_stmt_int(stmt, 1),
                                     .account = bh_stmt_int(stmt, 2),
                                     .agent = bh_stmt_int(stmt, 3),
                                     .type = (enum bh_event_type)bh_stmt_int(stmt, 4),
                                     .only_webhook = bh_stmt_int(stmt, 5),
                                     .created_at = bh_stmt_int(stmt, 6),
                                     .request_row = bh_stmt_int(stmt, 7),
                                 }};
    enum bh_err err = bh_stmt_copy_text(stmt, 8, arena, &view.event.payload);
    if (err == BH_OK)
        err = bh_stmt_copy_text(stmt, 9, arena, &view.agent_id);
    if (err == BH_OK)
        err = bh_stmt_copy_text(stmt, 10, arena, &view.account_id);
    if (err == BH_OK)
        *(struct bh_event_view *)ret_view = view;
    return err;
}

static enum bh_err load_view(
    struct bh_db *db, int64_t account, int64_t id, struct bh_arena *arena, struct bh_event_view *ret_view)
{
    struct bh_event_view view;
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_VIEWS "e.id = $1 AND ($2 = 0 OR e.account = $2)");
    bh_stmt_bind_int(stmt, 1, id);
    bh_stmt_bind_int(stmt, 2, account);
    enum bh_err err = bh_stmt_read_one(stmt, read_view, arena, &view);
    if (err == BH_ERR_NOT_FOUND)
        return BH_ERR_WEBHOOK_EVENT_NOT_FOUND;
    if (err == BH_OK)
        err = complete_view(db, arena, &view);
    if (err == BH_OK)
        *ret_view = view;
    return err;
}

enum bh_err bh_event_find(struct bh_db *db, int64_t account, struct bh_span event_id, struct bh_arena *arena,
    struct bh_event_view *ret_event)
{
    int64_t id;
    uint64_t salt;
    struct bh_event_view view;
    if (!bh_record_id_decode(BH_RECORD_EVENT, event_id, &id, &salt))
        return BH_ERR_WEBHOOK_EVENT_NOT_FOUND;
    enum bh_err err = load_view(db, account, id, arena, &view);
    if (err != BH_OK)
        return err;
    if (view.event.salt != salt)
        return BH_ERR_WEBHOOK_EVENT_NOT_FOUND;
    *ret_event = view;
    return BH_OK;
}

enum bh_err bh_event_is_settled(struct bh_db *db, int64_t id, bool *ret_settled)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_event_view view;
    struct tally tally = {0};
    bh_arena_init(&arena, 4096, (size_t)4 << 20);
    enum bh_err err = load_view(db, 0, id, &arena, &view);
    if (err == BH_OK)
        err = tally_untried(db, &view.event, &tally);
    if (err == BH_OK) /* whether somebody will enable an endpoint again, nobody knows */
        *ret_settled = view.next_attempt_at == 0 && (!tally.unfinished || tally.held);
    return err;
}

/* ---- lists ----------------------------------------------------------------------------------------------
 */

struct listing {
    struct bh_db *db;
    const struct bh_event_filter *filter;
    struct bh_arena *arena;
    struct bh_event_view *views;
    size_t count;
    int64_t next; /* older ones than this were not looked at; 0 = there are none */
};

static int64_t upper_bound(const struct listing *listing)
{
    return listing->filter->before == 0 ? INT64_MAX : listing->filter->before;
}

static bool is_wanted(const struct bh_event_filter *filter, const struct bh_event_view *view)
{
    return (filter->state == BH_EVENT_STATES || filter->state == view->state) &&
           (!filter->only_dead_letters || view->dead_letter);
}

/* Keeps the event if it passes the filter. */
static enum bh_err consider(struct listing *listing, struct bh_event_view *view)
{
    enum bh_err err = complete_view(listing->db, listing->arena, view);
    if (err == BH_OK && is_wanted(listing->filter, view))
        listing->views[listing->count++] = *view;
    return err;
}

static struct bh_stmt *newest_events(const struct listing *listing)
{
    if (listing->filter->account == 0)
        return bh_db_statement(listing->db, SELECT_VIEWS "$1 = 0 AND e.id < $2 ORDER BY e.id DESC LIMIT $3");
    return bh_db_statement(
        listing->db, SELECT_VIEWS "e.account = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3");
}

/* Newest first, event by event. */
static enum bh_err walk(struct listing *listing)
{
    enum bh_err err = BH_OK;
    size_t looked_at = 0;
    const struct bh_event_filter *filter = listing->filter;
    struct bh_stmt *stmt = newest_events(listing);
    bh_stmt_bind_int(stmt, 1, filter->account);
    bh_stmt_bind_int(stmt, 2, upper_bound(listing));
    bh_stmt_bind_int(stmt, 3, BH_EVENT_SCAN);
    while (listing->count < filter->limit && (err = bh_stmt_step(stmt)) == BH_OK) {
        struct bh_event_view view;
        looked_at++;
        listing->next = bh_stmt_int(stmt, 0);
        if (filter->type >= 0 && bh_stmt_int(stmt, 4) != filter->type)
            continue;
        err = read_view(stmt, listing->arena, &view);
        if (err == BH_OK)
            err = consider(listing, &view);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
    }
    bh_stmt_end(stmt);
    if (err == BH_ERR_NOT_FOUND && looked_at < BH_EVENT_SCAN)
        listing->next = 0;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

/*
 * Ids of events from several sources, each newest first and cut at PER_SOURCE. Below `floor` some may be
 * missing.
 */
struct candidates {
    int64_t ids[(2 * WEBHOOKS_LOOKED_AT + SKIPS_LOOKED_AT) * PER_SOURCE];
    size_t count;
    int64_t floor; /* 0 = all are there */
};

/* One source; its statement has PER_SOURCE as its limit. */
static enum bh_err collect(struct bh_stmt *stmt, struct candidates *candidates)
{
    enum bh_err err = BH_OK;
    size_t count = 0;
    int64_t last = 0;
    while (candidates->count < BH_COUNT(candidates->ids) && (err = bh_stmt_step(stmt)) == BH_OK) {
        last = candidates->ids[candidates->count++] = bh_stmt_int(stmt, 0);
        count++;
    }
    bh_stmt_end(stmt);
    if (count >= PER_SOURCE && last > candidates->floor)
        candidates->floor = last;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static int newest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* Of all accounts: among the newest events that had a failure. */
static enum bh_err collect_rows_of_all(
    struct listing *listing, const char *status, struct candidates *candidates)
{
    struct bh_stmt *stmt = bh_db_statement(listing->db,
        "SELECT DISTINCT event FROM (SELECT event, status FROM delivery WHERE event < $1 "
        "ORDER BY event DESC LIMIT $4) AS newest WHERE status = $2 ORDER BY event DESC LIMIT $3");
    bh_stmt_bind_int(stmt, 1, upper_bound(listing));
    bh_stmt_bind_text(stmt, 2, bh_span_from(status));
    bh_stmt_bind_int(stmt, 3, PER_SOURCE);
    bh_stmt_bind_int(stmt, 4, ROWS_LOOKED_AT);
    return collect(stmt, candidates);
}

/* Of one endpoint. */
static enum bh_err collect_rows_of(
    struct listing *listing, int64_t webhook, const char *status, struct candidates *candidates)
{
    struct bh_stmt *stmt =
        bh_db_statement(listing->db, "SELECT event FROM delivery WHERE status = $4 AND webhook = $1 "
                                     "AND event < $2 ORDER BY event DESC LIMIT $3");
    bh_stmt_bind_int(stmt, 1, webhook);
    bh_stmt_bind_int(stmt, 2, upper_bound(listing));
    bh_stmt_bind_int(stmt, 3, PER_SOURCE);
    bh_stmt_bind_text(stmt, 4, bh_span_from(status));
    return collect(stmt, candidates);
}

/* Events that are so at some endpoint. */
static enum bh_err collect_rows(struct listing *listing, const char *status, struct candidates *candidates)
{
    int64_t webhooks[WEBHOOKS_LOOKED_AT];
    size_t count = 0;
    enum bh_err err;
    if (listing->filter->account == 0)
        return collect_rows_of_all(listing, status, candidates);
    struct bh_stmt *stmt = bh_db_statement(listing->db,
        "SELECT id FROM webhook WHERE account = $1 ORDER BY status = 'deleted', id DESC LIMIT $2");
    bh_stmt_bind_int(stmt, 1, listing->filter->account);
    bh_stmt_bind_int(stmt, 2, WEBHOOKS_LOOKED_AT);
    while ((err = bh_stmt_step(stmt)) == BH_OK)
        webhooks[count++] = bh_stmt_int(stmt, 0);
    if (err != BH_ERR_NOT_FOUND)
        return err;
    err = BH_OK;
    for (size_t i = 0; i < count && err == BH_OK; i++)
        err = collect_rows_of(listing, webhooks[i], status, candidates);
    return err;
}

/* One range of events of which an endpoint has got none any more. */
struct skip {
    int64_t account, above, through;
};

static enum bh_err collect_skip(
    struct listing *listing, const struct skip *skip, struct candidates *candidates)
{
    int64_t bound = upper_bound(listing);
    struct bh_stmt *stmt = bh_db_statement(listing->db, "SELECT id FROM event WHERE account = $1 AND id > $2 "
                                                        "AND id < $3 ORDER BY id DESC LIMIT $4");
    bh_stmt_bind_int(stmt, 1, skip->account);
    bh_stmt_bind_int(stmt, 2, skip->above);
    bh_stmt_bind_int(stmt, 3, bound <= skip->through ? bound : skip->through + 1);
    bh_stmt_bind_int(stmt, 4, PER_SOURCE);
    return collect(stmt, candidates);
}

/* Events that may have been dropped untried; many have other fates. */
static enum bh_err collect_skipped(struct listing *listing, struct candidates *candidates)
{
    struct skip skips[SKIPS_LOOKED_AT];
    size_t count = 0;
    enum bh_err err;
    struct bh_stmt *stmt = bh_db_statement(listing->db,
        "SELECT w.account, k.above, k.through FROM webhook_skipped k JOIN webhook w ON w.id = k.webhook "
        "WHERE ($1 = 0 OR w.account = $1) AND k.above + 1 < $2 ORDER BY k.through DESC LIMIT $3");
    bh_stmt_bind_int(stmt, 1, listing->filter->account);
    bh_stmt_bind_int(stmt, 2, upper_bound(listing));
    bh_stmt_bind_int(stmt, 3, SKIPS_LOOKED_AT);
    while ((err = bh_stmt_step(stmt)) == BH_OK)
        skips[count++] = (struct skip){bh_stmt_int(stmt, 0), bh_stmt_int(stmt, 1), bh_stmt_int(stmt, 2)};
    if (err != BH_ERR_NOT_FOUND)
        return err;
    err = BH_OK;
    for (size_t i = 0; i < count && err == BH_OK; i++)
        err = collect_skip(listing, &skips[i], candidates);
    return err;
}

/* Events above the lowest mark of an endpoint that may get them. */
static enum bh_err collect_untried(struct listing *listing, struct candidates *candidates)
{
    const struct bh_event_filter *filter = listing->filter;
    struct bh_stmt *stmt;
    if (filter->account == 0)
        stmt = bh_db_statement(listing->db,
            "SELECT id FROM event WHERE $1 = 0 AND id > (SELECT COALESCE(MIN(settled_through), $2) "
            "FROM webhook w WHERE " WAITS_FOR_MORE ") AND id < $2 ORDER BY id DESC LIMIT $3");
    else
        stmt = bh_db_statement(listing->db,
            "SELECT id FROM event WHERE account = $1 AND id > (SELECT COALESCE(MIN(settled_through), $2) "
            "FROM webhook w WHERE account = $1 AND " WAITS_FOR_MORE
            ") AND id < $2 ORDER BY id DESC LIMIT $3");
    bh_stmt_bind_int(stmt, 1, filter->account);
    bh_stmt_bind_int(stmt, 2, upper_bound(listing));
    bh_stmt_bind_int(stmt, 3, PER_SOURCE);
    return collect(stmt, candidates);
}

/* Adds the event, if it is still there and passes the filter. */
static enum bh_err add_candidate(struct listing *listing, int64_t id)
{
    const struct bh_event_filter *filter = listing->filter;
    struct bh_event_view view;
    enum bh_err err = load_view(listing->db, filter->account, id, listing->arena, &view);
    if (err != BH_OK)
        return err == BH_ERR_WEBHOOK_EVENT_NOT_FOUND ? BH_OK : err;
    if ((filter->type < 0 || (int)view.event.type == filter->type) && is_wanted(filter, &view))
        listing->views[listing->count++] = view;
    return BH_OK;
}

static enum bh_err collect_sources(struct listing *listing, struct candidates *candidates)
{
    const struct bh_event_filter *filter = listing->filter;
    bool dead = filter->only_dead_letters || filter->state == BH_EVENT_FAILED;
    enum bh_err err = collect_rows(listing, dead ? "dead" : "pending", candidates);
    if (err == BH_OK && !dead)
        return collect_untried(listing, candidates);
    if (err == BH_OK && !filter->only_dead_letters)
        err = collect_rows(listing, "dropped", candidates);
    if (err == BH_OK && !filter->only_dead_letters)
        err = collect_skipped(listing, candidates);
    return err;
}

/* What is rare is found by itself, because it may lie behind any number of others. */
static enum bh_err pick(struct listing *listing, struct candidates *candidates)
{
    const struct bh_event_filter *filter = listing->filter;
    size_t i = 0;
    enum bh_err err = collect_sources(listing, candidates);
    qsort(candidates->ids, candidates->count, sizeof(candidates->ids[0]), newest_first);
    for (; err == BH_OK && i < candidates->count && candidates->ids[i] >= candidates->floor &&
           listing->count < filter->limit;
         i++) {
        if (i == 0 || candidates->ids[i] != candidates->ids[i - 1])
            err = add_candidate(listing, candidates->ids[i]);
        listing->next = candidates->ids[i];
    }
    if (i == candidates->count && candidates->floor == 0)
        listing->next = 0;
    return err;
}

static bool is_rare(const struct bh_event_filter *filter)
{
    return filter->only_dead_letters ||
           (filter->state != BH_EVENT_STATES && filter->state != BH_EVENT_COMPLETED);
}

enum bh_err bh_event_list(struct bh_db *db, const struct bh_event_filter *filter, struct bh_arena *arena,
    struct bh_event_view **ret_events, size_t *ret_count, int64_t *ret_next)
{
    struct listing listing = {.db = db, .filter = filter, .arena = arena};
    enum bh_err err;
    listing.views = bh_arena_alloc(arena, filter->limit * sizeof(*listing.views));
    if (listing.views == NULL)
        return BH_ERR_NO_MEMORY;
    if (is_rare(filter)) {
        struct candidates *candidates = bh_arena_alloc(arena, sizeof(*candidates));
        err = candidates == NULL ? BH_ERR_NO_MEMORY : pick(&listing, candidates);
    } else {
        err = walk(&listing);
    }
    if (err != BH_OK)
        return err;
    *ret_events = listing.views;
    *ret_count = listing.count;
    *ret_next = listing.next;
    return BH_OK;
}
