// SPDX-License-Identifier: Apache-2.0
/*
 * The thread on which answers wait for something to change: no pool thread is held, however many wait.
 *
 * The committer tells it what each transaction has changed. As other processes can change the database too,
 * each waiter is also looked at whenever the time comes that it asked for.
 */
#ifndef BH_APP_WATCH_H
#define BH_APP_WATCH_H

#include <stdatomic.h>

#include "commit/committer.h"

#define BH_WATCH_LOOK_MS 1000 /* how soon a waiter notices what another process has changed */
#define BH_WATCH_DONE (-1)

struct bh_app;
struct bh_watch;

/* One turn of the thread. */
struct bh_watch_turn {
    struct bh_db *db; /* in a read transaction; NULL when the database cannot be read */
    int64_t now_ms;   /* wall clock */
    int64_t steady_ms;
    bool stopping; /* the last turn: every waiter must be done with it */
};

struct bh_waiter {
    struct bh_waiter *next; /* the watch's */
    int64_t due_ms;         /* the watch's */
    atomic_uint wants;      /* BH_CHANGED_...: look when one of these has changed */
    /*
     * On the watch's thread: looks whether what it waits for has come. Says in how many milliseconds it shall
     * look in any case; or BH_WATCH_DONE, and the watch does not touch it again.
     */
    int64_t (*look)(struct bh_waiter *waiter, const struct bh_watch_turn *turn);
};

BH_MUST_USE
enum bh_err bh_watch_start(struct bh_app *app, struct bh_watch **ret_watch);
/* Has every waiter look a last time, then ends the thread. Accepts NULL. */
void bh_watch_stop(struct bh_watch *watch);
/* After the committer has stopped. Accepts NULL. */
void bh_watch_destroy(struct bh_watch *watch);

/* Any thread. The waiter looks soon, and then goes on until it is done. False when the watch has stopped. */
BH_MUST_USE
bool bh_watch_park(struct bh_watch *watch, struct bh_waiter *waiter);
/* Any thread: all waiters look soon. */
void bh_watch_poke(struct bh_watch *watch);

#endif
