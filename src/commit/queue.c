// SPDX-License-Identifier: Apache-2.0
#include "commit/queue.h"

void bh_commit_queue_init(struct bh_commit_queue *queue, size_t limit)
{
    *queue = (struct bh_commit_queue){.limit = limit};
    queue->end = &queue->first;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->not_empty, NULL);
}

void bh_commit_queue_finish(struct bh_commit_queue *queue)
{
    pthread_cond_destroy(&queue->not_empty);
    pthread_mutex_destroy(&queue->lock);
}

bool bh_commit_queue_push(struct bh_commit_queue *queue, struct bh_commit_job *job)
{
    pthread_mutex_lock(&queue->lock);
    bool accepted = !queue->closed && queue->count < queue->limit;
    bool wake = accepted && queue->asleep;
    if (accepted) {
        job->next = NULL;
        *queue->end = job;
        queue->end = &job->next;
        queue->count++;
        queue->asleep = false;
    }
    pthread_mutex_unlock(&queue->lock);
    if (wake)
        pthread_cond_signal(&queue->not_empty);
    return accepted;
}

struct bh_commit_job *bh_commit_queue_take(struct bh_commit_queue *queue, size_t most)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->first == NULL && !queue->closed) {
        queue->asleep = true;
        pthread_cond_wait(&queue->not_empty, &queue->lock);
    }
    queue->asleep = false;
    struct bh_commit_job *batch = queue->first;
    struct bh_commit_job **end = &queue->first;
    for (size_t taken = 0; taken < most && *end != NULL; taken++) {
        end = &(*end)->next;
        queue->count--;
    }
    if (batch != NULL) {
        queue->first = *end;
        *end = NULL;
    }
    if (queue->first == NULL)
        queue->end = &queue->first;
    pthread_mutex_unlock(&queue->lock);
    return batch;
}

size_t bh_commit_queue_length(struct bh_commit_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}

void bh_commit_queue_close(struct bh_commit_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_signal(&queue->not_empty);
}
