// SPDX-License-Identifier: Apache-2.0
#include "guard/directories.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/site_directories.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "store/reader.h"

#define LOOK_S 30    /* other processes add directories too, and nobody tells about those */
#define FAULT_S 1    /* after the database or the fetcher had no time */
#define ASKED_MAX 64 /* that somebody wants at once */
#define ARENA_FIRST 16384
#define ARENA_LIMIT (1u << 20)

struct asked {
    int64_t site;
    char directory_id[BH_ID_TEXT];
};

struct bh_directories {
    struct bh_app *app;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping, woken;
    struct asked asked[ASKED_MAX]; /* the oldest first */
    size_t asked_count;
};

/* ---- one fetch ------------------------------------------------------------------------------------------
 */

static bool is_json(struct bh_span media_type)
{
    static const char *const types[] = {
        "application/http-message-signatures-directory+json", "application/jwk-set+json", "application/json"};
    for (size_t i = 0; i < BH_COUNT(types); i++)
        if (bh_span_equal(media_type, bh_span_from(types[i])))
            return true;
    return false;
}

static struct bh_span explain_status(int status, struct bh_arena *arena)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_span copy = BH_SPAN("The directory did not answer with status 200.");
    bh_buf_init(&text, 64);
    bh_buf_addf(&text, "The directory answered with status %d.", status);
    if (text.failed || !bh_arena_copy(arena, bh_buf_span(&text), &copy))
        return BH_SPAN("The directory did not answer with status 200.");
    return copy;
}

bool bh_directory_judge(const struct bh_fetch_result *result, struct bh_span url, struct bh_arena *arena,
    struct bh_signature_key **ret_keys, size_t *ret_count, struct bh_span *ret_error)
{
    if (result->err != BH_OK)
        *ret_error = bh_span_from(bh_err_info(result->err)->text);
    else if (!bh_span_equal(result->url, url))
        *ret_error = BH_SPAN("The directory redirects, which a directory must not.");
    else if (result->status != 200)
        *ret_error = explain_status(result->status, arena);
    else if (!is_json(result->media_type))
        *ret_error = BH_SPAN("The directory's media type is not JSON.");
    else if (result->truncated)
        *ret_error = BH_SPAN("The directory is longer than 64 KB.");
    else if (!bh_key_directory_read(result->body, arena, ret_keys, ret_count))
        *ret_error = BH_SPAN("The directory has no Ed25519 key that could be used.");
    else
        return true;
    return false;
}

/* The fetch and whoever waits for it. */
struct waiting {
    struct bh_fetch fetch;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void note_done(struct bh_fetch *fetch)
{
    struct waiting *waiting = fetch->owner;
    pthread_mutex_lock(&waiting->lock);
    waiting->is_done = true;
    pthread_cond_signal(&waiting->done);
    pthread_mutex_unlock(&waiting->lock);
}

static void fetch_and_wait(struct bh_fetcher *fetcher, struct waiting *waiting)
{
    pthread_mutex_init(&waiting->lock, NULL);
    pthread_cond_init(&waiting->done, NULL);
    waiting->fetch.owner = waiting;
    waiting->fetch.done = note_done;
    waiting->fetch.want_body = true;
    bh_fetcher_submit(fetcher, &waiting->fetch);
    pthread_mutex_lock(&waiting->lock);
    while (!waiting->is_done)
        pthread_cond_wait(&waiting->done, &waiting->lock);
    pthread_mutex_unlock(&waiting->lock);
    pthread_cond_destroy(&waiting->done);
    pthread_mutex_destroy(&waiting->lock);
}

static enum bh_err parse_url(
    struct bh_app *app, struct bh_span origin, struct bh_arena *arena, struct bh_url *ret_url)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_url_policy policy = app->config->gateway_urls;
    policy.https_only = true;
    bh_buf_init(&text, BH_URL_MAX);
    bh_buf_add(&text, origin);
    bh_buf_add_text(&text, BH_DIRECTORY_PATH);
    return text.failed ? BH_ERR_NO_MEMORY : bh_url_parse(bh_buf_span(&text), &policy, arena, ret_url);
}

