// SPDX-License-Identifier: Apache-2.0
#include "guard/directories.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "app/app.h"
#include "app/site_directories.h"
#include "guard/directory.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "store/reader.h"

#define LOOK_MS INT64_C(30000) /* other processes add directories too, and nobody tells about those */
#define BUSY_MS INT64_C(1000)  /* the fetcher has no place */
#define FAULT_MS INT64_C(1000) /* after the first failure of the database, then twice that */
#define FAULT_MAX_MS INT64_C(300000)
#define CLAIM_MS INT64_C(60000) /* no fetch takes that long; so long a crash delays the next attempt */
#define ARENA_FIRST 16384
#define ARENA_LIMIT (1u << 20)

_Static_assert(BH_DIRECTORIES_AT_ONCE <= BH_FETCH_ACCOUNT_PLACES, "the fetcher has a place for each");

/* One directory while it is fetched. */
struct flight {
    struct bh_directories *directories;
    struct bh_site_directory_record directory;
    int64_t account;       /* 0 = none is fetched here */
    bool is_done;          /* under the lock */
    struct bh_fetch fetch; /* all texts are in its arena */
};

struct bh_directories {
    struct bh_app *app;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_stopping, is_woken; /* under the lock */
    /* The thread's own: */
    struct flight flights[BH_DIRECTORIES_AT_ONCE];
    int64_t fault_ms, fault_until; /* nothing is begun until then, of the steady clock */
};

/* ---- what others say ------------------------------------------------------------------------------------
 */

static bool is_stopping(struct bh_directories *directories)
{
    pthread_mutex_lock(&directories->lock);
    bool stopping = directories->is_stopping;
    pthread_mutex_unlock(&directories->lock);
    return stopping;
}

static bool is_done(struct flight *flight)
{
    pthread_mutex_lock(&flight->directories->lock);
    bool done = flight->is_done;
    pthread_mutex_unlock(&flight->directories->lock);
    return done;
}

void bh_directories_wake(struct bh_directories *directories)
{
    pthread_mutex_lock(&directories->lock);
    directories->is_woken = true;
    pthread_cond_signal(&directories->wake);
    pthread_mutex_unlock(&directories->lock);
}

/* On the fetch thread. */
static void note_done(struct bh_fetch *fetch)
{
    struct flight *flight = fetch->owner;
    struct bh_directories *directories = flight->directories;
    pthread_mutex_lock(&directories->lock);
    flight->is_done = true;
    directories->is_woken = true;
    pthread_cond_signal(&directories->wake);
    pthread_mutex_unlock(&directories->lock);
}

static void wait_for_news(struct bh_directories *directories, int64_t wait_ms)
{
    struct timespec until;
    int waited = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&directories->lock);
    while (!directories->is_woken && waited == 0)
        waited = pthread_cond_timedwait(&directories->wake, &directories->lock, &until);
    directories->is_woken = false;
    pthread_mutex_unlock(&directories->lock);
}

/* Several failures at the same time are one. */
static void note_fault(struct bh_directories *directories, enum bh_err err)
{
    int64_t now_ms = bh_clock_steady_ms();
    if (now_ms < directories->fault_until)
        return;
    int64_t wait_ms = directories->fault_ms == 0 ? FAULT_MS : directories->fault_ms * 2;
    directories->fault_ms = wait_ms < FAULT_MAX_MS ? wait_ms : FAULT_MAX_MS;
    directories->fault_until = now_ms + directories->fault_ms;
    bh_log(BH_LOG_WARN, "key directories will be read later", "error", bh_err_info(err)->name, NULL);
}

/* ---- the end of a fetch ---------------------------------------------------------------------------------
 */

/* What became of one attempt, on its way through the committer. */
struct outcome {
    const struct flight *flight;
    struct bh_span keys, error;
};

/*
 * Each success counts as a change of what checks answer, also with the keys of before: when they came is part
 * of it.
 */
