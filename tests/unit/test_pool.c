// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "http/pool.h"

/* A door that jobs wait behind, so that a test knows what is running and what is queued. */
struct door {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool open;
    unsigned waiting;
    atomic_uint passed;
};

#define CLOSED_DOOR                                                                                          \
    {                                                                                                        \
        .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER                                 \
    }

static void pass(void *argument)
{
    struct door *door = argument;
    pthread_mutex_lock(&door->lock);
    door->waiting++;
    pthread_cond_broadcast(&door->moved);
    while (!door->open)
        pthread_cond_wait(&door->moved, &door->lock);
    pthread_mutex_unlock(&door->lock);
    atomic_fetch_add(&door->passed, 1);
}

static void wait_until_waiting(struct door *door, unsigned jobs)
{
    pthread_mutex_lock(&door->lock);
    while (door->waiting < jobs)
        pthread_cond_wait(&door->moved, &door->lock);
    pthread_mutex_unlock(&door->lock);
}

static void open_door(struct door *door)
{
    pthread_mutex_lock(&door->lock);
    door->open = true;
    pthread_cond_broadcast(&door->moved);
    pthread_mutex_unlock(&door->lock);
}

/* As many jobs run at once as the pool has threads. */
static void test_all_threads_work_at_once(void **state)
{
    (void)state;
    struct door door = CLOSED_DOOR;
    struct bh_pool *pool = bh_pool_create(3, 3);
    assert_non_null(pool);
    for (int i = 0; i < 3; i++)
        assert_true(bh_pool_submit(pool, pass, &door));
    wait_until_waiting(&door, 3);
    open_door(&door);
    bh_pool_destroy(pool);
    assert_int_equal(atomic_load(&door.passed), 3);
}

/* A full queue refuses a job and takes one again when there is room. */
static void test_full_queue_refuses(void **state)
{
    (void)state;
    struct door door = CLOSED_DOOR;
    struct bh_pool *pool = bh_pool_create(1, 2);
    assert_non_null(pool);
    assert_true(bh_pool_submit(pool, pass, &door));
    wait_until_waiting(&door, 1);
    assert_true(bh_pool_submit(pool, pass, &door));
    assert_true(bh_pool_submit(pool, pass, &door));
    assert_false(bh_pool_submit(pool, pass, &door));
    open_door(&door);
    wait_until_waiting(&door, 3);
    assert_true(bh_pool_submit(pool, pass, &door));
    bh_pool_destroy(pool);
    assert_int_equal(atomic_load(&door.passed), 4);
}

/* Destroying the pool first finishes every job that was accepted. */
static void test_destroy_finishes_the_queue(void **state)
{
    (void)state;
    struct door door = CLOSED_DOOR;
    struct bh_pool *pool = bh_pool_create(2, 1000);
    assert_non_null(pool);
    for (int i = 0; i < 1000; i++)
        assert_true(bh_pool_submit(pool, pass, &door));
    open_door(&door);
    bh_pool_destroy(pool);
    assert_int_equal(atomic_load(&door.passed), 1000);
}

struct order {
    int next;
    int seen[100];
};

static struct order order;

static void note(void *argument)
{
    order.seen[order.next++] = *(int *)argument;
}

/* With one thread, jobs run in the order in which they came, also when the ring has gone round. */
static void test_jobs_run_in_order(void **state)
{
    (void)state;
    int numbers[100];
    struct bh_pool *pool = bh_pool_create(1, 7);
    assert_non_null(pool);
    for (int i = 0; i < 100; i++) {
        numbers[i] = i;
        while (!bh_pool_submit(pool, note, &numbers[i]))
            sched_yield();
    }
    bh_pool_destroy(pool);
    assert_int_equal(order.next, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(order.seen[i], i);
}

/* A pool that could never run anything is not made, and destroying nothing does nothing. */
static void test_pool_without_threads_is_refused(void **state)
{
    (void)state;
    assert_null(bh_pool_create(0, 10));
    bh_pool_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_threads_work_at_once),
        cmocka_unit_test(test_full_queue_refuses),
        cmocka_unit_test(test_destroy_finishes_the_queue),
        cmocka_unit_test(test_jobs_run_in_order),
        cmocka_unit_test(test_pool_without_threads_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
