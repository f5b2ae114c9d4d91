// SPDX-License-Identifier: Apache-2.0
#include "http/approval_streams.h"

#include <stdlib.h>

#include "app/app.h"
#include "http/present.h"
#include "store/people.h"

#define EVENT_LIMIT 65536

struct bh_approval_streams {
    struct bh_listeners listeners; /* INVARIANT: first */
    struct bh_approval_mark mark;  /* while somebody listens: they know all up to it */
    struct bh_buf seen_by_all; /* the event of the change that is told now, up to what depends on who looks */
    struct bh_arena arena;     /* for one request */
    struct bh_arena viewer_arena; /* for one credential */
};

/* ---- who listens ---- */

static enum bh_err find_session(const struct bh_approval_listener *listener, const struct bh_watch_turn *turn,
    struct bh_arena *arena, struct bh_approver *viewer, bool *ret_may)
{
    struct bh_session_record session;
    enum bh_err err = bh_session_find(turn->db, &listener->base.secret_hash, arena, &session);
    if (err != BH_OK)
        return err;
    *ret_may = session.account == listener->base.account && session.person.email_verified &&
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
    enum bh_err err = bh_token_find_by_hash(turn->db, &listener->base.secret_hash, arena, &token);
    if (err != BH_OK)
        return err;
    *ret_may = token.account == listener->base.account && token.email_verified;
    viewer->person = token.owner_person;
    viewer->role = token.role;
    return BH_OK;
}

/* What the listener may do now, once in each turn; BH_ERR_ROLE when it may listen no more. */
static enum bh_err know_viewer(struct bh_approval_streams *streams, struct bh_approval_listener *listener)
{
    const struct bh_watch_turn *turn = streams->listeners.turn;
    struct bh_approver viewer = {.account = listener->base.account};
    bool may = false;
    if (listener->viewer_is_known)
        return BH_OK;
    bh_arena_reset(&streams->viewer_arena);
    enum bh_err err = listener->by_session
                          ? find_session(listener, turn, &streams->viewer_arena, &viewer, &may)
                          : find_token(listener, turn, &streams->viewer_arena, &viewer, &may);
    if (err == BH_ERR_NOT_FOUND || (err == BH_OK && !(may && bh_role_allows(viewer.role, BH_MAY_READ))))
        return BH_ERR_ROLE;
    if (err == BH_OK)
        err = bh_account_separates_duties(turn->db, listener->base.account, &viewer.separation_of_duties);
    if (err != BH_OK)
        return err;
    listener->viewer = viewer;
    listener->viewer_is_known = true;
    return BH_OK;
}

/* ---- one listener ---- */

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
    struct bh_buf *event = &streams->listeners.event;
    enum bh_err err = know_viewer(streams, listener);
    if (err == BH_ERR_ROLE) {
        bh_listener_let_go(&listener->base);
        return;
    }
    if (err != BH_OK) {
        listener->base.lags = true;
        return;
    }
    bh_buf_clear(event);
    bh_buf_add(event, prepare(streams, approval));
    bh_present_approval_end(approval, &listener->viewer, event);
    bh_buf_add_text(event, "\n\n");
    listener->base.lags = streams->seen_by_all.failed || event->failed ||
                          !bh_listener_write(&listener->base, streams->listeners.turn, bh_buf_span(event));
}

static void deliver(void *context, const struct bh_approval_record *approval)
{
    struct bh_approval_streams *streams = context;
    bh_buf_clear(&streams->seen_by_all);
    for (struct bh_listener *at = streams->listeners.all; at != NULL; at = at->next) {
        if (at->account == approval->account && at->stream != NULL && !at->lags)
            write_approval(streams, (struct bh_approval_listener *)at, approval);
    }
}

/* What is due by the clock. */
static void tend(struct bh_approval_streams *streams, struct bh_listener *listener)
{
    const struct bh_watch_turn *turn = streams->listeners.turn;
    if (bh_listener_is_to_be_checked(listener, turn) &&
        know_viewer(streams, (struct bh_approval_listener *)listener) == BH_ERR_ROLE)
        bh_listener_let_go(listener);
    else if (listener->lags && bh_listener_write(listener, turn, BH_SPAN("event: refresh\ndata: {}\n\n")))
        listener->lags = false;
}