static enum bh_err write_outcome(void *argument, const struct bh_commit_context *context)
{
    const struct outcome *outcome = argument;
    const struct flight *flight = outcome->flight;
    int64_t failures = bh_span_is_absent(outcome->keys) ? flight->directory.failures + 1 : 0;
    const struct bh_directory_outcome record = {.site = flight->directory.site,
        .directory_id = flight->directory.directory_id,
        .keys = outcome->keys,
        .error = outcome->error,
        .failures = failures,
        .next_at = context->now_ms + bh_directory_wait_ms(failures),
        .asked_at = bh_directory_asked_at(context->now_ms, context->now_ms)};
    enum bh_err err = bh_site_directory_fetched(context->db, &record, context->now_ms);
    if (err != BH_OK || failures > 0)
        return err;
    return bh_site_bump(context->db, flight->account, flight->directory.site);
}

static void record(struct bh_directories *directories, struct flight *flight)
{
    struct bh_fetch *fetch = &flight->fetch;
    struct outcome outcome = {.flight = flight};
    struct bh_signature_key *keys = NULL;
    size_t count = 0;
    if (bh_directory_judge(&fetch->result, fetch->url.text, &fetch->arena, &keys, &count, &outcome.error) &&
        !bh_site_directory_keys_write(keys, count, &fetch->arena, &outcome.keys))
        outcome.error = bh_span_from(bh_err_info(BH_ERR_NO_MEMORY)->text);
    enum bh_err err = bh_committer_run(directories->app->committer, write_outcome, NULL, &outcome);
    /* One that was deleted meanwhile needs nothing any more. */
    if (err == BH_OK || err == BH_ERR_DIRECTORY_NOT_FOUND)
        directories->fault_ms = 0;
    else
        note_fault(directories, err);
}

/* What has ended while the server stops was cut off perhaps, which says nothing about the directory. */
static void conclude_done(struct bh_directories *directories)
{
    for (size_t i = 0; i < BH_DIRECTORIES_AT_ONCE; i++) {
        struct flight *flight = &directories->flights[i];
        if (flight->account == 0 || !is_done(flight))
            continue;
        bh_fetcher_leave(directories->app->fetcher, 0);
        if (!is_stopping(directories))
            record(directories, flight);
        bh_arena_finish(&flight->fetch.arena);
        *flight = (struct flight){.directories = directories};
    }
}

/* ---- the beginning of a fetch ---------------------------------------------------------------------------
 */

static struct flight *find_free(struct bh_directories *directories)
{
    for (size_t i = 0; i < BH_DIRECTORIES_AT_ONCE; i++)
        if (directories->flights[i].account == 0)
            return &directories->flights[i];
    return NULL;
}

static struct bh_directory_turn take_stock(const struct bh_directories *directories)
{
    int64_t now_ms = bh_clock_wall_ms();
    struct bh_directory_turn turn = {.now_ms = now_ms, .latest_ms = now_ms + 2 * BH_DIRECTORY_EVERY_MS};
    for (size_t i = 0; i < BH_DIRECTORIES_AT_ONCE; i++)
        turn.busy[i] = directories->flights[i].account;
    return turn;
}

/* What one look at the database is to find. */
struct find {
    struct bh_site_directory_record directory;
    int64_t account; /* 0 = nothing is due */
    int64_t wait_ms; /* then: until something is */
};

static enum bh_err find_next(
    struct bh_directories *directories, struct bh_arena *arena, struct find *ret_find)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    const struct bh_directory_turn turn = take_stock(directories);
    int64_t next_at;
    enum bh_err err = bh_reader_open(directories->app->store, &reader);
    if (err != BH_OK)
        return err;
    ret_find->account = 0;
    ret_find->wait_ms = LOOK_MS;
    err = bh_site_directory_next(reader.db, &turn, arena, &ret_find->directory, &ret_find->account);
    if (err != BH_ERR_NOT_FOUND)
        return err;
    err = bh_site_directory_soonest(reader.db, &turn, &next_at);
    if (err == BH_OK && next_at - turn.now_ms < LOOK_MS)
        ret_find->wait_ms = next_at - turn.now_ms;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

/* Before anything is fetched: what cannot be recorded must not be fetched again and again. */
static enum bh_err write_claim(void *argument, const struct bh_commit_context *context)
{
    const struct find *find = argument;
    return bh_site_directory_claim(
        context->db, find->account, &find->directory, context->now_ms, context->now_ms + CLAIM_MS);
}

