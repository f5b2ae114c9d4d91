// SPDX-License-Identifier: Apache-2.0
#include "commit/committer.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "commit/outbox.h"
#include "commit/queue.h"
#include "commit/touches.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/metrics.h"

struct watcher {
    void (*notice)(void *context, unsigned changed);
    void *context;
};

struct bh_committer {
    struct bh_commit_queue queue;
    struct bh_db *db;
    struct bh_audit_log *audit;
    struct bh_touches touches;
    struct bh_outbox outbox;
    int64_t epoch;
    unsigned changed; /* by the transaction that runs */
    int64_t jobs;     /* of the same */
    struct watcher watchers[BH_COMMIT_WATCHERS];
    atomic_uint watcher_count; /* those below it do not change any more */
    enum bh_err last_failure;  /* so that a full disk is logged once, not once per batch */
    pthread_t thread;
};

/*
 * The database itself is in trouble: running the jobs one by one would only fail as often. Damage is none of
 * this: it may be one row, and only the job that needs it must fail.
 */
static bool is_store_failure(enum bh_err err)
{
    return err == BH_ERR_STORE_FULL || err == BH_ERR_STORE_UNAVAILABLE || err == BH_ERR_STORE_BUSY;
}

static enum bh_err apply_isolated(struct bh_commit_job *job, const struct bh_commit_context *context)
{
    enum bh_err err = bh_db_savepoint(context->db);
    if (err != BH_OK)
        return err;
    job->result = job->apply(job, context);
    if (job->result == BH_OK)
        return bh_db_savepoint_release(context->db);
    if (is_store_failure(job->result))
        return job->result;
    return bh_db_savepoint_rollback(context->db);
}

/* Returns an error only when the transaction cannot go on. */
static enum bh_err apply_jobs(struct bh_committer *committer, struct bh_commit_job *jobs)
{
    struct bh_commit_context context = {.db = committer->db,
        .audit = committer->audit,
        .touches = &committer->touches,
        .outbox = &committer->outbox,
        .now_ms = bh_clock_wall_ms(),
        .epoch = ++committer->epoch,
        .changed = &committer->changed};
    enum bh_err err = BH_OK;
    committer->outbox.added = false;
    committer->changed = 0;
    committer->jobs = 0;
    for (struct bh_commit_job *job = jobs; job != NULL && err == BH_OK; job = job->next) {
        committer->jobs++;
        if (job->isolated) {
            err = apply_isolated(job, &context);
            context.epoch = ++committer->epoch;
            context.policy_changed = true;
            committer->changed |= BH_CHANGED_APPROVALS;
        } else {
            err = job->result = job->apply(job, &context);
        }
    }
    return err;
}

static void tell_watchers(struct bh_committer *committer, bool appended)
{
    unsigned changed = committer->changed;
    changed |= appended ? BH_CHANGED_AUDIT : 0;
    changed |= committer->outbox.added ? BH_CHANGED_EVENTS : 0;
    unsigned count = atomic_load_explicit(&committer->watcher_count, memory_order_acquire);
    for (unsigned i = 0; changed != 0 && i < count; i++)
        committer->watchers[i].notice(committer->watchers[i].context, changed);
}

static void measure(const struct bh_committer *committer, int64_t began_ns)
{
    bh_histogram_add(BH_HISTOGRAM_COMMIT_JOBS, committer->jobs);
    bh_histogram_add(BH_HISTOGRAM_COMMIT_NS, bh_clock_steady_ns() - began_ns);
}

static enum bh_err run_transaction(struct bh_committer *committer, struct bh_commit_job *jobs)
{
    int64_t began_ns = bh_clock_steady_ns();
    int64_t first = bh_audit_next_id(committer->audit);
    enum bh_err err = bh_db_begin(committer->db);
    if (err == BH_OK)
        err = apply_jobs(committer, jobs);
    if (err == BH_OK)
        err = bh_audit_flush(committer->audit);
    if (err == BH_OK)
        err = bh_db_commit(committer->db);
    if (err == BH_OK) {
        bh_audit_committed(committer->audit);
        measure(committer, began_ns);
        tell_watchers(committer, bh_audit_next_id(committer->audit) != first);
        return BH_OK;
    }
    bh_db_rollback(committer->db);
    bh_audit_rolled_back(committer->audit);
    return err;
}

static void note_result(struct bh_committer *committer, enum bh_err err)
{
    if (is_store_failure(err))
        bh_counter_add(BH_COUNTER_COMMIT_FAILED, 1);
    if (err == committer->last_failure)
        return;
    if (err == BH_ERR_STORE_CORRUPT)
        bh_log(BH_LOG_ERROR, "what is stored is damaged: what needs it fails", NULL);
    else if (is_store_failure(err))
        bh_log(BH_LOG_ERROR, "the database cannot record: denying", "error", bh_err_info(err)->name, NULL);
    else if (err == BH_OK && is_store_failure(committer->last_failure))
        bh_log(BH_LOG_INFO, "the database records again", NULL);
    if (err == BH_OK || is_store_failure(err))
        committer->last_failure = err;
}

static void finish_jobs(struct bh_commit_job *jobs)
{
    while (jobs != NULL) {
        struct bh_commit_job *next = jobs->next; /* the job belongs to its owner once done is called */
        jobs->done(jobs, jobs->result);
        jobs = next;
    }
}

