// SPDX-License-Identifier: Apache-2.0
/*
 * A piece of text or bytes that somebody else owns: pointer plus length, never relied on to end in NUL.
 * A span whose data is NULL is *absent*; an empty one has data and length 0. Text is UTF-8.
 */
#ifndef BH_LIB_SPAN_H
#define BH_LIB_SPAN_H

#include "lib/base.h"

struct bh_span {
    const char *data;
    size_t len;
};

struct bh_span_list {
    const struct bh_span *items;
    uint32_t count;
};

#define BH_SPAN(literal) ((struct bh_span){(literal), sizeof(literal) - 1})
#define BH_ABSENT ((struct bh_span){NULL, 0})

/* The span of a C string; NULL gives the absent span. */
struct bh_span bh_span_from(const char *text);

static inline bool bh_span_is_absent(struct bh_span span)
{
    return span.data == NULL;
}

/* Byte-wise, case-sensitive. Two absent spans are equal; absent and empty are not. */
bool bh_span_equal(struct bh_span a, struct bh_span b);
/* True when the list holds an item equal to `value`. */
bool bh_span_list_has(struct bh_span_list list, struct bh_span value);
bool bh_span_starts_with(struct bh_span span, struct bh_span prefix);
/* Position of the first `needle` in `span`, or SIZE_MAX. An empty needle is found at 0. */
size_t bh_span_find(struct bh_span span, struct bh_span needle);
/* The bytes from `start` on; `start` beyond the end gives the empty rest. */
struct bh_span bh_span_from_index(struct bh_span span, size_t start);

/*
 * Takes off leading and trailing white space in the sense of JavaScript's trim:
 * U+0009-000D, 0020, 00A0, 1680, 2000-200A, 2028, 2029, 202F, 205F, 3000, FEFF.
 */
struct bh_span bh_span_trim(struct bh_span span);
/* Absent, empty, or nothing but that white space. */
bool bh_span_is_blank(struct bh_span span);

/* Length in UTF-16 code units, the unit in which all limits count characters. */
size_t bh_span_utf16_length(struct bh_span span);
/* The longest prefix of at most `units` UTF-16 units that does not cut a code point in two. */
struct bh_span bh_span_utf16_prefix(struct bh_span span, size_t units);

/* ASCII only: for header names, schemes and the like. */
bool bh_span_equal_ascii_nocase(struct bh_span a, struct bh_span b);

/* True when all of it is well-formed UTF-8: no overlong forms, surrogates or numbers beyond Unicode. */
bool bh_span_is_utf8(struct bh_span span);
/*
 * Decodes the code point at *index and moves *index behind it. A byte that begins no well-formed sequence, as
 * above, reads as U+FFFD and *index moves on by one: of what is malformed nothing is ever taken together.
 */
uint32_t bh_span_next_code_point(struct bh_span span, size_t *index);

#endif
