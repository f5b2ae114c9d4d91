// SPDX-License-Identifier: Apache-2.0
/*
 * What the server and its child that extracts text say to each other, once each: a head, then the bytes it
 * counts. Both are the same program, so numbers are as the machine has them.
 */
#ifndef BH_GATEWAY_EXTRACT_WIRE_H
#define BH_GATEWAY_EXTRACT_WIRE_H

#include "gateway/fetch.h"

#define BH_EXTRACT_MAGIC 0x42485031u
#define BH_EXTRACT_TITLE_BYTES (3 * BH_FETCH_TITLE_UNITS)
#define BH_EXTRACT_EXCERPT_BYTES (3 * BH_FETCH_EXCERPT_UNITS)

struct bh_extract_request {
    uint32_t page_length; /* at most BH_FETCH_BODY_MAX */
    uint32_t cut;         /* 0, 1 */
};

struct bh_extract_answer {
    uint32_t magic;
    uint32_t has_title; /* 0, 1 */
    uint32_t title_length;
    uint32_t excerpt_length;
};

#endif
