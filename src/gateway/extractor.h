// SPDX-License-Identifier: Apache-2.0
/*
 * The server's side of extract.h: keeps the nursery and spare workers, hands pages to them, takes what they
 * answer without trusting a byte of it, and leaves those that take too long: a worker can wait for nothing
 * but its socket, and has a second of processor time. Used on one thread, which must live as long as the
 * nursery.
 */
#ifndef BH_GATEWAY_EXTRACTOR_H
#define BH_GATEWAY_EXTRACTOR_H

#include <curl/curl.h>
#include <sys/types.h>

#include "gateway/extract.h"

#define BH_EXTRACT_RUNNING 8 /* at the same time */

struct bh_extractor {
    pid_t nursery; /* 0 = none */
    int control;
    int spares[BH_EXTRACT_SPARES]; /* the sockets of workers */
    size_t spare_count;
    size_t running;
    bool has_complained;
};

struct bh_extraction {
    int fd; /* -1 = none */
    struct bh_buf request, answer;
    size_t sent;
    int64_t deadline; /* steady clock */
    bool ended;
    bool succeeded;
    /* When it succeeded; point into the answer. */
    struct bh_span title; /* absent = none */
    struct bh_span excerpt;
};

/* Starts the spares. */
void bh_extractor_init(struct bh_extractor *extractor);
/* After every extraction was finished. */
void bh_extractor_finish(struct bh_extractor *extractor);

static inline bool bh_extractor_has_place(const struct bh_extractor *extractor)
{
    return extractor->running < BH_EXTRACT_RUNNING;
}

/* There must be a place. What cannot be started has ended without success at once. */
void bh_extraction_init(struct bh_extraction *extraction, struct bh_extractor *extractor, struct bh_span page,
    bool cut, int64_t now_ms);
/* Leaves what still runs. */
void bh_extraction_finish(struct bh_extraction *extraction, struct bh_extractor *extractor);
struct curl_waitfd bh_extraction_waits_for(const struct bh_extraction *extraction);
/* After waiting; `ended` may be set then. */
void bh_extraction_step(struct bh_extraction *extraction, int64_t now_ms);

#endif
