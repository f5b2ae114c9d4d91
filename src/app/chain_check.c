// SPDX-License-Identifier: Apache-2.0
#include "app/chain_check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "store/audit_pass.h"
#include "store/reader.h"

#define NAMES 1024
#define NICENESS 10

struct bh_chain_check {
    struct bh_store *store;
    const struct bh_server_key *key;
    /* Of whoever takes the turns: */
    struct bh_audit_pass *pass;    /* NULL before the first, and while a broken log waits for the next */
    int64_t began_ms;              /* steady */
    bool has_begun, has_ended;     /* it has come to the end, and follows what is new */
    struct bh_audit_finding first; /* of this pass; kind and rows */
    bool found;                    /* something that is no erasure */
    bool was_through;              /* a pass has come to the end */
    bool is_broken, is_unreadable;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t wake;
    bool stopping;
    struct bh_chain_status status;
};

static void on_finding(void *context, const struct bh_audit_finding *finding)
{
    struct bh_chain_check *check = context;
    if (finding->kind == BH_AUDIT_ERASED || check->found)
        return;
    check->first = *finding;
    check->found = true;
}

/* 0 when the finding is about no single row that is there. */
static int64_t row_of(const struct bh_audit_finding *finding)
{
    switch (finding->kind) {
    case BH_AUDIT_ALTERED:
    case BH_AUDIT_UNRECORDED:
    case BH_AUDIT_NOT_ERASED:
    case BH_AUDIT_EXECUTION_MISSING:
    case BH_AUDIT_EXECUTION_ALTERED:
    case BH_AUDIT_EXECUTION_STRAY:
        return finding->first;
    case BH_AUDIT_MISSING:
    case BH_AUDIT_ERASED:
    case BH_AUDIT_HEAD_BROKEN:
    case BH_AUDIT_CHECKPOINT_BROKEN:
    case BH_AUDIT_TRAIL_BROKEN:
    default:
        return 0;
    }
}

static void tell_broken(const struct bh_chain_check *check)
{
    char row[24];
    snprintf(row, sizeof(row), "%lld", (long long)check->first.first);
    bh_log(BH_LOG_ERROR, "the audit log is not intact: run behalf audit verify",
        check->found ? "first" : NULL, row, NULL);
}

static enum bh_err begin_pass(struct bh_chain_check *check, int64_t steady_ms)
{
    const struct bh_audit_pass_options options = {
        .key = check->key, .names = NAMES, .on_finding = on_finding, .context = check};
    bh_audit_pass_destroy(check->pass);
    check->pass = NULL;
    check->found = check->has_ended = false;
    enum bh_err err = bh_audit_pass_create(&options, &check->pass);
    check->has_begun = err == BH_OK;
    check->began_ms = steady_ms;
    return err;
}

static enum bh_err step(struct bh_chain_check *check, bool *ret_at_end)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(check->store, &reader);
    return err == BH_OK ? bh_audit_pass_step(check->pass, reader.db, BH_CHAIN_STEP_ROWS, ret_at_end) : err;
}

static enum bh_chain_state state_of(const struct bh_chain_check *check)
{
    if (check->is_broken)
        return BH_CHAIN_BROKEN;
    if (check->is_unreadable)
        return BH_CHAIN_UNKNOWN;
    return check->was_through ? BH_CHAIN_VERIFIED : BH_CHAIN_VERIFYING;
}

/* While a later pass is on its way, what an earlier one has checked stays checked. */
static void publish(struct bh_chain_check *check, bool is_wrong, bool at_end, int64_t wall_ms)
{
    int64_t through = check->pass == NULL ? 0 : bh_audit_pass_through(check->pass);
    pthread_mutex_lock(&check->lock);
    check->status.state = state_of(check);
    check->status.broken_row = check->is_broken ? check->status.broken_row : 0;
    if (is_wrong) {
        int64_t row = check->found ? row_of(&check->first) : 0;
        check->status.broken_row = row;
        check->status.through = row > 0 && row <= through ? row - 1 : through;
    } else if (through > check->status.through || at_end) {
        check->status.through = through;
    }
    if (at_end)
        check->status.verified_at = wall_ms;
    pthread_mutex_unlock(&check->lock);
}

