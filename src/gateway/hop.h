// SPDX-License-Identifier: Apache-2.0
/*
 * One GET of one URL at one address that was vetted: what is asked, what of the answer is kept, and when
 * enough was read. Nothing is shared between hops: no connection, cookie, session or credential.
 */
#ifndef BH_GATEWAY_HOP_H
#define BH_GATEWAY_HOP_H

#include <curl/curl.h>

#include "core/reach.h"
#include "core/url.h"
#include "lib/buf.h"

#define BH_HOP_TYPE_MAX 256

struct bh_hop_options {
    const struct bh_reach *reach;
    const char *ca_file; /* in place of the system's authorities; NULL = those */
    bool any_type;       /* read whatever it is */
};

struct bh_hop {
    const struct bh_hop_options *options;
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    struct bh_address pinned;
    int64_t active_at; /* when something last happened; steady clock */
    bool was_refused;  /* the socket would have gone elsewhere */
    bool has_ended_headers, has_enough, is_encoded;
    size_t header_length;
    /* The answer: */
    int status; /* 0 = none */
    bool has_type, has_location;
    struct bh_buf type;     /* lower case, without parameters; "" = none */
    struct bh_buf location; /* trimmed; "" = none */
    struct bh_buf body;
    bool truncated;
};

/* Makes it ready; it is then the caller's to add `easy` to a multi handle. BH_ERR_NO_MEMORY. */
BH_MUST_USE
enum bh_err bh_hop_init(struct bh_hop *hop, const struct bh_hop_options *options, const struct bh_url *url,
    const struct bh_address *address, int64_t now_ms);
/* After `easy` was taken from the multi handle. */
void bh_hop_finish(struct bh_hop *hop);
/* The verdict after the transfer has ended: BH_OK when there is an answer; else BH_ERR_GATEWAY_... */
BH_MUST_USE
enum bh_err bh_hop_conclude(const struct bh_hop *hop, CURLcode code);
static inline bool bh_hop_is_redirect(const struct bh_hop *hop)
{
    return hop->status >= 300 && hop->status < 400;
}

/* ---- media types ----------------------------------------------------------------------------------------
 */

/* Without parameters, trimmed; letters in lower case are written to `ret_type`. */
void bh_media_type_read(struct bh_span header, struct bh_buf *ret_type);
bool bh_media_type_is_text(struct bh_span type);
bool bh_media_type_is_markup(struct bh_span type);

#endif
