// SPDX-License-Identifier: Apache-2.0
/*
 * A pattern is pieces between stars: the first is a prefix, the last a suffix behind it, those between are
 * taken where they first occur, one behind the other. Finding a piece uses its failure table (Knuth, Morris,
 * Pratt), so that nothing is read twice.
 */
#include "core/site_glob.h"

#include <string.h>
#include <wchar.h>

#include "core/match.h"

_Static_assert(sizeof(wchar_t) == sizeof(uint32_t), "code points are looked for as wide characters");

struct piece {
    size_t count;
    uint32_t points[BH_SITE_TEXT_UNITS];
};

/* What is left of the text. */
struct window {
    const uint32_t *points;
    size_t count;
};

static uint32_t next_point(struct bh_span span, size_t *at, bool ignore_case)
{
    unsigned char byte = (unsigned char)span.data[*at];
    if (byte < 0x80) { /* nearly always */
        *at += 1;
        return ignore_case && byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
    }
    uint32_t c = bh_span_next_code_point(span, at);
    return ignore_case ? bh_fold_code_point(c) : c;
}

bool bh_site_text_read(struct bh_span span, struct bh_site_text *ret_text)
{
    size_t count = 0;
    for (size_t at = 0; at < span.len; count++) {
        if (count == BH_SITE_TEXT_UNITS)
            return false;
        size_t again = at;
        ret_text->exact[count] = next_point(span, &at, false);
        ret_text->folded[count] = next_point(span, &again, true);
    }
    ret_text->count = count;
    return true;
}

/* False when it is longer than what it would have to be found in. */
static bool read_piece(struct bh_span span, size_t most, bool ignore_case, struct piece *ret_piece)
{
    size_t count = 0;
    for (size_t at = 0; at < span.len; count++) {
        if (count == most)
            return false;
        ret_piece->points[count] = next_point(span, &at, ignore_case);
    }
    ret_piece->count = count;
    return true;
}

static bool begins(const struct window *text, struct bh_span prefix, bool ignore_case, size_t *ret_count)
{
    size_t count = 0;
    for (size_t at = 0; at < prefix.len; count++) {
        if (count == text->count || text->points[count] != next_point(prefix, &at, ignore_case))
            return false;
    }
    *ret_count = count;
    return true;
}

static bool ends(const struct window *text, const struct piece *suffix)
{
    return suffix->count <= text->count && memcmp(text->points + text->count - suffix->count, suffix->points,
                                               suffix->count * sizeof(suffix->points[0])) == 0;
}

/* For each place in the piece: how many of its first points are still matched when the next one differs. */
static void make_failures(const struct piece *piece, uint16_t *failures)
{
    size_t matched = 0;
    failures[0] = 0;
    for (size_t i = 1; i < piece->count; i++) {
        while (matched > 0 && piece->points[i] != piece->points[matched])
            matched = failures[matched - 1];
        matched += piece->points[i] == piece->points[matched];
        failures[i] = (uint16_t)matched;
    }
}

/* The first two code points of a piece, or its only one. */
struct start {
    uint32_t first, second;
    bool is_pair;
};

static struct start read_start(struct bh_span span, bool ignore_case)
{
    size_t at = 0;
    struct start start = {.first = next_point(span, &at, ignore_case)};
    start.is_pair = at < span.len;
    if (start.is_pair)
        start.second = next_point(span, &at, ignore_case);
    return start;
}

/* Moves the window to the first place where they are; false when there is none. Most pieces end here, before
 * their table is made. */
static bool skip_to(struct window *text, struct start start)
{
    const wchar_t *at = (const wchar_t *)text->points;
    const wchar_t *end = at + text->count;
    while ((at = wmemchr(at, (wchar_t)start.first, (size_t)(end - at))) != NULL) {
        if (!start.is_pair || (at + 1 < end && at[1] == (wchar_t)start.second)) {
            *text = (struct window){text->points + text->count - (end - at), (size_t)(end - at)};
            return true;
        }
        at++;
    }
    return false;
}

/* Moves the window behind the first occurrence of the piece, which is not empty. */
static bool pass(struct window *text, const struct piece *piece)
{
    uint16_t failures[BH_SITE_TEXT_UNITS];
    size_t matched = 0;
    make_failures(piece, failures);
    for (size_t i = 0; i < text->count; i++) {
        while (matched > 0 && text->points[i] != piece->points[matched])
            matched = failures[matched - 1];
        matched += text->points[i] == piece->points[matched];
        if (matched == piece->count) {
            *text = (struct window){text->points + i + 1, text->count - i - 1};
            return true;
        }
    }
    return false;
}

static size_t find_star(struct bh_span pattern, size_t at)
{
    const char *star = at < pattern.len ? memchr(pattern.data + at, '*', pattern.len - at) : NULL;
    return star == NULL ? SIZE_MAX : (size_t)(star - pattern.data);
}

/* What follows a star: all pieces but the last in their order, then the last at the very end. */
static bool match_rest(struct bh_span rest, struct window text, bool ignore_case)
{
    struct piece piece;
    for (;;) {
        size_t star = find_star(rest, 0);
        struct bh_span span = {rest.data, star == SIZE_MAX ? rest.len : star};
        if (span.len > 0 && !skip_to(&text, read_start(span, ignore_case)))
            return false;
        if (!read_piece(span, text.count, ignore_case, &piece))
            return false;
        if (star == SIZE_MAX)
            return ends(&text, &piece);
        if (piece.count > 0 && !pass(&text, &piece))
            return false;
        rest = bh_span_from_index(rest, star + 1);
    }
}

bool bh_site_glob(struct bh_span pattern, const struct bh_site_text *text, bool ignore_case, size_t *steps)
{
    struct window window = {ignore_case ? text->folded : text->exact, text->count};
    size_t star = find_star(pattern, 0);
    struct bh_span prefix = {pattern.data, star == SIZE_MAX ? pattern.len : star};
    size_t taken;
    *steps += 1;
    if (!begins(&window, prefix, ignore_case, &taken))
        return false;
    if (star == SIZE_MAX)
        return taken == text->count;
    *steps += pattern.len + text->count;
    window = (struct window){window.points + taken, window.count - taken};
    return match_rest(bh_span_from_index(pattern, star + 1), window, ignore_case);
}
