// SPDX-License-Identifier: Apache-2.0
#include "core/match.h"

struct fold_range {
    uint32_t first;
    uint32_t last;
    uint32_t stride;
    int32_t delta;
};

static const struct fold_range ranges[] = {
#define BH_FOLD(first, last, stride, delta) {first, last, stride, delta},
#include "core/fold_table.h"
#undef BH_FOLD
};

uint32_t bh_fold_code_point(uint32_t code_point)
{
    if (code_point < 0x80)
        return code_point >= 'A' && code_point <= 'Z' ? code_point + ('a' - 'A') : code_point;
    size_t low = 0;
    size_t high = BH_COUNT(ranges);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct fold_range *range = &ranges[middle];
        if (code_point < range->first)
            high = middle;
        else if (code_point > range->last)
            low = middle + 1;
        else if ((code_point - range->first) % range->stride != 0)
            return code_point;
        else
            return (uint32_t)((int32_t)code_point + range->delta);
    }
    return code_point;
}

bool bh_match_equal_nocase(struct bh_span a, struct bh_span b)
{
    if (bh_span_is_absent(a) || bh_span_is_absent(b))
        return false;
    size_t at_a = 0;
    size_t at_b = 0;
    while (at_a < a.len && at_b < b.len) {
        if (bh_fold_code_point(bh_span_next_code_point(a, &at_a)) !=
            bh_fold_code_point(bh_span_next_code_point(b, &at_b)))
            return false;
    }
    return at_a == a.len && at_b == b.len;
}
