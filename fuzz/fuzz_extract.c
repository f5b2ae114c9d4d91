// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever a page holds, title and excerpt are valid text within their limits, and an empty title is none.
 */
#include "fuzz_input.h"

#include "gateway/extract_wire.h"
#include "gateway/extract.h"
#include "gateway/page_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool has_title;
    BH_CLEANUP(bh_buf_finish) struct bh_buf title = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf excerpt = {0};
    bh_buf_init(&title, BH_EXTRACT_TITLE_BYTES);
    bh_buf_init(&excerpt, BH_EXTRACT_EXCERPT_BYTES);
    if (size == 0)
        return 0;
    struct bh_span page = {(const char *)data + 1, size - 1};
    require(bh_extract_page(page, data[0] % 2 == 1, &title, &has_title, &excerpt));
    require(bh_page_text_is_valid(bh_buf_span(&title), BH_FETCH_TITLE_UNITS));
    require(bh_page_text_is_valid(bh_buf_span(&excerpt), BH_FETCH_EXCERPT_UNITS));
    require(has_title == (title.len > 0));
    return 0;
}
