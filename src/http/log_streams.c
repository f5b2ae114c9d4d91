// SPDX-License-Identifier: Apache-2.0
#include "http/log_streams.h"

#include <pthread.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/watch.h"
#include "lib/json.h"
#include "store/executions.h"
#include "store/request_id.h"

#define PAGE 1000       /* rows read in one go */
#define TURN_ROWS 20000 /* rows read in one turn, so that others get theirs */
#define LAG_MS 50       /* how soon to look again for room */
#define IDLE_MS 3600000 /* nobody listens */
#define EVENT_ROOM 8192 /* most events are far smaller */
#define EVENT_LIMIT 65536
#define GREETING "retry: 2000\nid: %s\n\n"

struct bh_log_streams {
    struct bh_waiter waiter; /* INVARIANT: first */
    struct bh_watch *watch;
    struct bh_listener *listeners; /* of the watch's thread */
    struct bh_buf event;
    struct bh_arena arena; /* for one row */
    const struct bh_watch_turn *turn;
    pthread_mutex_t lock; /* for what follows */
    struct bh_listener *newcomers;
    bool stopped;
};

struct bh_listener *bh_listener_create(size_t missed)
{
    struct bh_listener *listener = calloc(1, sizeof(*listener));
    if (listener == NULL || missed == 0)
        return listener;
    listener->capacity = missed;
    listener->aside = calloc(missed, sizeof(*listener->aside));
    if (listener->aside != NULL)
        return listener;
    free(listener);
    return NULL;
}

void bh_listener_destroy(struct bh_listener *listener)
{
    if (listener == NULL)
        return;
    free(listener->aside);
    free(listener);
}

/* ---- one listener ---- */

