// SPDX-License-Identifier: Apache-2.0
#include "http/pool.h"

#include <pthread.h>
#include <stdlib.h>

struct job {
    void (*run)(void *argument);
    void *argument;
};

struct bh_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool ending;
    size_t first, count, limit; /* the queue is a ring of `limit` jobs */
    struct job *jobs;
    unsigned thread_count;
    pthread_t threads[];
};

/* False when there is nothing left to do, ever. */
static bool take(struct bh_pool *pool, struct job *ret_job)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->count == 0 && !pool->ending)
        pthread_cond_wait(&pool->work, &pool->lock);
    bool found = pool->count > 0;
    if (found) {
        *ret_job = pool->jobs[pool->first];
        pool->first = (pool->first + 1) % pool->limit;
        pool->count--;
    }
    pthread_mutex_unlock(&pool->lock);
    return found;
}

static void *work(void *argument)
{
    struct job job;
    while (take(argument, &job))
        job.run(job.argument);
    return NULL;
}

struct bh_pool *bh_pool_create(unsigned threads, size_t queue_limit)
{
    struct bh_pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));
    if (pool == NULL)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->limit = queue_limit;
    pool->jobs = calloc(queue_limit == 0 ? 1 : queue_limit, sizeof(*pool->jobs));
    while (pool->jobs != NULL && pool->thread_count < threads &&
           pthread_create(&pool->threads[pool->thread_count], NULL, work, pool) == 0)
        pool->thread_count++;
    if (pool->thread_count == threads && threads > 0 && pool->jobs != NULL)
        return pool;
    bh_pool_destroy(pool);
    return NULL;
}

void bh_pool_destroy(struct bh_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool->jobs);
    free(pool);
}

bool bh_pool_submit(struct bh_pool *pool, void (*run)(void *argument), void *argument)
{
    pthread_mutex_lock(&pool->lock);
    bool room = pool->count < pool->limit;
    if (room) {
        pool->jobs[(pool->first + pool->count) % pool->limit] = (struct job){run, argument};
        pool->count++;
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return room;
}
