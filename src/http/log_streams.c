// SPDX-License-Identifier: Apache-2.0
#include "http/log_streams.h"

#include <stdlib.h>

#include "app/app.h"
#include "lib/json.h"
#include "store/executions.h"
#include "store/request_id.h"

#define PAGE 1000       /* rows read in one go */
#define TURN_ROWS 20000 /* rows read in one turn, so that others get theirs */
#define EVENT_ROOM 8192 /* most events are far smaller */
#define GREETING "retry: 2000\nid: %s\n\n"

struct bh_log_streams {
    struct bh_listeners listeners; /* INVARIANT: first */
    struct bh_arena arena;         /* for one row */
};

static void free_aside(struct bh_listener *listener)
{
    free(((struct bh_log_listener *)listener)->aside);
}

struct bh_log_listener *bh_log_listener_create(size_t missed)
{
    struct bh_log_listener *listener = calloc(1, sizeof(*listener));
    if (listener == NULL)
        return NULL;
    listener->base.finish = free_aside;
    if (missed == 0)
        return listener;
    listener->capacity = missed;
    listener->aside = calloc(missed, sizeof(*listener->aside));
    if (listener->aside != NULL)
        return listener;
    free(listener);
    return NULL;
}

/* ---- one listener ---- */

/* False when it lags too far behind. */
static bool put_aside(struct bh_log_listener *listener, int64_t id)
{
    if (listener->count == listener->capacity) {
        size_t capacity = listener->capacity == 0 ? 64 : 2 * listener->capacity;
        int64_t *aside = capacity > BH_LOG_LISTENER_LAG ? NULL : calloc(capacity, sizeof(*aside));
        if (aside == NULL)
            return false;
        for (size_t i = 0; i < listener->count; i++)
            aside[i] = listener->aside[(listener->first + i) % listener->capacity];
        free(listener->aside);
        listener->aside = aside;
        listener->first = 0;
        listener->capacity = capacity;
    }
    listener->aside[(listener->first + listener->count) % listener->capacity] = id;
    listener->count++;
    return true;
}

