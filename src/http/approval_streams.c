// SPDX-License-Identifier: Apache-2.0
#include "http/approval_streams.h"

#include <pthread.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/watch.h"
#include "http/present.h"
#include "store/people.h"

#define LAG_MS 50       /* how soon to look again for room */
#define IDLE_MS 3600000 /* nobody listens */
#define EVENT_LIMIT 65536

struct bh_approval_streams {
    struct bh_waiter waiter; /* INVARIANT: first */
    struct bh_watch *watch;
    struct bh_approval_listener *listeners; /* of the watch's thread */
    struct bh_approval_mark mark;           /* while somebody listens: they know all up to it */
    struct bh_buf event;
    struct bh_buf seen_by_all; /* the event of the change that is told now, up to what depends on who looks */
    struct bh_arena arena;     /* for one request */
    struct bh_arena viewer_arena; /* for one credential */
    const struct bh_watch_turn *turn;
    pthread_mutex_t lock; /* for what follows */
    struct bh_approval_listener *newcomers;
    bool stopped;
};

/* ---- who listens ---- */

static enum bh_err find_session(const struct bh_approval_listener *listener, const struct bh_watch_turn *turn,
    struct bh_arena *arena, struct bh_approver *viewer, bool *ret_may)
{
    struct bh_session_record session;
    enum bh_err err = bh_session_find(turn->db, &listener->secret_hash, arena, &session);
    if (err != BH_OK)
        return err;
    *ret_may = session.account == listener->account && session.person.email_verified &&
               !bh_session_has_ended(&session, turn->now_ms);
    viewer->person = session.person.id;
    viewer->role = session.role;
    viewer->signed_in = true;
    return BH_OK;
}

static enum bh_err find_token(const struct bh_approval_listener *listener, const struct bh_watch_turn *turn,
    struct bh_arena *arena, struct bh_approver *viewer, bool *ret_may)
{
    struct bh_token_record token;
    enum bh_err err = bh_token_find_by_hash(turn->db, &listener->secret_hash, arena, &token);
    if (err != BH_OK)
        return err;
    *ret_may = token.account == listener->account && token.email_verified;
    viewer->person = token.owner_person;
    viewer->role = token.role;
    return BH_OK;
}

/* What the listener may do now, once in each turn; BH_ERR_ROLE when it may listen no more. */
static enum bh_err know_viewer(struct bh_approval_streams *streams, struct bh_approval_listener *listener)
{
    struct bh_approver viewer = {.account = listener->account};
    bool may = false;
    if (listener->viewer_is_known)
        return BH_OK;
    bh_arena_reset(&streams->viewer_arena);
    enum bh_err err = listener->by_session
                          ? find_session(listener, streams->turn, &streams->viewer_arena, &viewer, &may)
                          : find_token(listener, streams->turn, &streams->viewer_arena, &viewer, &may);
    if (err == BH_ERR_NOT_FOUND || (err == BH_OK && !(may && bh_role_allows(viewer.role, BH_MAY_READ))))
        return BH_ERR_ROLE;
    if (err == BH_OK)
        err = bh_account_separates_duties(streams->turn->db, listener->account, &viewer.separation_of_duties);
    if (err != BH_OK)
        return err;
    listener->viewer = viewer;
    listener->viewer_is_known = true;
    return BH_OK;
}

/* ---- one listener ---- */

static void let_go(struct bh_approval_listener *listener)
{
    if (listener->stream != NULL)
        bh_stream_end(listener->stream);
    listener->stream = NULL;
}

static bool write_text(
    struct bh_approval_streams *streams, struct bh_approval_listener *listener, struct bh_span text)
{
    if (!bh_stream_try_write(listener->stream, text))
        return false;
    listener->wrote_ms = streams->turn->steady_ms;
    return true;
}

/* Once for each change, for the first who hears of it: redacting a long argument takes its time. */
static struct bh_span prepare(struct bh_approval_streams *streams, const struct bh_approval_record *approval)
{
    struct bh_buf *text = &streams->seen_by_all;
    if (text->len == 0) {
        bh_buf_add_text(text, "event: approval\ndata: ");
        bh_present_approval_begin(approval, text);
    }
    return bh_buf_span(text);
}

