// SPDX-License-Identifier: Apache-2.0
/*
 * The one redactor. Serves logs, errors, stored delivery errors and the command line.
 */
#ifndef BH_CORE_REDACT_H
#define BH_CORE_REDACT_H

#include "lib/buf.h"

/*
 * Appends `text` to `out` with every secret replaced: "Bearer <x>" becomes "Bearer [redacted]", and a token
 * that begins with bhf_sk_, bhf_dev_, bhf_pt_, bhf_pass_, bhf_site_, bhf_egress_ or whsec_ becomes prefix +
 * "[redacted]".
 */
void bh_redact(struct bh_span text, struct bh_buf *out);

/*
 * Appends `text`, redacted first and then cut to `units` UTF-16 units; `mark` stands for what was cut off,
 * and counts. True when it was cut.
 */
bool bh_redact_preview(struct bh_span text, size_t units, struct bh_span mark, struct bh_buf *out);

#endif
