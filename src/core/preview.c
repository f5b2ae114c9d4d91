// SPDX-License-Identifier: Apache-2.0
#include "core/preview.h"

#include "core/redact.h"

#define REDACTED_LIMIT (1u << 20)

bool bh_preview_write(struct bh_span target, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&clean, REDACTED_LIMIT);
    bh_redact(target, &clean);
    struct bh_span shown = bh_span_utf16_prefix(bh_buf_span(&clean), BH_PREVIEW_UNITS);
    bh_buf_add(out, shown);
    return shown.len < clean.len;
}