/* After something was left out nothing is sent until the listener was told. */
static void write_approval(struct bh_approval_streams *streams, struct bh_approval_listener *listener,
    const struct bh_approval_record *approval)
{
    struct bh_buf *event = &streams->event;
    enum bh_err err = know_viewer(streams, listener);
    if (err == BH_ERR_ROLE) {
        let_go(listener);
        return;
    }
    if (err != BH_OK) {
        listener->lags = true;
        return;
    }
    bh_buf_clear(event);
    bh_buf_add(event, prepare(streams, approval));
    bh_present_approval_end(approval, &listener->viewer, event);
    bh_buf_add_text(event, "\n\n");
    listener->lags =
        streams->seen_by_all.failed || event->failed || !write_text(streams, listener, bh_buf_span(event));
}

static void deliver(void *context, const struct bh_approval_record *approval)
{
    struct bh_approval_streams *streams = context;
    bh_buf_clear(&streams->seen_by_all);
    for (struct bh_approval_listener *at = streams->listeners; at != NULL; at = at->next) {
        if (at->account == approval->account && at->stream != NULL && !at->lags)
            write_approval(streams, at, approval);
    }
}

/* What is due by the clock. */
static void tend(struct bh_approval_streams *streams, struct bh_approval_listener *listener)
{
    const struct bh_watch_turn *turn = streams->turn;
    if (turn->db != NULL && turn->steady_ms - listener->checked_ms >= BH_APPROVALS_CHECK_MS) {
        listener->checked_ms = turn->steady_ms;
        if (know_viewer(streams, listener) == BH_ERR_ROLE) {
            let_go(listener);
            return;
        }
    }
    if (listener->lags && write_text(streams, listener, BH_SPAN("event: refresh\ndata: {}\n\n")))
        listener->lags = false;
    if (turn->steady_ms - listener->wrote_ms >= BH_APPROVALS_BEAT_MS)
        (void)!write_text(streams, listener, BH_SPAN(":\n\n"));
    if (bh_stream_is_gone(listener->stream))
        let_go(listener);
}

/* ---- all of them ---- */

static void make_all_list_anew(struct bh_approval_streams *streams)
{
    for (struct bh_approval_listener *at = streams->listeners; at != NULL; at = at->next)
        at->lags = true;
}

/* Tells those who listen what has changed since the last turn. When it cannot (false), it is tried again. */
static bool read_new(struct bh_approval_streams *streams)
{
    const struct bh_watch_turn *turn = streams->turn;
    struct bh_approval_mark mark;
    size_t count = 0;
    if (bh_approval_mark_read(turn->db, turn->now_ms, &mark) != BH_OK)
        return false;
    if (streams->listeners != NULL) {
        enum bh_err err = bh_approval_read_changed(turn->db, &streams->mark, turn->now_ms,
            BH_APPROVALS_AT_ONCE, &streams->arena, deliver, streams, &count);
        if (err != BH_OK)
            return false;
        if (count == BH_APPROVALS_AT_ONCE || mark.number < streams->mark.number ||
            mark.time_ms < streams->mark.time_ms)
            make_all_list_anew(streams);
    }
    streams->mark = mark;
    return true;
}

static enum bh_err greet(struct bh_approval_streams *streams, struct bh_approval_listener *listener)
{
    const struct bh_watch_turn *turn = streams->turn;
    struct bh_buf *event = &streams->event;
    int64_t pending;
    enum bh_err err = bh_approval_count_pending(turn->db, listener->account, turn->now_ms, &pending);
    if (err != BH_OK)
        return err;
    bh_buf_clear(event);
    bh_buf_addf(event, "retry: 2000\n\nevent: ready\ndata: {\"pending\":%lld}\n\n", (long long)pending);
    if (!write_text(streams, listener, bh_buf_span(event)))
        let_go(listener);
    return BH_OK;
}

static struct bh_approval_listener *take_newcomers(struct bh_approval_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    struct bh_approval_listener *newcomers = streams->newcomers;
    streams->newcomers = NULL;
    pthread_mutex_unlock(&streams->lock);
    return newcomers;
}

/* INVARIANT: in the view of the database in which all up to the mark is known, so that what a newcomer lists
 * after the greeting and what is sent later leave no gap. */
