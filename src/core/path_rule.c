// SPDX-License-Identifier: Apache-2.0
#include "core/path.h"

#include "core/match.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool starts_with_char(struct bh_span span, char c)
{
    return span.len > 0 && span.data[0] == c;
}

static bool starts_with_drive(struct bh_span pattern)
{
    return pattern.len >= 2 && is_letter(pattern.data[0]) && pattern.data[1] == ':';
}

static bool is_absolute(const struct bh_path_forms *forms)
{
    return forms->root >= BH_PATH_SLASH;
}

/* True when the pattern might hit the path if only more were known of it: leaving something out defeats no
 * list. */
static bool might_hit(struct bh_span pattern, const struct bh_path_forms *forms)
{
    bool of_home = starts_with_char(pattern, '~');
    bool of_root =
        starts_with_char(pattern, '/') || starts_with_char(pattern, '\\') || starts_with_drive(pattern);
    if (of_home)
        return !is_absolute(forms) || !forms->home_known;
    if (of_root)
        return !is_absolute(forms);
    return is_absolute(forms) && !forms->cwd_known && !bh_span_starts_with(pattern, BH_SPAN("**"));
}

/* Yes, or not cheap enough to tell. */
static bool may_match(struct bh_span pattern, struct bh_span form, bool ignore_case, size_t *steps)
{
    return bh_match_path_within(pattern, form, ignore_case, steps) != BH_MATCH_NO;
}

static bool is_denied(struct bh_span pattern, const struct bh_path_forms *forms, size_t *steps)
{
    if (might_hit(pattern, forms))
        return true;
    for (size_t i = 0; i < forms->count; i++) {
        if (may_match(pattern, forms->candidates[i], forms->root == BH_PATH_DRIVE, steps))
            return true;
    }
    for (size_t i = 0; i < forms->posix_count; i++) {
        if (may_match(pattern, forms->posix_candidates[i], false, steps))
            return true;
    }
    return false;
}

/* What is not cheap enough to tell is no match: an allow list opens only for what is certain. */
static bool is_allowed(struct bh_span pattern, const struct bh_path_forms *forms, size_t *steps)
{
    for (size_t i = 0; i < forms->count; i++) {
        if (bh_match_path_within(pattern, forms->candidates[i], false, steps) == BH_MATCH_YES)
            return true;
    }
    return false;
}

bool bh_path_forms_permitted(
    struct bh_span_list allowed, struct bh_span_list denied, const struct bh_path_forms *forms, size_t *steps)
{
    if (forms->count == 0)
        return false;
    for (uint32_t i = 0; i < denied.count; i++) {
        if (is_denied(denied.items[i], forms, steps))
            return false;
    }
    for (uint32_t i = 0; i < allowed.count; i++) {
        if (is_allowed(allowed.items[i], forms, steps))
            return true;
    }
    return allowed.count == 0;
}

bool bh_path_permitted(struct bh_span_list allowed, struct bh_span_list denied, struct bh_span path,
    struct bh_span cwd, struct bh_span home, struct bh_arena *scratch)
{
    struct bh_path_forms forms;
    size_t steps = BH_MATCH_STEPS;
    return bh_path_forms(path, cwd, home, scratch, &forms) &&
           bh_path_forms_permitted(allowed, denied, &forms, &steps);
}

static bool has_control_character(struct bh_span text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t c = bh_span_next_code_point(text, &at);
        if (c < 0x20 || (c >= 0x7F && c <= 0x9F))
            return true;
    }
    return false;
}

/* The part of a pattern behind its root, absent when the root itself can never match. */
static struct bh_span pattern_rest(struct bh_span pattern)
{
    if (bh_span_starts_with(pattern, BH_SPAN("//"))) {
        struct bh_span rest = bh_span_from_index(pattern, 2);
        size_t slash = bh_span_find(rest, BH_SPAN("/"));
        struct bh_span server = {rest.data, slash == SIZE_MAX ? rest.len : slash};
        bool spans_segments = bh_span_find(server, BH_SPAN("**")) != SIZE_MAX;
        bool device = bh_span_equal(server, BH_SPAN("?"));
        return device || (slash == SIZE_MAX && !spans_segments) ? BH_ABSENT : rest;
    }
    if (bh_span_starts_with(pattern, BH_SPAN("/")))
        return bh_span_from_index(pattern, 1);
    struct bh_span below = bh_span_from_index(pattern, 2);
    if (bh_span_starts_with(pattern, BH_SPAN("./")) &&
        (starts_with_char(below, '~') || starts_with_drive(below)))
        return below;
    if (!starts_with_drive(pattern))
        return pattern;
    if (bh_span_starts_with(below, BH_SPAN("**")))
        return below;
    return starts_with_char(below, '/') ? bh_span_from_index(below, 1) : BH_ABSENT;
}

bool bh_path_pattern_is_usable(struct bh_span pattern)
{
    if (bh_span_is_blank(pattern) || has_control_character(pattern) ||
        bh_span_find(pattern, BH_SPAN("\\")) != SIZE_MAX)
        return false;
    if (bh_span_equal(pattern, BH_SPAN(".")) || bh_span_equal(pattern, BH_SPAN("/")))
        return true;
    struct bh_span rest = pattern_rest(pattern);
    if (bh_span_is_absent(rest))
        return false;
    if (rest.len == 0)
        return true;
    size_t start = 0;
    for (size_t at = 0; at <= rest.len; at++) {
        if (at < rest.len && rest.data[at] != '/')
            continue;
        struct bh_span segment = {rest.data + start, at - start};
        if (segment.len == 0 || bh_span_equal(segment, BH_SPAN(".")) || bh_span_equal(segment, BH_SPAN("..")))
            return false;
        start = at + 1;
    }
    return true;
}
