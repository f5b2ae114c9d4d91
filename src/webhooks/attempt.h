// SPDX-License-Identifier: Apache-2.0
/*
 * One request to one endpoint: a place for it that is used again and again, and what came of it.
 *
 * The address is vetted when the socket is made, after the name was resolved and before anything is sent, so
 * that nothing lies between check and use. No proxy, no redirect, no cookie, nothing from the environment.
 */
#ifndef BH_WEBHOOKS_ATTEMPT_H
#define BH_WEBHOOKS_ATTEMPT_H

#include <curl/curl.h>

#include "core/reach.h"
#include "webhooks/endpoint.h"

#define BH_ATTEMPT_CONNECT_MS 5000
#define BH_ATTEMPT_TOTAL_MS 10000
#define BH_ATTEMPT_BODY_MAX 65536   /* of an answer; what is longer is not read on */
#define BH_ATTEMPT_HEADER_MAX 32768 /* of an answer, all together */

/* How requests are made. */
struct bh_attempt_options {
    struct bh_span pepper; /* absent or blank = none */
    struct bh_reach reach;
    const char *ca_file; /* in place of the system's authorities; NULL = those */
};

struct bh_attempt {
    const struct bh_attempt_options *options;
    CURL *easy;
    struct curl_slist *headers;
    struct bh_arena arena; /* the body */
    struct bh_item *item;  /* NULL = the place is free */
    bool was_private;      /* the name led to an address that is not public, or is refused */
    bool was_long;         /* the answer's body was longer than is read */
    size_t body_length, header_length;
    uint64_t jitter;
    int64_t started_at;
    enum bh_endpoint_pace pace; /* of the endpoint, when it started */
};

/* Once for the process, before the first. */
void bh_attempt_prepare_library(void);

/* `options` must outlive it. */
BH_MUST_USE
enum bh_err bh_attempt_init(struct bh_attempt *attempt, const struct bh_attempt_options *options);
void bh_attempt_finish(struct bh_attempt *attempt);

/*
 * Makes the request of the item ready; it is then the caller's to add it to a multi handle. An error other
 * than that of memory or the database means that the event is gone.
 */
BH_MUST_USE
enum bh_err bh_attempt_prepare(
    struct bh_attempt *attempt, struct bh_item *item, struct bh_db *db, int64_t now_ms);
/* Fills item->result after the transfer ended with `code`, and frees the place. */
void bh_attempt_conclude(struct bh_attempt *attempt, CURLcode code, int64_t now_ms);
/* Fills item->result without a request: `error` says why none was made. */
void bh_attempt_fail(struct bh_item *item, const char *error, uint64_t jitter, int64_t now_ms);
/* Frees the place without a result. */
void bh_attempt_release(struct bh_attempt *attempt);

#endif