static void welcome(struct bh_approval_streams *streams)
{
    struct bh_approval_listener *newcomers = take_newcomers(streams);
    while (newcomers != NULL) {
        struct bh_approval_listener *listener = newcomers;
        newcomers = listener->next;
        listener->next = streams->listeners;
        streams->listeners = listener;
        if (greet(streams, listener) != BH_OK)
            let_go(listener); /* it comes again */
    }
}

/* Frees those that were let go. Says whether somebody waits for room. */
static bool tidy(struct bh_approval_streams *streams)
{
    bool lagging = false;
    for (struct bh_approval_listener **at = &streams->listeners; *at != NULL;) {
        struct bh_approval_listener *listener = *at;
        if (listener->stream != NULL)
            tend(streams, listener);
        if (listener->stream == NULL) {
            *at = listener->next;
            free(listener);
            continue;
        }
        lagging = lagging || listener->lags;
        at = &listener->next;
    }
    return lagging;
}

/* With nobody listening, commits need not wake the watch. */
static bool is_deserted(struct bh_approval_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    bool deserted = streams->listeners == NULL && streams->newcomers == NULL;
    if (deserted)
        atomic_store(&streams->waiter.wants, 0);
    pthread_mutex_unlock(&streams->lock);
    return deserted;
}

static int64_t stop(struct bh_approval_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    streams->stopped = true;
    pthread_mutex_unlock(&streams->lock);
    struct bh_approval_listener *newcomers = take_newcomers(streams);
    while (newcomers != NULL) {
        struct bh_approval_listener *listener = newcomers;
        newcomers = listener->next;
        let_go(listener);
        free(listener);
    }
    for (struct bh_approval_listener *at = streams->listeners; at != NULL; at = at->next)
        let_go(at);
    tidy(streams);
    return BH_WATCH_DONE;
}

static int64_t look(struct bh_waiter *waiter, const struct bh_watch_turn *turn)
{
    struct bh_approval_streams *streams = (struct bh_approval_streams *)waiter;
    streams->turn = turn;
    if (turn->stopping)
        return stop(streams);
    for (struct bh_approval_listener *at = streams->listeners; at != NULL; at = at->next)
        at->viewer_is_known = false;
    if (turn->db != NULL && read_new(streams))
        welcome(streams);
    bool lagging = tidy(streams);
    if (is_deserted(streams))
        return IDLE_MS;
    return lagging ? LAG_MS : BH_WATCH_LOOK_MS;
}

bool bh_approval_streams_add_take(struct bh_approval_streams *streams, struct bh_approval_listener *listener)
{
    pthread_mutex_lock(&streams->lock);
    bool added = !streams->stopped;
    if (added) {
        listener->next = streams->newcomers;
        streams->newcomers = listener;
        atomic_store(&streams->waiter.wants, BH_CHANGED_APPROVALS);
    }
    pthread_mutex_unlock(&streams->lock);
    if (added)
        bh_watch_poke(streams->watch);
    return added;
}

enum bh_err bh_approval_streams_create(struct bh_app *app, struct bh_approval_streams **ret_streams)
{
    struct bh_approval_streams *streams = calloc(1, sizeof(*streams));
    if (streams == NULL)
        return BH_ERR_NO_MEMORY;
    streams->watch = app->watch;
    streams->waiter.look = look;
    pthread_mutex_init(&streams->lock, NULL);
    bh_buf_init(&streams->event, EVENT_LIMIT);
    bh_buf_init(&streams->seen_by_all, EVENT_LIMIT);
    bh_arena_init(&streams->arena, 4096, 1 << 20);
    bh_arena_init(&streams->viewer_arena, 1024, 1 << 20);
    if (!bh_watch_park(app->watch, &streams->waiter)) {
        bh_approval_streams_destroy(streams);
        return BH_ERR_INTERNAL;
    }
    *ret_streams = streams;
    return BH_OK;
}

void bh_approval_streams_destroy(struct bh_approval_streams *streams)
{
    if (streams == NULL)
        return;
    bh_buf_finish(&streams->event);
    bh_buf_finish(&streams->seen_by_all);
    bh_arena_finish(&streams->arena);
    bh_arena_finish(&streams->viewer_arena);
    pthread_mutex_destroy(&streams->lock);
    free(streams);
}