/* False when it lags too far behind. */
static bool put_aside(struct bh_listener *listener, int64_t id)
{
    if (listener->count == listener->capacity) {
        size_t capacity = listener->capacity == 0 ? 64 : 2 * listener->capacity;
        int64_t *aside = capacity > BH_LISTENER_LAG ? NULL : calloc(capacity, sizeof(*aside));
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

static void let_go(struct bh_listener *listener)
{
    if (listener->stream != NULL)
        bh_stream_end(listener->stream);
    listener->stream = NULL;
}

static bool write_text(struct bh_log_streams *streams, struct bh_listener *listener, struct bh_span text)
{
    if (!bh_stream_try_write(listener->stream, text))
        return false;
    listener->wrote_ms = streams->turn->steady_ms;
    return true;
}

/* Fills in whose row it is. */
static enum bh_err find_agent(struct bh_log_streams *streams, const struct bh_listener *listener,
    struct bh_audit_row *row, struct bh_agent_record *ret_agent)
{
    if (listener->agent != 0) {
        row->agent_id = bh_span_from(listener->agent_id);
        return BH_OK;
    }
    enum bh_err err = bh_agent_find_by_id(streams->turn->db, row->agent, &streams->arena, ret_agent);
    if (err == BH_OK)
        row->agent_id = ret_agent->agent_id;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

/* False when there is no room for it now. */
static bool write_row(
    struct bh_log_streams *streams, struct bh_listener *listener, const struct bh_audit_row *stored)
{
    char request_id[BH_REQUEST_ID_TEXT];
    struct bh_audit_row row = *stored;
    struct bh_agent_record agent = {0};
    bh_arena_reset(&streams->arena);
    if (bh_stream_room(listener->stream) < EVENT_ROOM ||
        find_agent(streams, listener, &row, &agent) != BH_OK ||
        bh_execution_attach(streams->turn->db, &row, 1, &streams->arena) != BH_OK)
        return false;
    struct bh_buf *event = &streams->event;
    bh_buf_clear(event);
    bh_request_id_encode(row.id, row.salt, request_id);
    bh_buf_addf(event, "id: %s\nevent: decision\ndata: ", request_id);
    listener->present(&row, &agent, event);
    bh_buf_add_text(event, "\n\n");
    return !event->failed && write_text(streams, listener, bh_buf_span(event));
}

static bool is_for(const struct bh_listener *listener, const struct bh_audit_row *row)
{
    return listener->stream != NULL && row->id > listener->through && row->account == listener->account &&
           (listener->agent == 0 || row->agent == listener->agent);
}

static void deliver(void *context, const struct bh_audit_row *row)
{
    struct bh_log_streams *streams = context;
    for (struct bh_listener *at = streams->listeners; at != NULL; at = at->next) {
        if (!is_for(at, row))
            continue;
        if ((at->count > 0 || !write_row(streams, at, row)) && !put_aside(at, row->id))
            let_go(at);
        at->through = row->id; /* should the page fail halfway, it is read again */
    }
}

struct delayed {
    struct bh_log_streams *streams;
    struct bh_listener *listener;
    int64_t id;
    bool stuck; /* no room for it yet */
};

static void deliver_delayed(void *context, const struct bh_audit_row *row)
{
    struct delayed *delayed = context;
    if (row->id == delayed->id) /* else it is gone by now */
        delayed->stuck = !write_row(delayed->streams, delayed->listener, row);
}

static void catch_up(struct bh_log_streams *streams, struct bh_listener *listener)
{
    struct delayed delayed = {.streams = streams, .listener = listener};
    while (listener->count > 0 && bh_stream_room(listener->stream) >= EVENT_ROOM) {
        int64_t through;
        delayed.id = listener->aside[listener->first];
        enum bh_err err =
            bh_audit_read_after(streams->turn->db, delayed.id - 1, 1, deliver_delayed, &delayed, &through);
        if (err != BH_OK || delayed.stuck)
            return;
        listener->first = (listener->first + 1) % listener->capacity;
        listener->count--;
    }
}

static void greet(struct bh_log_streams *streams, struct bh_listener *listener)
{
    struct bh_buf *event = &streams->event;
    bh_buf_clear(event);
    bh_buf_addf(event, GREETING, listener->place);
    if (listener->gap)
        bh_buf_addf(event, "event: gap\ndata: {\"kept\":%d}\n\n", BH_LISTENER_KEPT);
    listener->checked_ms = streams->turn->steady_ms;
    if (!write_text(streams, listener, bh_buf_span(event)))
        let_go(listener);
}

/* What is due by the clock. */
static void tend(struct bh_log_streams *streams, struct bh_listener *listener)
{
    const struct bh_watch_turn *turn = streams->turn;
    if (turn->db != NULL && turn->steady_ms - listener->checked_ms >= BH_LISTENER_CHECK_MS) {
        listener->checked_ms = turn->steady_ms;
        if (!listener->may_listen(listener, turn->db, turn->now_ms)) {
            let_go(listener);
            return;
        }
    }
    if (turn->steady_ms - listener->wrote_ms >= BH_LISTENER_BEAT_MS)
        (void)!write_text(streams, listener, BH_SPAN(":\n\n"));
    if (bh_stream_is_gone(listener->stream))
        let_go(listener);
}

/* ---- all of them ---- */

static void welcome(struct bh_log_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    struct bh_listener *newcomers = streams->newcomers;
    streams->newcomers = NULL;
    pthread_mutex_unlock(&streams->lock);
    while (newcomers != NULL) {
        struct bh_listener *listener = newcomers;
        newcomers = listener->next;
        listener->next = streams->listeners;
        streams->listeners = listener;
        greet(streams, listener);
    }
}

static int64_t lowest_through(const struct bh_log_streams *streams, int64_t newest)
{
    int64_t low = newest;
    for (const struct bh_listener *at = streams->listeners; at != NULL; at = at->next)
        low = at->through < low ? at->through : low;
    return low;
}

/* Reads what is new since the listener who has seen least. False when there is more. */
static bool read_new(struct bh_log_streams *streams)
{
    struct bh_db *db = streams->turn->db;
    int64_t newest;
    if (streams->listeners == NULL || bh_audit_last(db, &newest) != BH_OK)
        return true;
    int64_t low = lowest_through(streams, newest);
    for (size_t rows = 0; low < newest && rows < TURN_ROWS; rows += PAGE) {
        int64_t through;
        if (bh_audit_read_after(db, low, PAGE, deliver, streams, &through) != BH_OK)
            return true;
        low = through > low ? through : newest;
        for (struct bh_listener *at = streams->listeners; at != NULL; at = at->next)
            at->through = at->through < low ? low : at->through;
    }
    return low >= newest;
}

/* Frees those that were let go. Says whether somebody waits for room. */
static bool tidy(struct bh_log_streams *streams)
{
    bool lagging = false;
    for (struct bh_listener **at = &streams->listeners; *at != NULL;) {
        struct bh_listener *listener = *at;
        if (listener->stream != NULL && streams->turn->db != NULL)
            catch_up(streams, listener);
        if (listener->stream != NULL)
            tend(streams, listener);
        if (listener->stream == NULL) {
            *at = listener->next;
            bh_listener_destroy(listener);
            continue;
        }
        lagging = lagging || listener->count > 0;
        at = &listener->next;
    }
    return lagging;
}

/* With nobody listening, commits need not wake the watch. */
static bool is_deserted(struct bh_log_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    bool deserted = streams->listeners == NULL && streams->newcomers == NULL;
    if (deserted)
        atomic_store(&streams->waiter.wants, 0);
    pthread_mutex_unlock(&streams->lock);
    return deserted;
}

static int64_t stop(struct bh_log_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    streams->stopped = true;
    pthread_mutex_unlock(&streams->lock);
    welcome(streams);
    for (struct bh_listener *at = streams->listeners; at != NULL; at = at->next)
        let_go(at);
    tidy(streams);
    return BH_WATCH_DONE;
}

static int64_t look(struct bh_waiter *waiter, const struct bh_watch_turn *turn)
{
    struct bh_log_streams *streams = (struct bh_log_streams *)waiter;
    bool complete = true;
    streams->turn = turn;
    if (turn->stopping)
        return stop(streams);
    welcome(streams);
    if (turn->db != NULL)
        complete = read_new(streams);
    bool lagging = tidy(streams);
    if (is_deserted(streams))
        return IDLE_MS;
    return !complete ? 0 : lagging ? LAG_MS : BH_WATCH_LOOK_MS;
}

bool bh_log_streams_add_take(struct bh_log_streams *streams, struct bh_listener *listener)
{
    pthread_mutex_lock(&streams->lock);
    bool added = !streams->stopped;
    if (added) {
        listener->next = streams->newcomers;
        streams->newcomers = listener;
        atomic_store(&streams->waiter.wants, BH_CHANGED_AUDIT);
    }
    pthread_mutex_unlock(&streams->lock);
    if (added)
        bh_watch_poke(streams->watch);
    return added;
}

enum bh_err bh_log_streams_create(struct bh_app *app, struct bh_log_streams **ret_streams)
{
    struct bh_log_streams *streams = calloc(1, sizeof(*streams));
    if (streams == NULL)
        return BH_ERR_NO_MEMORY;
    streams->watch = app->watch;
    streams->waiter.look = look;
    pthread_mutex_init(&streams->lock, NULL);
    bh_buf_init(&streams->event, EVENT_LIMIT);
    bh_arena_init(&streams->arena, 4096, 1 << 20);
    if (!bh_watch_park(app->watch, &streams->waiter)) {
        bh_log_streams_destroy(streams);
        return BH_ERR_INTERNAL;
    }
    *ret_streams = streams;
    return BH_OK;
}

void bh_log_streams_destroy(struct bh_log_streams *streams)
{
    if (streams == NULL)
        return;
    bh_buf_finish(&streams->event);
    bh_arena_finish(&streams->arena);
    pthread_mutex_destroy(&streams->lock);
    free(streams);
}
