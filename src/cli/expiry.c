// SPDX-License-Identifier: Apache-2.0
#include "cli/expiry.h"

#include "lib/timefmt.h"

static int64_t unit_ms(char unit)
{
    switch (unit) {
    case 's':
        return 1000;
    case 'm':
        return INT64_C(60) * 1000;
    case 'h':
        return INT64_C(3600) * 1000;
    case 'd':
        return BH_MS_PER_DAY;
    case 'w':
        return 7 * BH_MS_PER_DAY;
    default:
        return 0;
    }
}

static bool parse_duration(struct bh_span text, int64_t *ret_ms)
{
    const int64_t longest = 36525 * BH_MS_PER_DAY;
    int64_t unit = text.len < 2 ? 0 : unit_ms(text.data[text.len - 1]);
    if (unit == 0)
        return false;
    int64_t count = 0;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        count = count * 10 + (text.data[i] - '0');
        if (count > longest / unit)
            return false;
    }
    *ret_ms = count * unit;
    return true;
}

bool bh_expiry_parse(struct bh_span text, int64_t now_ms, int64_t *ret_ms)
{
    struct bh_span trimmed = bh_span_trim(text);
    int64_t duration;
    if (parse_duration(trimmed, &duration)) {
        *ret_ms = now_ms + duration;
        return true;
    }
    return bh_time_parse(trimmed, ret_ms);
}