static void take_off(struct bh_directories *directories, struct flight *flight, const struct find *find)
{
    struct bh_fetch *fetch = &flight->fetch;
    flight->directory = find->directory;
    flight->account = find->account;
    fetch->want_body = true;
    fetch->owner = flight;
    fetch->done = note_done;
    fetch->result.err = bh_directory_url(
        find->directory.url, &directories->app->config->gateway_urls, &fetch->arena, &fetch->url);
    if (fetch->result.err == BH_OK)
        bh_fetcher_submit(directories->app->fetcher, fetch);
    else
        note_done(fetch);
}

/* Whoever has a place of the fetcher begins with the next, if one is due; *ret_wait_ms 0 = there may be more.
 */
static enum bh_err begin(struct bh_directories *directories, struct flight *flight, int64_t *ret_wait_ms)
{
    struct find find = {0};
    bh_arena_init(&flight->fetch.arena, ARENA_FIRST, ARENA_LIMIT);
    enum bh_err err = find_next(directories, &flight->fetch.arena, &find);
    if (err == BH_OK && find.account != 0)
        err = bh_committer_run(directories->app->committer, write_claim, NULL, &find);
    if (err == BH_OK && find.account != 0) {
        take_off(directories, flight, &find);
        *ret_wait_ms = 0;
        return BH_OK;
    }
    bh_arena_finish(&flight->fetch.arena);
    bh_fetcher_leave(directories->app->fetcher, 0);
    *flight = (struct flight){.directories = directories};
    if (err == BH_OK || err == BH_ERR_DIRECTORY_NOT_FOUND) /* deleted just now */
        *ret_wait_ms = err == BH_OK ? find.wait_ms : 0;
    return err == BH_ERR_DIRECTORY_NOT_FOUND ? BH_OK : err;
}

/* Gives how long there is nothing to begin, unless there is news. */
static int64_t begin_all(struct bh_directories *directories)
{
    int64_t wait_ms = 0;
    while (wait_ms <= 0 && !is_stopping(directories)) {
        struct flight *flight = find_free(directories);
        int64_t fault_ms = directories->fault_until - bh_clock_steady_ms();
        if (fault_ms > 0)
            return fault_ms;
        if (flight == NULL)
            return LOOK_MS;
        if (bh_fetcher_enter(directories->app->fetcher, 0) != BH_OK)
            return BUSY_MS;
        enum bh_err err = begin(directories, flight, &wait_ms);
        if (err != BH_OK)
            note_fault(directories, err);
    }
    return wait_ms;
}

static bool is_in_the_air(const struct bh_directories *directories)
{
    for (size_t i = 0; i < BH_DIRECTORIES_AT_ONCE; i++)
        if (directories->flights[i].account != 0)
            return true;
    return false;
}

static void *run(void *argument)
{
    struct bh_directories *directories = argument;
    while (!is_stopping(directories)) {
        conclude_done(directories);
        wait_for_news(directories, begin_all(directories));
    }
    for (conclude_done(directories); is_in_the_air(directories); conclude_done(directories))
        wait_for_news(directories, LOOK_MS);
    return NULL;
}

/* ---- start and stop -------------------------------------------------------------------------------------
 */

static void release(struct bh_directories *directories)
{
    pthread_cond_destroy(&directories->wake);
    pthread_mutex_destroy(&directories->lock);
    free(directories);
}

/* The clock of the waiting never goes back. */
static void init_lock(struct bh_directories *directories)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&directories->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&directories->lock, NULL);
}

enum bh_err bh_directories_start(struct bh_app *app, struct bh_directories **ret_directories)
{
    struct bh_directories *directories = calloc(1, sizeof(*directories));
    if (directories == NULL)
        return BH_ERR_NO_MEMORY;
    directories->app = app;
    for (size_t i = 0; i < BH_DIRECTORIES_AT_ONCE; i++)
        directories->flights[i].directories = directories;
    init_lock(directories);
    if (pthread_create(&directories->thread, NULL, run, directories) != 0) {
        release(directories);
        return BH_ERR_THREADS;
    }
    *ret_directories = directories;
    return BH_OK;
}

void bh_directories_stop(struct bh_directories *directories)
{
    if (directories == NULL)
        return;
    pthread_mutex_lock(&directories->lock);
    directories->is_stopping = true;
    pthread_mutex_unlock(&directories->lock);
    bh_directories_wake(directories);
}

void bh_directories_destroy(struct bh_directories *directories)
{
    if (directories == NULL)
        return;
    pthread_join(directories->thread, NULL);
    release(directories);
}
