// SPDX-License-Identifier: Apache-2.0
/*
 * Text for people and models out of what pages hold: valid UTF-8, white space run together, so many UTF-16
 * units at most. What cannot be text (malformed bytes, NUL) becomes U+FFFD.
 */
#ifndef BH_GATEWAY_PAGE_TEXT_H
#define BH_GATEWAY_PAGE_TEXT_H

#include "lib/buf.h"

struct bh_page_text {
    struct bh_buf *out; /* the caller's, with room for 3 bytes each unit */
    size_t units, limit;
    bool has_gap; /* white space was seen since the last character */
    bool is_full;
};

/* Appends what fits. Pieces join without a gap. */
void bh_page_text_add(struct bh_page_text *text, struct bh_span piece);
void bh_page_text_add_gap(struct bh_page_text *text);

/* Valid UTF-8 without NUL, and so many units at most. */
bool bh_page_text_is_valid(struct bh_span text, size_t limit);

#endif
