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

#endif
