// SPDX-License-Identifier: Apache-2.0
/*
 * One fetch on its way: look up, read, follow, extract. Moved on by the fetch thread whenever something has
 * happened that it waits for.
 */
#ifndef BH_GATEWAY_FETCH_TASK_H
#define BH_GATEWAY_FETCH_TASK_H

#include "gateway/extractor.h"
#include "gateway/fetch.h"
#include "gateway/hop.h"
#include "gateway/resolve.h"

/* What all tasks share. */
struct bh_fetch_context {
    struct bh_fetcher_options options;
    struct bh_reach reach;
    CURLM *multi;
    struct bh_extractor extractor;
};

enum bh_fetch_stage {
    BH_FETCH_RESOLVES,
    BH_FETCH_READS,
    BH_FETCH_QUEUES, /* for a child that extracts */
    BH_FETCH_EXTRACTS,
};

struct bh_fetch_task {
    struct bh_fetch_task *next;
    struct bh_fetch_context *context;
    struct bh_fetch *fetch;
    struct bh_arena arena;
    struct bh_url url; /* of this hop */
    int redirects;
    int64_t started_at, active_at; /* steady clock */
    enum bh_fetch_stage stage;
    bool has_ended;
    struct bh_fetch_result result; /* lives in this task until the end */
    struct bh_resolve *resolve;
    struct bh_hop_options hop_options;
    bool has_hop;
    struct bh_hop hop;
    bool has_extraction;
    struct bh_extraction extraction;
    struct bh_buf excerpt;
    /* Filled in by the thread: */
    bool transfer_ended;
    CURLcode transfer_code;
    struct curl_waitfd *waits;
    size_t wait_count;
};

/* As bh_fetcher_judge(). */
BH_MUST_USE
enum bh_err bh_fetch_judge(const struct bh_reach *reach, const struct bh_url *url);
/* NULL without memory. It may have ended at once. */
struct bh_fetch_task *bh_fetch_task_create(
    struct bh_fetch_context *context, struct bh_fetch *fetch, int64_t now_ms);
/* At most BH_RESOLVE_SOCKETS; *wait_ms is lowered. */
size_t bh_fetch_task_waits_for(
    struct bh_fetch_task *task, struct curl_waitfd *waits, int64_t now_ms, int64_t *wait_ms);
void bh_fetch_task_step(struct bh_fetch_task *task, int64_t now_ms);
void bh_fetch_task_cut_off(struct bh_fetch_task *task);
/* Hands the result over, calls `done`, and frees the task. */
void bh_fetch_task_conclude(struct bh_fetch_task *task, int64_t now_ms);

#endif