/* ---- all of them ---- */

static void make_all_list_anew(struct bh_approval_streams *streams)
{
    for (struct bh_listener *at = streams->listeners.all; at != NULL; at = at->next)
        at->lags = true;
}

/* Tells those who listen what has changed since the last turn. When it cannot (false), it is tried again. */
static bool read_new(struct bh_approval_streams *streams)
{
    const struct bh_watch_turn *turn = streams->listeners.turn;
    struct bh_approval_mark mark;
    size_t count = 0;
    if (bh_approval_mark_read(turn->db, turn->now_ms, &mark) != BH_OK)
        return false;
    if (streams->listeners.all != NULL) {
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

static bool greet(struct bh_approval_streams *streams, struct bh_listener *listener)
{
    const struct bh_watch_turn *turn = streams->listeners.turn;
    struct bh_buf *event = &streams->listeners.event;
    int64_t pending;
    if (bh_approval_count_pending(turn->db, listener->account, turn->now_ms, &pending) != BH_OK)
        return false;
    bh_buf_clear(event);
    bh_buf_addf(event, "retry: 2000\n\nevent: ready\ndata: {\"pending\":%lld}\n\n", (long long)pending);
    return bh_listener_write(listener, turn, bh_buf_span(event));
}

/* INVARIANT: in the view of the database in which all up to the mark is known, so that what a newcomer lists
 * after the greeting and what is sent later leave no gap. */
static void welcome(struct bh_approval_streams *streams)
{
    const struct bh_listener *known = bh_listeners_take_in(&streams->listeners);
    for (struct bh_listener *at = streams->listeners.all; at != known; at = at->next) {
        if (!greet(streams, at))
            bh_listener_let_go(at); /* it comes again */
    }
}

static int64_t look(struct bh_waiter *waiter, const struct bh_watch_turn *turn)
{
    struct bh_approval_streams *streams = (struct bh_approval_streams *)waiter;
    streams->listeners.turn = turn;
    if (turn->stopping)
        return bh_listeners_stop(&streams->listeners);
    for (struct bh_listener *at = streams->listeners.all; at != NULL; at = at->next)
        ((struct bh_approval_listener *)at)->viewer_is_known = false;
    if (turn->db != NULL && read_new(streams))
        welcome(streams);
    for (struct bh_listener *at = streams->listeners.all; at != NULL; at = at->next) {
        if (at->stream != NULL)
            tend(streams, at);
    }
    return bh_listeners_end_turn(&streams->listeners);
}

enum bh_err bh_approval_streams_answer_take(
    struct bh_approval_streams *streams, struct bh_exchange *exchange, struct bh_approval_listener *listener)
{
    return bh_listeners_answer_take(&streams->listeners, exchange, &listener->base);
}

enum bh_err bh_approval_streams_create(struct bh_app *app, struct bh_approval_streams **ret_streams)
{
    struct bh_approval_streams *streams = calloc(1, sizeof(*streams));
    if (streams == NULL)
        return BH_ERR_NO_MEMORY;
    bh_buf_init(&streams->seen_by_all, EVENT_LIMIT);
    bh_arena_init(&streams->arena, 4096, 1 << 20);
    bh_arena_init(&streams->viewer_arena, 1024, 1 << 20);
    enum bh_err err = bh_listeners_start(&streams->listeners, app->watch, BH_CHANGED_APPROVALS, look);
    if (err == BH_OK)
        *ret_streams = streams;
    else
        bh_approval_streams_destroy(streams);
    return err;
}

void bh_approval_streams_destroy(struct bh_approval_streams *streams)
{
    if (streams == NULL)
        return;
    bh_listeners_finish(&streams->listeners);
    bh_buf_finish(&streams->seen_by_all);
    bh_arena_finish(&streams->arena);
    bh_arena_finish(&streams->viewer_arena);
    free(streams);
}