/* What became of one attempt, on its way through the committer. */
struct outcome {
    const struct bh_site_directory_record *directory;
    struct bh_span keys, error;
};

/*
 * Each success counts as a change of what checks answer, also with the keys of before: when they came is part
 * of it.
 */
static enum bh_err write_outcome(void *argument, const struct bh_commit_context *context)
{
    const struct outcome *outcome = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_site_record site;
    enum bh_err err = bh_site_directory_fetched(
        context->db, outcome->directory->id, outcome->keys, outcome->error, context->now_ms);
    if (err != BH_OK || bh_span_is_absent(outcome->keys))
        return err;
    bh_arena_init(&arena, ARENA_FIRST, ARENA_LIMIT);
    err = bh_site_find_by_id(context->db, outcome->directory->site, &arena, &site);
    return err == BH_OK ? bh_site_bump(context->db, site.account, site.id) : err;
}

static void fetch_keys(struct bh_app *app, struct waiting *waiting, struct outcome *outcome)
{
    struct bh_fetch *fetch = &waiting->fetch;
    struct bh_signature_key *keys = NULL;
    size_t count = 0;
    enum bh_err err = parse_url(app, outcome->directory->url, &fetch->arena, &fetch->url);
    if (err == BH_OK)
        fetch_and_wait(app->fetcher, waiting);
    else
        fetch->result.err = err;
    if (bh_directory_judge(&fetch->result, fetch->url.text, &fetch->arena, &keys, &count, &outcome->error) &&
        !bh_site_directory_keys_write(keys, count, &fetch->arena, &outcome->keys))
        outcome->error = bh_span_from(bh_err_info(BH_ERR_NO_MEMORY)->text);
}

/* A directory that was deleted meanwhile needs nothing any more. */
static enum bh_err refresh(struct bh_app *app, const struct bh_site_directory_record *directory)
{
    struct waiting waiting = {0};
    struct outcome outcome = {.directory = directory};
    enum bh_err err = bh_fetcher_enter(app->fetcher, 0);
    if (err != BH_OK)
        return err;
    bh_arena_init(&waiting.fetch.arena, ARENA_FIRST, ARENA_LIMIT);
    fetch_keys(app, &waiting, &outcome);
    bh_fetcher_leave(app->fetcher, 0);
    err = bh_committer_run(app->committer, write_outcome, NULL, &outcome);
    bh_arena_finish(&waiting.fetch.arena);
    return err == BH_ERR_DIRECTORY_NOT_FOUND || err == BH_ERR_SITE_NOT_FOUND ? BH_OK : err;
}

/* ---- which one is next ----------------------------------------------------------------------------------
 */

static bool take_asked(struct bh_directories *directories, struct asked *ret_asked)
{
    pthread_mutex_lock(&directories->lock);
    bool found = directories->asked_count > 0;
    if (found) {
        *ret_asked = directories->asked[0];
        directories->asked_count -= 1;
        memmove(directories->asked, directories->asked + 1,
            directories->asked_count * sizeof(directories->asked[0]));
    }
    pthread_mutex_unlock(&directories->lock);
    return found;
}

/* BH_ERR_NOT_FOUND when nothing is due. */
static enum bh_err find_next(struct bh_directories *directories, struct bh_arena *arena,
    struct bh_site_directory_record *ret_directory)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_site_directory_record *due = NULL;
    struct asked asked;
    size_t count = 0;
    int64_t now_ms = bh_clock_wall_ms();
    enum bh_err err = bh_reader_open(directories->app->store, &reader);
    if (err != BH_OK)
        return err;
    while (take_asked(directories, &asked)) {
        err = bh_site_directory_find(
            reader.db, asked.site, bh_span_from(asked.directory_id), arena, ret_directory);
        if (err == BH_OK && now_ms - ret_directory->attempted_at >= BH_DIRECTORY_PAUSE_MS)
            return BH_OK;
    }
    err = bh_site_directory_due(reader.db, now_ms - BH_DIRECTORY_EVERY_MS, 1, arena, &due, &count);
    if (err == BH_OK && count == 0)
        err = BH_ERR_NOT_FOUND;
    if (err == BH_OK)
        *ret_directory = due[0];
    return err;
}

