// SPDX-License-Identifier: Apache-2.0
#include "commit/committer.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "commit/queue.h"
#include "store/request_id.h"
#include "folder.h"

struct fixture {
    char folder[64];
    struct bh_server_key key;
    struct bh_store *store;
    struct bh_committer *committer;
};

static void remove_folder(const char *folder)
{
    static const char *const names[] = {
        "behalf.db", "behalf.db-wal", "behalf.db-shm", "server.key", "server.lock"};
    char path[128];
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    make_folder(fixture->folder, sizeof(fixture->folder));
    assert_int_equal(bh_server_key_load(fixture->folder, NULL, &fixture->key), BH_OK);
    bh_request_id_setup(&fixture->key);
    const struct bh_store_options options = {
        .data_dir = fixture->folder, .key = &fixture->key, .serve = true, .busy_timeout_ms = 1000};
    assert_int_equal(bh_store_open(&options, &fixture->store), BH_OK);
    assert_int_equal(bh_committer_start(fixture->store, &fixture->key, &fixture->committer), BH_OK);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    bh_committer_stop(fixture->committer);
    bh_store_close(fixture->store);
    remove_folder(fixture->folder);
    free(fixture);
    return 0;
}

static size_t count_accounts(struct fixture *fixture)
{
    struct bh_arena arena;
    struct bh_account_record account;
    bh_arena_init(&arena, 1024, 65536);
    struct bh_db *reader;
    assert_int_equal(bh_store_reader_borrow(fixture->store, &reader), BH_OK);
    enum bh_err err = bh_account_first(reader, &arena, &account);
    bh_store_reader_return(fixture->store, reader);
    bh_arena_finish(&arena);
    return err == BH_OK ? 1 : 0;
}

static enum bh_err create_account(void *argument, const struct bh_commit_context *context)
{
    int64_t id;
    const char *account_id = argument;
    return bh_account_create(context->db, account_id, BH_SPAN("Test"), context->now_ms, &id);
}

static enum bh_err create_then_fail(void *argument, const struct bh_commit_context *context)
{
    enum bh_err err = create_account(argument, context);
    return err == BH_OK ? BH_ERR_CONFLICT : err;
}

/* What a job wrote is there for readers once bh_committer_run() has returned. */
static void test_a_write_is_durable_before_it_is_acknowledged(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(count_accounts(fixture), 0);
    assert_int_equal(
        bh_committer_run(fixture->committer, create_account, NULL, (void *)(uintptr_t) "acct_one"), BH_OK);
    assert_int_equal(count_accounts(fixture), 1);
}

/* A job that fails after a write leaves no trace of it. */
static void test_a_failed_job_leaves_no_trace(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        bh_committer_run(fixture->committer, create_then_fail, NULL, (void *)(uintptr_t) "acct_one"),
        BH_ERR_CONFLICT);
    assert_int_equal(count_accounts(fixture), 0);
}

static void count_call(void *argument)
{
    (void)argument;
    static int calls;
    calls++;
    assert_int_equal(calls, 1); /* never for the failed one */
}

/* The hook after COMMIT runs for a job that was written, and not for one that failed. */
static void test_the_committed_hook_runs_only_after_success(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        bh_committer_run(fixture->committer, create_account, count_call, (void *)(uintptr_t) "acct_one"),
        BH_OK);
    assert_int_equal(
        bh_committer_run(fixture->committer, create_then_fail, count_call, (void *)(uintptr_t) "acct_two"),
        BH_ERR_CONFLICT);
}

struct plain_job {
    struct bh_commit_job job;
    enum bh_err outcome;
    int applied;
    pthread_mutex_t *lock;
    int *finished;
};

static enum bh_err apply_plain(struct bh_commit_job *job, const struct bh_commit_context *context)
{
    (void)context;
    struct plain_job *plain = (struct plain_job *)job;
    plain->applied++;
    return plain->outcome;
}

static void finish_plain(struct bh_commit_job *job, enum bh_err result)
{
    struct plain_job *plain = (struct plain_job *)job;
    assert_int_equal(result, plain->outcome);
    pthread_mutex_lock(plain->lock);
    *plain->finished += 1;
    pthread_mutex_unlock(plain->lock);
}