/* A step that could not be read to its end has not told all yet: what it goes on with tells the rest. */
static bool pass_is_wrong(const struct bh_chain_check *check, enum bh_err err)
{
    struct bh_audit_report report;
    if (check->found || err != BH_OK)
        return check->found;
    bh_audit_pass_report(check->pass, &report);
    return !report.intact;
}

/* Never before the end, or a log that takes longer than a day would never be seen whole. */
static bool begins_again(const struct bh_chain_check *check, int64_t steady_ms)
{
    if (!check->has_begun)
        return true;
    return (check->pass == NULL || check->has_ended) && steady_ms - check->began_ms >= BH_CHAIN_AGAIN_MS;
}

int64_t bh_chain_check_turn(struct bh_chain_check *check, int64_t wall_ms, int64_t steady_ms)
{
    bool at_end = false;
    enum bh_err err = BH_OK;
    if (begins_again(check, steady_ms))
        err = begin_pass(check, steady_ms);
    else if (check->pass == NULL)
        return BH_CHAIN_IDLE_MS;
    if (err == BH_OK)
        err = step(check, &at_end);
    if (err == BH_ERR_STORE_BUSY) /* all readers are lent: that says nothing about the log */
        return BH_CHAIN_STEP_MS;
    check->is_unreadable = err != BH_OK;
    bool is_wrong = pass_is_wrong(check, err);
    if (is_wrong) {
        if (!check->is_broken)
            tell_broken(check);
        check->is_broken = true;
        check->was_through = false;
        at_end = false;
    } else if (err == BH_OK && at_end) {
        check->is_broken = false;
        check->was_through = check->has_ended = true;
    }
    publish(check, is_wrong, at_end, wall_ms);
    if (is_wrong) {
        bh_audit_pass_destroy(check->pass);
        check->pass = NULL;
    }
    return err != BH_OK || at_end || check->pass == NULL ? BH_CHAIN_IDLE_MS : BH_CHAIN_STEP_MS;
}

/* ---- the thread ---- */

/* False when it is to stop. */
static bool rest(struct bh_chain_check *check, int64_t pause_ms)
{
    int64_t until_ms = bh_clock_steady_ms() + pause_ms;
    const struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    pthread_mutex_lock(&check->lock);
    while (!check->stopping && bh_clock_steady_ms() < until_ms)
        pthread_cond_timedwait(&check->wake, &check->lock, &until);
    bool goes_on = !check->stopping;
    pthread_mutex_unlock(&check->lock);
    return goes_on;
}

static void *run(void *argument)
{
    struct bh_chain_check *check = argument;
    int64_t pause_ms = 0;
    if (setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS) != 0)
        bh_log(BH_LOG_DEBUG, "the check of the audit log runs with the priority of all", NULL);
    while (rest(check, pause_ms))
        pause_ms = bh_chain_check_turn(check, bh_clock_wall_ms(), bh_clock_steady_ms());
    return NULL;
}

struct bh_chain_check *bh_chain_check_create(struct bh_store *store, const struct bh_server_key *key)
{
    struct bh_chain_check *check = calloc(1, sizeof(*check));
    pthread_condattr_t attributes;
    if (check == NULL)
        return NULL;
    check->store = store;
    check->key = key;
    check->status.state = BH_CHAIN_VERIFYING;
    pthread_mutex_init(&check->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&check->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    return check;
}

enum bh_err bh_chain_check_start(struct bh_chain_check *check)
{
    if (pthread_create(&check->thread, NULL, run, check) != 0)
        return BH_ERR_THREADS;
    check->has_thread = true;
    return BH_OK;
}

void bh_chain_check_destroy(struct bh_chain_check *check)
{
    if (check == NULL)
        return;
    pthread_mutex_lock(&check->lock);
    check->stopping = true;
    pthread_cond_signal(&check->wake);
    pthread_mutex_unlock(&check->lock);
    if (check->has_thread)
        pthread_join(check->thread, NULL);
    bh_audit_pass_destroy(check->pass);
    pthread_cond_destroy(&check->wake);
    pthread_mutex_destroy(&check->lock);
    free(check);
}

struct bh_chain_status bh_chain_check_status(struct bh_chain_check *check)
{
    pthread_mutex_lock(&check->lock);
    struct bh_chain_status status = check->status;
    pthread_mutex_unlock(&check->lock);
    return status;
}
