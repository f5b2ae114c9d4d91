// SPDX-License-Identifier: Apache-2.0
/*
 * Reading one public web page: resolve, vet every answer, connect to the first, GET, follow at most three
 * redirects by hand, each vetted anew. No cookies, credentials, caller's headers or proxies. One thread
 * serves all of them; its limits are below. Pages become text in a child process (extract.h).
 */
#ifndef BH_GATEWAY_FETCH_H
#define BH_GATEWAY_FETCH_H

#include "core/url.h"

#define BH_FETCH_REDIRECTS 3
#define BH_FETCH_IDLE_MS 5000
#define BH_FETCH_TOTAL_MS 10000
#define BH_FETCH_BODY_MAX 65536
#define BH_FETCH_HEADER_MAX 32768
#define BH_FETCH_EXCERPT_UNITS 4000
#define BH_FETCH_TITLE_UNITS 200
#define BH_FETCH_PLACES 64        /* at the same time */
#define BH_FETCH_ACCOUNT_PLACES 8 /* of one account */

struct bh_fetcher;
struct bh_network_list;

struct bh_fetcher_options {
    struct bh_url_policy urls;
    const struct bh_network_list *refused; /* networks that the operator refuses besides; NULL = none */
    const char *ca_file;                   /* NULL or "" = the system's */
};

struct bh_fetch_result {
    enum bh_err err;           /* BH_OK: there was an answer, whatever its status; else BH_ERR_GATEWAY_... */
    struct bh_span url;        /* of the last hop, without fragment */
    int status;                /* of the answer; 0 = none */
    struct bh_span media_type; /* lower case, without parameters; "" = none */
    struct bh_span title;      /* absent = none */
    struct bh_span excerpt;    /* "" for what is no text */
    struct bh_span body;       /* as it was read, when want_body was set */
    bool truncated;
    int64_t bytes; /* of the body that were read, also when the rest did not come */
    int64_t duration_ms;
};

/* One fetch; the caller owns it until `done` was called. */
struct bh_fetch {
    struct bh_fetch *next;
    struct bh_url url; /* has passed bh_url_parse() */
    bool want_body;    /* the bytes rather than title and excerpt: for the server's own use */
    /* On the fetch thread, once. */
    void (*done)(struct bh_fetch *fetch);
    void *owner;
    struct bh_arena arena; /* the caller's to init and finish; results live in it */
    struct bh_fetch_result result;
};

/* What the options point to must live until bh_fetcher_stop(). */
BH_MUST_USE
enum bh_err bh_fetcher_start(const struct bh_fetcher_options *options, struct bh_fetcher **ret_fetcher);
/* What runs is cut off, and what comes later fails at once: BH_ERR_GATEWAY_FETCH. Accepts NULL. */
void bh_fetcher_stop(struct bh_fetcher *fetcher);
/* Once it has stopped and nobody knows it any more. Accepts NULL. */
void bh_fetcher_destroy(struct bh_fetcher *fetcher);

/* When its thread last went round, by the steady clock; it does so every BH_FETCH_TOTAL_MS at least. Any
 * thread. */
int64_t bh_fetcher_turned_at(const struct bh_fetcher *fetcher);

/*
 * What can be said of the URL before any look-up: BH_ERR_GATEWAY_PRIVATE when it names an address that the
 * fetch would refuse. From any thread.
 */
BH_MUST_USE
enum bh_err bh_fetcher_judge(const struct bh_fetcher *fetcher, const struct bh_url *url);
/*
 * A place, to be taken before anything is decided: BH_ERR_GATEWAY_BUSY, BH_ERR_GATEWAY_BUSY_ACCOUNT when
 * there is none. From any thread. `account` 0 = the server itself.
 */
BH_MUST_USE
enum bh_err bh_fetcher_enter(struct bh_fetcher *fetcher, int64_t account);
void bh_fetcher_leave(struct bh_fetcher *fetcher, int64_t account);
/* From any thread; the caller holds a place. */
void bh_fetcher_submit(struct bh_fetcher *fetcher, struct bh_fetch *fetch);

#endif
