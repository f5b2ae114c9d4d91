// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever parses is written as JSON that parses again, to an equal value and to the same text.
 */
#include <stdlib.h>

#include "lib/json.h"

#define TEXT_LIMIT ((size_t)1 << 26)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    BH_CLEANUP(bh_json_release) json_t *first = NULL;
    BH_CLEANUP(bh_json_release) json_t *second = NULL;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf again = {0};
    bh_buf_init(&text, TEXT_LIMIT);
    bh_buf_init(&again, TEXT_LIMIT);
    if (bh_json_parse((struct bh_span){(const char *)data, size}, &first) != BH_OK)
        return 0;
    bh_json_add_value(&text, first);
    require(!text.failed);
    require(bh_json_parse(bh_buf_span(&text), &second) == BH_OK);
    require(json_equal(first, second) == 1);
    bh_json_add_value(&again, second);
    require(bh_span_equal(bh_buf_span(&text), bh_buf_span(&again)));
    return 0;
}
