// SPDX-License-Identifier: Apache-2.0
/*
 * What a site asks: a JSON body, or the headers of a proxy -> request.
 */
#ifndef BH_GUARD_PARSE_H
#define BH_GUARD_PARSE_H

#include <jansson.h>

#include "core/http_signature.h"
#include "http/server.h"
#include "lib/err.h"

#define BH_SITE_USER_AGENT_UNITS 500
#define BH_SITE_IDENTIFIER_UNITS 180
#define BH_SITE_ID_UNITS 180
#define BH_SITE_HEADERS_UNITS 16384
#define BH_SITE_METHOD_BYTES 32
#define BH_SITE_HOST_BYTES 253

/* Spans point into the body, the headers or the arena. */
struct bh_site_request {
    struct bh_span path;             /* canonical */
    struct bh_span user_agent;       /* trimmed; absent when there is none */
    struct bh_span agent_identifier; /* trimmed and cut; absent when there is none */
    struct bh_span site_id, domain;  /* of bh_site_request_parse_site(); absent = not given */
    /* The visitor's request as the site got it; only where headers has Signature or Signature-Input. */
    bool is_signed;
    struct bh_span method, scheme, authority, target;
    const struct bh_message_header *headers;
    size_t header_count;
};

/*
 * Checks unknown fields, path, userAgent, metadata, headers, method, scheme, authority, query, in this order;
 * the first mistake is the answer.
 * On failure *ret_detail names the field for the %s of the error's text, and *ret_request is untouched.
 */
BH_MUST_USE
enum bh_err bh_site_request_parse(const json_t *body, struct bh_arena *arena,
    struct bh_site_request *ret_request, struct bh_span *ret_detail);
/* The path as rules see it; BH_ERR_SITE_PATH, BH_ERR_SITE_PATH_LENGTH. */
BH_MUST_USE
enum bh_err bh_site_request_read_path(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_path);
/* The site that the body names: siteId, else domain. BH_ERR_SITE_DOMAIN, BH_ERR_SITE_REQUIRED. */
BH_MUST_USE
enum bh_err bh_site_request_parse_site(
    const json_t *body, struct bh_arena *arena, struct bh_site_request *request);
/*
 * From a proxy's headers. A header that decides may be there only once, and its two names must agree: else a
 * visitor could send one of them, and choose what is asked.
 */
BH_MUST_USE
enum bh_err bh_site_request_read_headers(struct bh_exchange *exchange, struct bh_site_request *ret_request);

#endif