/* Fills in whose row it is. */
static enum bh_err find_agent(struct bh_log_streams *streams, const struct bh_log_listener *listener,
    struct bh_audit_row *row, struct bh_agent_record *ret_agent)
{
    if (listener->agent != 0) {
        row->agent_id = bh_span_from(listener->agent_id);
        return BH_OK;
    }
    enum bh_err err =
        bh_agent_find_by_id(streams->listeners.turn->db, row->agent, &streams->arena, ret_agent);
    if (err == BH_OK)
        row->agent_id = ret_agent->agent_id;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

/* False when there is no room for it now. */
static bool write_row(
    struct bh_log_streams *streams, struct bh_log_listener *listener, const struct bh_audit_row *stored)
{
    char request_id[BH_REQUEST_ID_TEXT];
    struct bh_audit_row row = *stored;
    struct bh_agent_record agent = {0};
    bh_arena_reset(&streams->arena);
    if (bh_stream_room(listener->base.stream) < EVENT_ROOM ||
        find_agent(streams, listener, &row, &agent) != BH_OK ||
        bh_execution_attach(streams->listeners.turn->db, &row, 1, &streams->arena) != BH_OK)
        return false;
    struct bh_buf *event = &streams->listeners.event;
    bh_buf_clear(event);
    bh_request_id_encode(row.id, row.salt, request_id);
    bh_buf_addf(event, "id: %s\nevent: decision\ndata: ", request_id);
    listener->present(&row, &agent, event);
    bh_buf_add_text(event, "\n\n");
    return !event->failed && bh_listener_write(&listener->base, streams->listeners.turn, bh_buf_span(event));
}

static bool is_for(const struct bh_log_listener *listener, const struct bh_audit_row *row)
{
    return listener->base.stream != NULL && row->id > listener->through &&
           row->account == listener->base.account && (listener->agent == 0 || row->agent == listener->agent);
}

static void deliver(void *context, const struct bh_audit_row *row)
{
    struct bh_log_streams *streams = context;
    for (struct bh_listener *at = streams->listeners.all; at != NULL; at = at->next) {
        struct bh_log_listener *listener = (struct bh_log_listener *)at;
        if (!is_for(listener, row))
            continue;
        if ((listener->count > 0 || !write_row(streams, listener, row)) && !put_aside(listener, row->id))
            bh_listener_let_go(at);
        listener->through = row->id; /* should the page fail halfway, it is read again */
    }
}

struct delayed {
    struct bh_log_streams *streams;
    struct bh_log_listener *listener;
    int64_t id;
    bool stuck; /* no room for it yet */
};

static void deliver_delayed(void *context, const struct bh_audit_row *row)
{
    struct delayed *delayed = context;
    if (row->id == delayed->id) /* else it is gone by now */
        delayed->stuck = !write_row(delayed->streams, delayed->listener, row);
}

static void catch_up(struct bh_log_streams *streams, struct bh_log_listener *listener)
{
    const struct bh_watch_turn *turn = streams->listeners.turn;
    struct delayed delayed = {.streams = streams, .listener = listener};
    while (listener->count > 0 && bh_stream_room(listener->base.stream) >= EVENT_ROOM) {
        int64_t through;
        delayed.id = listener->aside[listener->first];
        enum bh_err err =
            bh_audit_read_after(turn->db, delayed.id - 1, 1, deliver_delayed, &delayed, &through);
        if (err != BH_OK || delayed.stuck)
            return;
        listener->first = (listener->first + 1) % listener->capacity;
        listener->count--;
    }
}

static void greet(struct bh_log_streams *streams, struct bh_log_listener *listener)
{
    const struct bh_watch_turn *turn = streams->listeners.turn;
    struct bh_buf *event = &streams->listeners.event;
    bh_buf_clear(event);
    bh_buf_addf(event, GREETING, listener->place);
    if (listener->gap)
        bh_buf_addf(event, "event: gap\ndata: {\"kept\":%d}\n\n", BH_LOG_LISTENER_KEPT);
    listener->base.checked_ms = turn->steady_ms;
    if (!bh_listener_write(&listener->base, turn, bh_buf_span(event)))
        bh_listener_let_go(&listener->base);
}

/* What waited for room, and what is due by the clock. */
static void tend(struct bh_log_streams *streams, struct bh_log_listener *listener)
{
    const struct bh_watch_turn *turn = streams->listeners.turn;
    if (turn->db != NULL)
        catch_up(streams, listener);
    listener->base.lags = listener->count > 0;
    if (bh_listener_is_to_be_checked(&listener->base, turn) &&
        !listener->may_listen(listener, turn->db, turn->now_ms))
        bh_listener_let_go(&listener->base);
}

/* ---- all of them ---- */

static void welcome(struct bh_log_streams *streams)
{
    const struct bh_listener *known = bh_listeners_take_in(&streams->listeners);
    for (struct bh_listener *at = streams->listeners.all; at != known; at = at->next)
        greet(streams, (struct bh_log_listener *)at);
}

static int64_t lowest_through(const struct bh_log_streams *streams, int64_t newest)
{
    int64_t low = newest;
    for (const struct bh_listener *at = streams->listeners.all; at != NULL; at = at->next) {
        int64_t through = ((const struct bh_log_listener *)at)->through;
        low = through < low ? through : low;
    }
    return low;
}

static void raise_through(struct bh_log_streams *streams, int64_t low)
{
    for (struct bh_listener *at = streams->listeners.all; at != NULL; at = at->next) {
        struct bh_log_listener *listener = (struct bh_log_listener *)at;
        listener->through = listener->through < low ? low : listener->through;
    }
}

/* Reads what is new since the listener who has seen least. False when there is more. */
static bool read_new(struct bh_log_streams *streams)
{
    struct bh_db *db = streams->listeners.turn->db;
    int64_t newest;
    if (streams->listeners.all == NULL || bh_audit_last(db, &newest) != BH_OK)
        return true;
    int64_t low = lowest_through(streams, newest);
    for (size_t rows = 0; low < newest && rows < TURN_ROWS; rows += PAGE) {
        int64_t through;
        if (bh_audit_read_after(db, low, PAGE, deliver, streams, &through) != BH_OK)
            return true;
        low = through > low ? through : newest;
        raise_through(streams, low);
    }
    return low >= newest;
}

static int64_t look(struct bh_waiter *waiter, const struct bh_watch_turn *turn)
{
    struct bh_log_streams *streams = (struct bh_log_streams *)waiter;
    bool complete = true;
    streams->listeners.turn = turn;
    welcome(streams); /* also when the server stops: they are told where to go on */
    if (turn->stopping)
        return bh_listeners_stop(&streams->listeners);
    if (turn->db != NULL)
        complete = read_new(streams);
    for (struct bh_listener *at = streams->listeners.all; at != NULL; at = at->next) {
        if (at->stream != NULL)
            tend(streams, (struct bh_log_listener *)at);
    }
    int64_t next_ms = bh_listeners_end_turn(&streams->listeners);
    return complete ? next_ms : 0;
}

enum bh_err bh_log_streams_answer_take(
    struct bh_log_streams *streams, struct bh_exchange *exchange, struct bh_log_listener *listener)
{
    return bh_listeners_answer_take(&streams->listeners, exchange, &listener->base);
}

enum bh_err bh_log_streams_create(struct bh_app *app, struct bh_log_streams **ret_streams)
{
    struct bh_log_streams *streams = calloc(1, sizeof(*streams));
    if (streams == NULL)
        return BH_ERR_NO_MEMORY;
    bh_arena_init(&streams->arena, 4096, 1 << 20);
    enum bh_err err = bh_listeners_start(&streams->listeners, app->watch, BH_CHANGED_AUDIT, look);
    if (err == BH_OK)
        *ret_streams = streams;
    else
        bh_log_streams_destroy(streams);
    return err;
}

void bh_log_streams_destroy(struct bh_log_streams *streams)
{
    if (streams == NULL)
        return;
    bh_listeners_finish(&streams->listeners);
    bh_arena_finish(&streams->arena);
    free(streams);
}
