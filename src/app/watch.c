// SPDX-License-Identifier: Apache-2.0
#include "app/watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "app/app.h"
#include "lib/clock.h"
#include "store/reader.h"

#define PAUSE_MS 20      /* at least, between two turns: under load each commit would be one */
#define POKED (1u << 31) /* beside what has changed */

struct bh_watch {
    struct bh_store *store;
    pthread_t thread;
    struct bh_waiter *waiters; /* the thread's own */
    int64_t due_ms;            /* the earliest of theirs */
    atomic_uint wanted;        /* by any of them */
    atomic_uint changed;       /* since the last turn */
    pthread_mutex_t lock;      /* for what follows, and for setting `changed` while the thread may sleep */
    pthread_cond_t wake;
    struct bh_waiter *newcomers;
    bool stopping;
};

/* INVARIANT: the thread looks at `changed` under the lock before it sleeps, so whoever made it other than 0
 * wakes it under the lock. */
static void add_change(struct bh_watch *watch, unsigned changed)
{
    if (atomic_fetch_or(&watch->changed, changed) != 0)
        return; /* somebody has woken it, and it has not looked yet */
    pthread_mutex_lock(&watch->lock);
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->lock);
}

/* On the committer's thread. */
static void on_commit(void *context, unsigned changed)
{
    struct bh_watch *watch = context;
    changed &= atomic_load_explicit(&watch->wanted, memory_order_acquire);
    if (changed != 0)
        add_change(watch, changed);
}

void bh_watch_poke(struct bh_watch *watch)
{
    add_change(watch, POKED);
}

bool bh_watch_park(struct bh_watch *watch, struct bh_waiter *waiter)
{
    waiter->due_ms = 0;
    pthread_mutex_lock(&watch->lock);
    bool parked = !watch->stopping;
    if (parked) {
        waiter->next = watch->newcomers;
        watch->newcomers = waiter;
        pthread_cond_signal(&watch->wake);
    }
    pthread_mutex_unlock(&watch->lock);
    return parked;
}

/* ---- the thread ---- */

static void sleep_until(struct bh_watch *watch, int64_t due_ms)
{
    const struct timespec until = {.tv_sec = due_ms / 1000, .tv_nsec = due_ms % 1000 * 1000000};
    if (due_ms == INT64_MAX)
        pthread_cond_wait(&watch->wake, &watch->lock);
    else
        pthread_cond_timedwait(&watch->wake, &watch->lock, &until);
}

static bool has_reason(const struct bh_watch *watch)
{
    return watch->stopping || watch->newcomers != NULL || atomic_load(&watch->changed) != 0 ||
           bh_clock_steady_ms() >= watch->due_ms;
}

/* Waits for a reason to look. Says whether this is the last turn. */
static bool wait_for_reason(struct bh_watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    while (!has_reason(watch))
        sleep_until(watch, watch->due_ms);
    while (watch->newcomers != NULL) {
        struct bh_waiter *waiter = watch->newcomers;
        watch->newcomers = waiter->next;
        waiter->next = watch->waiters;
        watch->waiters = waiter;
    }
    bool stopping = watch->stopping;
    pthread_mutex_unlock(&watch->lock);
    return stopping;
}

/* INVARIANT: `wanted` is told to the committer before the database is read. So what is committed later is
 * noticed, and what was committed before is seen. */
static void announce_wants(struct bh_watch *watch)
{
    unsigned wanted = 0;
    for (struct bh_waiter *at = watch->waiters; at != NULL; at = at->next)
        wanted |= atomic_load(&at->wants);
    atomic_store(&watch->wanted, wanted);
}

static void look(struct bh_watch *watch, const struct bh_watch_turn *turn, unsigned changed)
{
    watch->due_ms = INT64_MAX;
    for (struct bh_waiter **at = &watch->waiters; *at != NULL;) {
        struct bh_waiter *waiter = *at;
        struct bh_waiter *next = waiter->next;
        bool shall_look = turn->stopping || (changed & POKED) != 0 || turn->steady_ms >= waiter->due_ms ||
                          (changed & atomic_load(&waiter->wants)) != 0;
        int64_t delay_ms = shall_look ? waiter->look(waiter, turn) : 0;
        if (delay_ms == BH_WATCH_DONE) {
            *at = next;
            continue;
        }
        if (shall_look)
            waiter->due_ms = turn->steady_ms + delay_ms;
        if (waiter->due_ms < watch->due_ms)
            watch->due_ms = waiter->due_ms;
        at = &waiter->next;
    }
}

static void take_turn(struct bh_watch *watch, bool stopping)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    unsigned changed = atomic_exchange(&watch->changed, 0);
    announce_wants(watch);
    if (watch->waiters == NULL)
        return;
    enum bh_err err = bh_reader_open(watch->store, &reader);
    const struct bh_watch_turn turn = {.db = err == BH_OK ? reader.db : NULL,
        .now_ms = bh_clock_wall_ms(),
        .steady_ms = bh_clock_steady_ms(),
        .stopping = stopping};
    look(watch, &turn, changed);
}

static void *run(void *argument)
{
    struct bh_watch *watch = argument;
    bool stopping = false;
    while (!stopping) {
        stopping = wait_for_reason(watch);
        take_turn(watch, stopping);
        if (!stopping)
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    return NULL;
}

enum bh_err bh_watch_start(struct bh_app *app, struct bh_watch **ret_watch)
{
    struct bh_watch *watch = calloc(1, sizeof(*watch));
    if (watch == NULL)
        return BH_ERR_NO_MEMORY;
    watch->store = app->store;
    watch->due_ms = INT64_MAX;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watch->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&watch->lock, NULL);
    if (pthread_create(&watch->thread, NULL, run, watch) != 0) {
        free(watch);
        return BH_ERR_THREADS;
    }
    bh_committer_watch(app->committer, on_commit, watch);
    *ret_watch = watch;
    return BH_OK;
}

void bh_watch_stop(struct bh_watch *watch)
{
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    watch->stopping = true;
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
}

void bh_watch_destroy(struct bh_watch *watch)
{
    if (watch == NULL)
        return;
    pthread_cond_destroy(&watch->wake);
    pthread_mutex_destroy(&watch->lock);
    free(watch);
}
