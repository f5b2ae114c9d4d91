// SPDX-License-Identifier: Apache-2.0
#include "http/listeners.h"

#include <stdlib.h>

#include "http/reply.h"

#define LAG_MS 50       /* how soon to look again for room */
#define IDLE_MS 3600000 /* nobody listens */
#define EVENT_LIMIT 65536

enum bh_err bh_listeners_start(struct bh_listeners *listeners, struct bh_watch *watch, unsigned wants,
    int64_t (*look)(struct bh_waiter *waiter, const struct bh_watch_turn *turn))
{
    listeners->watch = watch;
    listeners->wants = wants;
    listeners->waiter.look = look;
    pthread_mutex_init(&listeners->lock, NULL);
    bh_buf_init(&listeners->event, EVENT_LIMIT);
    return bh_watch_park(watch, &listeners->waiter) ? BH_OK : BH_ERR_INTERNAL;
}

void bh_listeners_finish(struct bh_listeners *listeners)
{
    bh_buf_finish(&listeners->event);
    pthread_mutex_destroy(&listeners->lock);
}

static void destroy(struct bh_listener *listener)
{
    if (listener->finish != NULL)
        listener->finish(listener);
    free(listener);
}

/* ---- in the handler ---- */

/* False, and does not take it, when the server stops. */
static bool add_take(struct bh_listeners *listeners, struct bh_listener *listener)
{
    pthread_mutex_lock(&listeners->lock);
    bool added = !listeners->stopped;
    if (added) {
        listener->next = listeners->newcomers;
        listeners->newcomers = listener;
        atomic_store(&listeners->waiter.wants, listeners->wants);
    }
    pthread_mutex_unlock(&listeners->lock);
    if (added)
        bh_watch_poke(listeners->watch);
    return added;
}

enum bh_err bh_listeners_answer_take(
    struct bh_listeners *listeners, struct bh_exchange *exchange, struct bh_listener *listener)
{
    struct bh_stream *stream;
    enum bh_err err = bh_reply_stream(exchange, "text/event-stream", &stream);
    if (err == BH_OK) {
        listener->stream = stream;
        /* Proxies that collect an answer before they pass it on would hold events back. */
        bh_exchange_add_header(exchange, "X-Accel-Buffering", "no");
        if (add_take(listeners, listener))
            return BH_OK;
        bh_stream_cancel(exchange, stream);
        err = BH_ERR_STORE_UNAVAILABLE;
    }
    destroy(listener);
    return err;
}

/* ---- one listener, on the watch's thread ---- */

bool bh_listener_write(struct bh_listener *listener, const struct bh_watch_turn *turn, struct bh_span text)
{
    if (!bh_stream_try_write(listener->stream, text))
        return false;
    listener->wrote_ms = turn->steady_ms;
    return true;
}

void bh_listener_let_go(struct bh_listener *listener)
{
    if (listener->stream != NULL)
        bh_stream_end(listener->stream);
    listener->stream = NULL;
}

bool bh_listener_is_to_be_checked(struct bh_listener *listener, const struct bh_watch_turn *turn)
{
    if (turn->db == NULL || turn->steady_ms - listener->checked_ms < BH_LISTENER_CHECK_MS)
        return false;
    listener->checked_ms = turn->steady_ms;
    return true;
}

static void keep_alive(struct bh_listener *listener, const struct bh_watch_turn *turn)
{
    if (turn->steady_ms - listener->wrote_ms >= BH_LISTENER_BEAT_MS)
        (void)!bh_listener_write(listener, turn, BH_SPAN(":\n\n"));
    if (bh_stream_is_gone(listener->stream))
        bh_listener_let_go(listener);
}

/* ---- all of them ---- */

const struct bh_listener *bh_listeners_take_in(struct bh_listeners *listeners)
{
    const struct bh_listener *known = listeners->all;
    pthread_mutex_lock(&listeners->lock);
    listeners->stopped = listeners->turn->stopping;
    struct bh_listener *newcomers = listeners->newcomers;
    listeners->newcomers = NULL;
    pthread_mutex_unlock(&listeners->lock);
    while (newcomers != NULL) {
        struct bh_listener *listener = newcomers;
        newcomers = listener->next;
        listener->next = listeners->all;
        listeners->all = listener;
    }
    return known;
}

/* Frees those that were let go. Says whether somebody waits for room. */
static bool tidy(struct bh_listeners *listeners)
{
    bool lagging = false;
    for (struct bh_listener **at = &listeners->all; *at != NULL;) {
        struct bh_listener *listener = *at;
        if (listener->stream != NULL)
            keep_alive(listener, listeners->turn);
        if (listener->stream == NULL) {
            *at = listener->next;
            destroy(listener);
            continue;
        }
        lagging = lagging || listener->lags;
        at = &listener->next;
    }
    return lagging;
}

/* With nobody listening, commits need not wake the watch. */
static bool is_deserted(struct bh_listeners *listeners)
{
    pthread_mutex_lock(&listeners->lock);
    bool deserted = listeners->all == NULL && listeners->newcomers == NULL;
    if (deserted)
        atomic_store(&listeners->waiter.wants, 0);
    pthread_mutex_unlock(&listeners->lock);
    return deserted;
}

int64_t bh_listeners_end_turn(struct bh_listeners *listeners)
{
    bool lagging = tidy(listeners);
    if (is_deserted(listeners))
        return IDLE_MS;
    return lagging ? LAG_MS : BH_WATCH_LOOK_MS;
}

int64_t bh_listeners_stop(struct bh_listeners *listeners)
{
    bh_listeners_take_in(listeners);
    for (struct bh_listener *at = listeners->all; at != NULL; at = at->next)
        bh_listener_let_go(at);
    tidy(listeners);
    return BH_WATCH_DONE;
}