/* Jobs that fail without a savepoint, also on a damaged row, get their own error, and the others succeed. */
static void test_a_failing_job_does_not_sink_its_batch(void **state)
{
    struct fixture *fixture = *state;
    enum { JOBS = 300 };
    static const enum bh_err outcomes[] = {BH_ERR_CONFLICT, BH_ERR_STORE_CORRUPT};
    static struct plain_job jobs[JOBS];
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int finished = 0;
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct plain_job){.job = {.apply = apply_plain, .done = finish_plain},
            .outcome = i % 97 == 5 ? outcomes[i / 97 % 2] : BH_OK,
            .lock = &lock,
            .finished = &finished};
        assert_int_equal(bh_committer_submit(fixture->committer, &jobs[i].job), BH_OK);
    }
    bh_committer_stop(fixture->committer); /* runs what is queued first */
    fixture->committer = NULL;
    assert_int_equal(finished, JOBS);
    for (int i = 0; i < JOBS; i++)
        assert_true(jobs[i].applied >= 1);
}

/* A queue takes exactly as many jobs as its limit, gives them back in order, and refuses after it was closed.
 */
static void test_the_queue_is_bounded_and_in_order(void **state)
{
    (void)state;
    struct bh_commit_queue queue;
    struct bh_commit_job jobs[4];
    bh_commit_queue_init(&queue, 3);
    for (int i = 0; i < 3; i++)
        assert_true(bh_commit_queue_push(&queue, &jobs[i]));
    assert_false(bh_commit_queue_push(&queue, &jobs[3]));
    struct bh_commit_job *batch = bh_commit_queue_take(&queue, 2);
    assert_ptr_equal(batch, &jobs[0]);
    assert_ptr_equal(batch->next, &jobs[1]);
    assert_null(batch->next->next);
    assert_true(bh_commit_queue_push(&queue, &jobs[3]));
    bh_commit_queue_close(&queue);
    assert_false(bh_commit_queue_push(&queue, &jobs[0]));
    batch = bh_commit_queue_take(&queue, 10);
    assert_ptr_equal(batch, &jobs[2]);
    assert_ptr_equal(batch->next, &jobs[3]);
    assert_null(bh_commit_queue_take(&queue, 10));
    bh_commit_queue_finish(&queue);
}

static void note_change(void *context, unsigned changed)
{
    *(unsigned *)context |= changed;
}

static enum bh_err append_row(void *argument, const struct bh_commit_context *context)
{
    (void)argument;
    struct bh_audit_row row = {.account = 1,
        .agent = 1,
        .agent_id = BH_SPAN("agent_aaaaaaaaaaaaaaaa"),
        .created_at = context->now_ms,
        .action = BH_SPAN("purchase"),
        .risk = BH_RISK_LOW};
    return bh_audit_append(context->audit, &row);
}

/* Each watcher is told what a transaction has changed before its job is done, and of none that wrote nothing.
 */
static void test_watchers_are_told_what_has_changed(void **state)
{
    struct fixture *fixture = *state;
    unsigned seen[BH_COMMIT_WATCHERS] = {0};
    for (size_t i = 0; i < BH_COMMIT_WATCHERS; i++)
        bh_committer_watch(fixture->committer, note_change, &seen[i]);
    assert_int_equal(
        bh_committer_run(fixture->committer, create_account, NULL, (void *)(uintptr_t) "acct_one"), BH_OK);
    for (size_t i = 0; i < BH_COMMIT_WATCHERS; i++)
        assert_int_equal(seen[i], BH_CHANGED_APPROVALS);
    assert_int_equal(bh_committer_run(fixture->committer, append_row, NULL, NULL), BH_OK);
    for (size_t i = 0; i < BH_COMMIT_WATCHERS; i++) {
        assert_int_equal(seen[i], BH_CHANGED_APPROVALS | BH_CHANGED_AUDIT);
        seen[i] = 0;
    }
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int finished = 0;
    struct plain_job job = {
        .job = {.apply = apply_plain, .done = finish_plain}, .lock = &lock, .finished = &finished};
    assert_int_equal(bh_committer_submit(fixture->committer, &job.job), BH_OK);
    bh_committer_stop(fixture->committer);
    fixture->committer = NULL;
    assert_int_equal(finished, 1);
    assert_int_equal(seen[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_write_is_durable_before_it_is_acknowledged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failed_job_leaves_no_trace, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_committed_hook_runs_only_after_success, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failing_job_does_not_sink_its_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_watchers_are_told_what_has_changed, setup, teardown),
        cmocka_unit_test(test_the_queue_is_bounded_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
