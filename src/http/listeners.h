// SPDX-License-Identifier: Apache-2.0
/*
 * Who listens to an event stream: from the request on, by way of the watch's thread, which alone writes to
 * them, to the end of the stream. What they are told is the business of log_streams.c and approval_streams.c.
 *
 * A turn of the watch's thread: the newcomers are taken in and greeted, what is new is written, those whose
 * credential has ended are let go, and bh_listeners_end_turn() does the rest. Only the newcomers are behind
 * the lock; no other lock is taken under it.
 */
#ifndef BH_HTTP_LISTENERS_H
#define BH_HTTP_LISTENERS_H

#include <pthread.h>

#include "app/watch.h"
#include "http/stream.h"
#include "lib/digest.h"

#define BH_LISTENER_BEAT_MS 15000
#define BH_LISTENER_CHECK_MS 1000 /* how soon a listener whose credential has ended is let go */

/* On the heap; the first member of what its kind of stream knows about it. */
struct bh_listener {
    struct bh_listener *next; /* and up to `lags`: ours */
    struct bh_stream *stream; /* NULL: it was let go */
    int64_t wrote_ms;         /* steady */
    int64_t checked_ms;       /* steady: when its credential was looked at */
    bool lags;                /* something waits for room in the stream */

    int64_t account;
    struct bh_sha256 secret_hash; /* of the key, token or session it came with */
    /* Frees what its kind of stream has put aside for it. May be NULL. */
    void (*finish)(struct bh_listener *listener);
};

struct bh_listeners {
    struct bh_waiter waiter; /* INVARIANT: first */
    struct bh_watch *watch;
    unsigned wants; /* BH_CHANGED_...: what those who listen are told about */

    /* Of the watch's thread. */
    const struct bh_watch_turn *turn;
    struct bh_listener *all;
    struct bh_buf event; /* for use within a turn */

    pthread_mutex_t lock; /* for what follows */
    struct bh_listener *newcomers;
    bool stopped;
};

/* Parks the waiter, whose `look` sets `turn` first. To be finished even when this fails. */
BH_MUST_USE
enum bh_err bh_listeners_start(struct bh_listeners *listeners, struct bh_watch *watch, unsigned wants,
    int64_t (*look)(struct bh_waiter *waiter, const struct bh_watch_turn *turn));
/* After the watch has stopped. */
void bh_listeners_finish(struct bh_listeners *listeners);

/* In the handler, which has taken its place: answers with the stream of this listener. Takes the listener
 * over; frees it when there is no stream. */
BH_MUST_USE
enum bh_err bh_listeners_answer_take(
    struct bh_listeners *listeners, struct bh_exchange *exchange, struct bh_listener *listener);

/* ---- on the watch's thread ---- */

/* The newcomers come first among all, up to, but without, the one returned. When the server stops, nobody
 * comes any more after this. */
const struct bh_listener *bh_listeners_take_in(struct bh_listeners *listeners);
/* False when there is no room for all of it. */
BH_MUST_USE
bool bh_listener_write(struct bh_listener *listener, const struct bh_watch_turn *turn, struct bh_span text);
/* Ends the stream; the listener stays to the end of the turn. */
void bh_listener_let_go(struct bh_listener *listener);
/* Whether its credential is to be looked at now, as it is then noted to have been. */
bool bh_listener_is_to_be_checked(struct bh_listener *listener, const struct bh_watch_turn *turn);
/* Keeps the streams alive and frees who was let go. Says when to look again. */
int64_t bh_listeners_end_turn(struct bh_listeners *listeners);
/* The last turn: lets go of everybody. */
int64_t bh_listeners_stop(struct bh_listeners *listeners);

#endif
