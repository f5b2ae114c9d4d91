// SPDX-License-Identifier: Apache-2.0
/*
 * The one thread that writes. It takes all jobs that wait, at most BH_COMMIT_BATCH, runs them in one durable
 * transaction and only then tells their owners. There is no timer: whatever waits is the batch.
 *
 * A job that fails does not sink the others: a job marked `isolated` runs inside a savepoint; when another
 * one fails, the batch is rolled back and its jobs are run again one by one. When the database itself fails,
 * all fail. So `apply` may run more than once and must start from the job's input each time.
 */
#ifndef BH_COMMIT_COMMITTER_H
#define BH_COMMIT_COMMITTER_H

#include "store/audit.h"
#include "store/authority.h"
#include "store/store.h"

#define BH_COMMIT_BATCH 512
#define BH_COMMIT_QUEUE_LIMIT 65536

struct bh_commit_job;
struct bh_outbox;
struct bh_touches;

/* What a transaction has changed, for those who wait for it. */
enum {
    BH_CHANGED_AUDIT = 1,     /* rows were appended */
    BH_CHANGED_APPROVALS = 2, /* perhaps: set by jobs that decide, and for every isolated job */
    BH_CHANGED_EVENTS = 4,    /* the outbox has more */
};

/* What a job may use while it runs. */
struct bh_commit_context {
    struct bh_db *db;
    struct bh_audit_log *audit;
    struct bh_touches *touches;
    struct bh_outbox *outbox;
    int64_t now_ms;      /* wall clock, read once for the batch */
    int64_t epoch;       /* changes whenever what was read before may have been changed by another job */
    bool policy_changed; /* a job of this transaction may have changed policy, and may yet be undone */
    unsigned *changed;   /* a job adds what it has changed; of AUDIT and EVENTS the committer knows itself */
};

struct bh_commit_job {
    struct bh_commit_job *next;
    /* On the committer thread, inside the transaction. */
    enum bh_err (*apply)(struct bh_commit_job *job, const struct bh_commit_context *context);
    /* On the committer thread, once, after COMMIT (BH_OK) or after nothing was written (the error). */
    void (*done)(struct bh_commit_job *job, enum bh_err result);
    bool isolated;
    enum bh_err result; /* the committer's */
};

struct bh_committer;

/* Takes over the store's writer connection and starts the thread. */
BH_MUST_USE
enum bh_err bh_committer_start(
    struct bh_store *store, const struct bh_server_key *key, struct bh_committer **ret_committer);
/* Runs what is queued, then ends the thread. */
void bh_committer_stop(struct bh_committer *committer);
/* BH_ERR_OVERLOADED when the queue is full; then `done` is not called. */
BH_MUST_USE
enum bh_err bh_committer_submit(struct bh_committer *committer, struct bh_commit_job *job);
/* Jobs that wait. Any thread. */
size_t bh_committer_queue_length(struct bh_committer *committer);

#define BH_COMMIT_WATCHERS 4
/*
 * From now on `notice` is called on the committer thread after each COMMIT, before the jobs are done, with
 * what has changed (never 0). It must not block. At most BH_COMMIT_WATCHERS, asserted; each must live until
 * bh_committer_stop().
 */
void bh_committer_watch(
    struct bh_committer *committer, void (*notice)(void *context, unsigned changed), void *context);

/*
 * Runs `write` in a transaction and waits for it: for threads that may block. `committed` (or NULL) is called
 * on the committer thread after COMMIT, before this returns and before any later job.
 */
BH_MUST_USE
enum bh_err bh_committer_run(struct bh_committer *committer,
    enum bh_err (*write)(void *argument, const struct bh_commit_context *context),
    void (*committed)(void *argument), void *argument);
/*
 * As above, for what somebody asked for: bh_authority_check() comes first in the transaction, and its error
 * is the result.
 */
BH_MUST_USE
enum bh_err bh_committer_run_for(struct bh_committer *committer, const struct bh_authority *authority,
    enum bh_err (*write)(void *argument, const struct bh_commit_context *context),
    void (*committed)(void *argument), void *argument);

#endif