static bool is_stopping(struct bh_directories *directories)
{
    pthread_mutex_lock(&directories->lock);
    bool stopping = directories->stopping;
    pthread_mutex_unlock(&directories->lock);
    return stopping;
}

static void pause_for(struct bh_directories *directories, int64_t seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&directories->lock);
    while (!directories->stopping && !directories->woken &&
           pthread_cond_timedwait(&directories->wake, &directories->lock, &until) != ETIMEDOUT)
        continue;
    directories->woken = false;
    pthread_mutex_unlock(&directories->lock);
}

static enum bh_err refresh_next(struct bh_directories *directories)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_site_directory_record directory;
    bh_arena_init(&arena, ARENA_FIRST, ARENA_LIMIT);
    enum bh_err err = find_next(directories, &arena, &directory);
    return err == BH_OK ? refresh(directories->app, &directory) : err;
}

static void *run(void *argument)
{
    struct bh_directories *directories = argument;
    while (!is_stopping(directories)) {
        enum bh_err err = refresh_next(directories);
        if (err == BH_ERR_NOT_FOUND)
            pause_for(directories, LOOK_S);
        else if (err != BH_OK) {
            bh_log(BH_LOG_WARN, "a key directory will be read later", "error", bh_err_info(err)->name, NULL);
            pause_for(directories, FAULT_S);
        }
    }
    return NULL;
}

/* ---- outside --------------------------------------------------------------------------------------------
 */

enum bh_err bh_directories_start(struct bh_app *app, struct bh_directories **ret_directories)
{
    struct bh_directories *directories = calloc(1, sizeof(*directories));
    if (directories == NULL)
        return BH_ERR_NO_MEMORY;
    directories->app = app;
    pthread_mutex_init(&directories->lock, NULL);
    pthread_cond_init(&directories->wake, NULL);
    if (pthread_create(&directories->thread, NULL, run, directories) != 0) {
        free(directories);
        return BH_ERR_THREADS;
    }
    *ret_directories = directories;
    return BH_OK;
}

void bh_directories_wake(struct bh_directories *directories)
{
    pthread_mutex_lock(&directories->lock);
    directories->woken = true;
    pthread_cond_signal(&directories->wake);
    pthread_mutex_unlock(&directories->lock);
}

static bool is_asked(const struct bh_directories *directories, struct bh_span directory_id)
{
    for (size_t i = 0; i < directories->asked_count; i++)
        if (bh_span_equal(bh_span_from(directories->asked[i].directory_id), directory_id))
            return true;
    return false;
}

enum bh_err bh_directories_ask(struct bh_directories *directories, int64_t site, struct bh_span directory_id)
{
    enum bh_err err = BH_OK;
    if (directory_id.len >= BH_ID_TEXT)
        return BH_ERR_DIRECTORY_NOT_FOUND;
    pthread_mutex_lock(&directories->lock);
    if (!is_asked(directories, directory_id)) {
        if (directories->asked_count == ASKED_MAX) {
            err = BH_ERR_OVERLOADED;
        } else {
            struct asked *asked = &directories->asked[directories->asked_count++];
            *asked = (struct asked){.site = site};
            memcpy(asked->directory_id, directory_id.data, directory_id.len);
        }
    }
    directories->woken = true;
    pthread_cond_signal(&directories->wake);
    pthread_mutex_unlock(&directories->lock);
    return err;
}

void bh_directories_stop(struct bh_directories *directories)
{
    if (directories == NULL)
        return;
    pthread_mutex_lock(&directories->lock);
    directories->stopping = true;
    pthread_cond_signal(&directories->wake);
    pthread_mutex_unlock(&directories->lock);
    pthread_join(directories->thread, NULL);
    pthread_cond_destroy(&directories->wake);
    pthread_mutex_destroy(&directories->lock);
    free(directories);
}
