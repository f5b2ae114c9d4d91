// SPDX-License-Identifier: Apache-2.0
/*
 * Matching ends within its bound; what matches with case matches without; a text without stars matches only
 * itself; folding is symmetrical; a redacted text holds no token any more.
 */
#include "fuzz_input.h"

#include "core/match.h"
#include "core/redact.h"

#define TEXT_LIMIT ((size_t)1 << 24)

static bool is_literal(struct bh_span text)
{
    return memchr(text.data, '*', text.len) == NULL;
}

static void check_match(struct bh_span pattern, struct bh_span value)
{
    const struct bh_span everything = BH_SPAN("**");
    size_t steps = 5000;
    enum bh_match exact = bh_match_path(pattern, value, false);
    enum bh_match folded = bh_match_path(pattern, value, true);
    enum bh_match bounded = bh_match_path_within(pattern, value, false, &steps);
    require(exact != BH_MATCH_YES || folded != BH_MATCH_NO);
    require(bounded == exact || bounded == BH_MATCH_TOO_COSTLY);
    require(bh_match_path(everything, value, false) == BH_MATCH_YES);
    require(!is_literal(value) || bh_match_path(value, value, false) == BH_MATCH_YES);
    require(bh_match_equal_nocase(pattern, value) == bh_match_equal_nocase(value, pattern));
    require(bh_match_equal_nocase(value, value));
    if (is_literal(pattern))
        require((folded == BH_MATCH_YES) == bh_match_equal_nocase(pattern, value));
    bh_match_entry(pattern, value);
}

static void check_redaction(struct bh_span text)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf once = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf twice = {0};
    bh_buf_init(&once, TEXT_LIMIT);
    bh_buf_init(&twice, TEXT_LIMIT);
    bh_redact(text, &once);
    bh_redact(bh_buf_span(&once), &twice);
    require(!once.failed && bh_span_equal(bh_buf_span(&once), bh_buf_span(&twice)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_span rest = {(const char *)data, size};
    struct bh_span pattern = take_text(&rest);
    struct bh_span value = take_text(&rest);
    if (bh_span_is_absent(value))
        return 0;
    check_match(pattern, value);
    check_redaction(pattern);
    check_redaction(value);
    return 0;
}
