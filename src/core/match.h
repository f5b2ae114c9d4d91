// SPDX-License-Identifier: Apache-2.0
/*
 * Patterns. Iterative and bounded: no input makes them slow. For people: docs/decisions.md.
 */
#ifndef BH_CORE_MATCH_H
#define BH_CORE_MATCH_H

#include "lib/span.h"

#define BH_MATCH_STEPS                                                                                       \
    ((size_t)2000000)        /* work of one match: about one step per code point and live state              \
                              */
#define BH_MATCH_STATES 1024 /* longer patterns with "*" are too costly */

enum bh_match { BH_MATCH_NO = 0, BH_MATCH_YES, BH_MATCH_TOO_COSTLY };

/*
 * Path glob over the whole value: "**" followed by "/" = any prefix of whole segments or nothing; "**" =
 * anything;
 * "*" = anything without "/"; all else literal, "?" too. `ignore_case` folds code point by code point .
 * BH_MATCH_TOO_COSTLY when the work bound is reached: the caller denies, whichever list the pattern is in.
 */
enum bh_match bh_match_path(struct bh_span pattern, struct bh_span value, bool ignore_case);
/* The same with a work bound that several calls share: *steps is what is left, and goes down by what was
 * used. */
enum bh_match bh_match_path_within(
    struct bh_span pattern, struct bh_span value, bool ignore_case, size_t *steps);

/* Branch, environment and repository patterns: case-insensitive; the glob above when it holds "*", else
 * equality. Work as above. */
enum bh_match bh_match_context(struct bh_span pattern, struct bh_span value, size_t *steps);

/* `entry` is split at commas, items trimmed, empties dropped; equality with `value`. Absent never
 * matches. */
bool bh_match_entry(struct bh_span entry, struct bh_span value);

/* Equality after folding each code point to lower case on its own, without locale. */
bool bh_match_equal_nocase(struct bh_span a, struct bh_span b);
/* Lower case of one code point (simple mapping of the Unicode Character Database). */
uint32_t bh_fold_code_point(uint32_t code_point);

#endif
