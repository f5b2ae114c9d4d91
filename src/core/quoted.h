// SPDX-License-Identifier: Apache-2.0
/*
 * Texts that people typed, put into text that a language model will read, where any of it could pass for an
 * instruction. Pure.
 */
#ifndef BH_CORE_QUOTED_H
#define BH_CORE_QUOTED_H

#include "lib/buf.h"

/*
 * Appends the text on one line and visible as a whole: line breaks and tabs become blanks; control, format,
 * direction, tag and filler characters and variation selectors go, because they hide text, reorder it or
 * carry more than is seen; malformed UTF-8 becomes U+FFFD. Secrets are redacted.
 */
void bh_quoted_clean(struct bh_span text, struct bh_buf *out);
/*
 * The same between double quotes that it cannot close: double quotes of any shape in it become single ones.
 * Markdown is escaped: it can neither begin markup nor form a line of our own, as of dashes. An address with
 * "://" or "www." gets a blank, so that no renderer makes a link of it.
 */
void bh_quoted_add(struct bh_span text, struct bh_buf *out);

#endif