/* Each job in a transaction of its own; once the database itself fails, the rest fails with it. */
static void run_one_by_one(struct bh_committer *committer, struct bh_commit_job *jobs)
{
    enum bh_err err = BH_OK;
    while (jobs != NULL) {
        struct bh_commit_job *next = jobs->next;
        jobs->next = NULL;
        if (!is_store_failure(err)) {
            err = run_transaction(committer, jobs);
            note_result(committer, err);
        }
        if (err != BH_OK)
            jobs->result = err;
        finish_jobs(jobs);
        jobs = next;
    }
}

static void run_batch(struct bh_committer *committer, struct bh_commit_job *jobs)
{
    enum bh_err err = run_transaction(committer, jobs);
    if (err != BH_OK && !is_store_failure(err)) {
        run_one_by_one(committer, jobs);
        return;
    }
    note_result(committer, err);
    for (struct bh_commit_job *job = jobs; job != NULL && err != BH_OK; job = job->next)
        job->result = err;
    finish_jobs(jobs);
}

static void *run(void *argument)
{
    struct bh_committer *committer = argument;
    struct bh_commit_job *jobs;
    while ((jobs = bh_commit_queue_take(&committer->queue, BH_COMMIT_BATCH)) != NULL) {
        run_batch(committer, jobs);
        bh_touches_flush_due(&committer->touches, committer->db, bh_clock_wall_ms());
    }
    bh_touches_flush(&committer->touches, committer->db);
    return NULL;
}

enum bh_err bh_committer_start(
    struct bh_store *store, const struct bh_server_key *key, struct bh_committer **ret_committer)
{
    struct bh_committer *committer = calloc(1, sizeof(*committer));
    if (committer == NULL)
        return BH_ERR_NO_MEMORY;
    committer->db = bh_store_writer(store);
    enum bh_err err = bh_audit_log_open(committer->db, key, &committer->audit);
    if (err != BH_OK) {
        free(committer);
        return err;
    }
    bh_commit_queue_init(&committer->queue, BH_COMMIT_QUEUE_LIMIT);
    if (pthread_create(&committer->thread, NULL, run, committer) != 0) {
        bh_commit_queue_finish(&committer->queue);
        bh_audit_log_close(committer->audit);
        free(committer);
        return BH_ERR_NO_MEMORY;
    }
    *ret_committer = committer;
    return BH_OK;
}

void bh_committer_stop(struct bh_committer *committer)
{
    if (committer == NULL)
        return;
    bh_commit_queue_close(&committer->queue);
    pthread_join(committer->thread, NULL);
    bh_commit_queue_finish(&committer->queue);
    bh_outbox_finish(&committer->outbox);
    bh_audit_log_close(committer->audit);
    free(committer);
}

enum bh_err bh_committer_submit(struct bh_committer *committer, struct bh_commit_job *job)
{
    return bh_commit_queue_push(&committer->queue, job) ? BH_OK : BH_ERR_OVERLOADED;
}

size_t bh_committer_queue_length(struct bh_committer *committer)
{
    return bh_commit_queue_length(&committer->queue);
}

void bh_committer_watch(
    struct bh_committer *committer, void (*notice)(void *context, unsigned changed), void *context)
{
    unsigned count = atomic_load(&committer->watcher_count);
    assert(count < BH_COMMIT_WATCHERS);
    committer->watchers[count] = (struct watcher){notice, context};
    atomic_store_explicit(&committer->watcher_count, count + 1, memory_order_release);
}

struct waiting_job {
    struct bh_commit_job job;
    const struct bh_authority *authority;
    enum bh_err (*write)(void *argument, const struct bh_commit_context *context);
    void (*committed)(void *argument);
    void *argument;
    pthread_mutex_t lock;
    pthread_cond_t finished_signal;
    bool finished;
};

static enum bh_err apply_waiting(struct bh_commit_job *job, const struct bh_commit_context *context)
{
    struct waiting_job *waiting = (struct waiting_job *)job;
    enum bh_err err = bh_authority_check(context->db, waiting->authority);
    return err == BH_OK ? waiting->write(waiting->argument, context) : err;
}

static void finish_waiting(struct bh_commit_job *job, enum bh_err result)
{
    struct waiting_job *waiting = (struct waiting_job *)job;
    if (result == BH_OK && waiting->committed != NULL)
        waiting->committed(waiting->argument);
    pthread_mutex_lock(&waiting->lock);
    waiting->finished = true;
    pthread_cond_signal(&waiting->finished_signal);
    pthread_mutex_unlock(&waiting->lock);
}

enum bh_err bh_committer_run_for(struct bh_committer *committer, const struct bh_authority *authority,
    enum bh_err (*write)(void *argument, const struct bh_commit_context *context),
    void (*committed)(void *argument), void *argument)
{
    struct waiting_job waiting = {
        .job = {.apply = apply_waiting, .done = finish_waiting, .isolated = true},
        .authority = authority,
        .write = write,
        .committed = committed,
        .argument = argument,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .finished_signal = PTHREAD_COND_INITIALIZER,
    };
    enum bh_err err = bh_committer_submit(committer, &waiting.job);
    if (err != BH_OK)
        return err;
    pthread_mutex_lock(&waiting.lock);
    while (!waiting.finished)
        pthread_cond_wait(&waiting.finished_signal, &waiting.lock);
    pthread_mutex_unlock(&waiting.lock);
    return waiting.job.result;
}

enum bh_err bh_committer_run(struct bh_committer *committer,
    enum bh_err (*write)(void *argument, const struct bh_commit_context *context),
    void (*committed)(void *argument), void *argument)
{
    return bh_committer_run_for(committer, NULL, write, committed, argument);
}
