// SPDX-License-Identifier: Apache-2.0
/*
 * What a person is shown of the command or path that an approval binds.
 */
#ifndef BH_CORE_PREVIEW_H
#define BH_CORE_PREVIEW_H

#include "lib/buf.h"

#define BH_PREVIEW_UNITS 500 /* UTF-16 code units */

/* Appends the redacted beginning of `target`; true when something was cut off. */
bool bh_preview_write(struct bh_span target, struct bh_buf *out);

#endif
