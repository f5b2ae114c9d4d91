// SPDX-License-Identifier: Apache-2.0
/*
 * Many producers, one consumer: the consumer takes all that waits at once and is woken only if it sleeps.
 */
#ifndef BH_COMMIT_QUEUE_H
#define BH_COMMIT_QUEUE_H

#include <pthread.h>

#include "commit/committer.h"

struct bh_commit_queue {
    pthread_mutex_t lock;
    pthread_cond_t not_empty;
    struct bh_commit_job *first;
    struct bh_commit_job **end;
    size_t count;
    size_t limit;
    bool asleep;
    bool closed;
};

void bh_commit_queue_init(struct bh_commit_queue *queue, size_t limit);
void bh_commit_queue_finish(struct bh_commit_queue *queue);
/* False when the queue is full or closed. */
BH_MUST_USE
bool bh_commit_queue_push(struct bh_commit_queue *queue, struct bh_commit_job *job);
/* Waits for work; returns at most `most` jobs, oldest first, linked; NULL when the queue is closed and empty.
 */
struct bh_commit_job *bh_commit_queue_take(struct bh_commit_queue *queue, size_t most);
/* How many wait. */
size_t bh_commit_queue_length(struct bh_commit_queue *queue);
void bh_commit_queue_close(struct bh_commit_queue *queue);

#endif
