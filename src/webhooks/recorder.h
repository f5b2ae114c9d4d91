// SPDX-License-Identifier: Apache-2.0
/*
 * Records what came of attempts: collects results for a moment and hands them to the committer, one batch at
 * a time, without waiting for it. Belongs to the thread that delivers; only the batch itself is touched by
 * the committer.
 *
 * When the database cannot record, the results are kept and tried again, and bh_recorder_is_blocked() says
 * that nothing more should be sent meanwhile.
 */
#ifndef BH_WEBHOOKS_RECORDER_H
#define BH_WEBHOOKS_RECORDER_H

#include <stdatomic.h>

#include "commit/committer.h"
#include "webhooks/endpoint.h"

#define BH_RECORDER_BATCH 256    /* results in one transaction */
#define BH_RECORDER_WAIT_MS 10   /* how long the first result of a batch waits for others */
#define BH_RECORDER_BACKLOG 1024 /* results that wait; with more nothing is sent */
#define BH_RECORDER_RETRY_MS 1000

struct bh_recorder {
    struct bh_commit_job job; /* first: the committer's handle */
    struct bh_committer *committer;
    void (*wake)(void *context);                                   /* called by the committer */
    void (*recorded)(void *context, struct bh_endpoint *endpoint); /* called by bh_recorder_step() */
    void *context;
    struct bh_item_queue ended; /* oldest first */
    size_t ended_count;
    int64_t first_ended_at, not_before;
    bool failing;
    /* The batch. */
    bool is_running;
    atomic_bool is_finished;
    enum bh_err outcome;
    struct bh_item *items[BH_RECORDER_BATCH];
    struct bh_delivery_result results[BH_RECORDER_BATCH];
    size_t item_count;
    struct bh_endpoint *endpoints[BH_RECORDER_BATCH];
    struct bh_delivery_progress progress[BH_RECORDER_BATCH];
    size_t endpoint_count;
};

void bh_recorder_init(struct bh_recorder *recorder, struct bh_committer *committer,
    void (*wake)(void *context), void (*recorded)(void *context, struct bh_endpoint *endpoint),
    void *context);
/* The item has ended. */
void bh_recorder_add(struct bh_recorder *recorder, struct bh_item *item);
/* Finishes a batch that is done, and begins the next one when it is time, or at once when `flush`. */
void bh_recorder_step(struct bh_recorder *recorder, int64_t now_ms, bool flush);
/* Records that the mark has moved over events that the endpoint does not want; false when it is busy. */
bool bh_recorder_note_mark(struct bh_recorder *recorder, struct bh_endpoint *endpoint);
bool bh_recorder_is_blocked(const struct bh_recorder *recorder);
/* Nothing waits and nothing runs. */
bool bh_recorder_is_idle(const struct bh_recorder *recorder);
/* How long until bh_recorder_step() has something to do without being woken; -1 = never. */
int64_t bh_recorder_wait_ms(const struct bh_recorder *recorder, int64_t now_ms);

#endif
