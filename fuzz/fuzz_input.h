// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzzer input as a row of texts: each ends at a byte 0xFF, which UTF-8 never holds.
 */
#ifndef BH_FUZZ_INPUT_H
#define BH_FUZZ_INPUT_H

#include <stdlib.h>
#include <string.h>

#include "lib/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool holds)
{
    if (!holds)
        abort();
}

/* Takes the next text; absent when nothing is left. */
static inline struct bh_span take_text(struct bh_span *rest)
{
    if (rest->len == 0)
        return BH_ABSENT;
    const char *end = memchr(rest->data, 0xFF, rest->len);
    struct bh_span text = {rest->data, end == NULL ? rest->len : (size_t)(end - rest->data)};
    *rest = bh_span_from_index(*rest, end == NULL ? rest->len : text.len + 1);
    return text;
}

#endif
