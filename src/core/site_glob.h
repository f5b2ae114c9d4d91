// SPDX-License-Identifier: Apache-2.0
/*
 * The site guard's patterns: "*" stands for anything, slashes too; all else is literal. The time of a match
 * is linear in pattern and text, whatever they are.
 */
#ifndef BH_CORE_SITE_GLOB_H
#define BH_CORE_SITE_GLOB_H

#include "lib/span.h"

#define BH_SITE_TEXT_UNITS 500

/* A text that several patterns are held against: its code points, as they are and folded. */
struct bh_site_text {
    size_t count;
    uint32_t exact[BH_SITE_TEXT_UNITS];
    uint32_t folded[BH_SITE_TEXT_UNITS];
};

/* False when the text has more than BH_SITE_TEXT_UNITS code points. */
BH_MUST_USE
bool bh_site_text_read(struct bh_span span, struct bh_site_text *ret_text);

/* Adds to *steps about the number of characters that were looked at. */
bool bh_site_glob(struct bh_span pattern, const struct bh_site_text *text, bool ignore_case, size_t *steps);

#endif
