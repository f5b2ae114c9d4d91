// SPDX-License-Identifier: Apache-2.0
#include "core/site_rules.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_escape(struct bh_span text, size_t at)
{
    return at + 2 < text.len && text.data[at] == '%' && hex_digit(text.data[at + 1]) >= 0 &&
           hex_digit(text.data[at + 2]) >= 0;
}

/* Well-formed UTF-8 without control characters and backslashes. */
static bool is_plain(struct bh_span text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t c = bh_span_next_code_point(text, &at);
        if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == '\\')
            return false;
    }
    return bh_span_is_utf8(text);
}

/* An escape that is left after the first decoding was meant for a second one. */
static bool has_escape(struct bh_span text)
{
    for (size_t at = 0; at < text.len; at++) {
        if (is_escape(text, at))
            return true;
    }
    return false;
}

/* Into `out`, which has room for all of `text`. An encoded slash means different things to different servers.
 */
static bool decode(struct bh_span text, char *out, struct bh_span *ret_decoded)
{
    size_t length = 0;
    for (size_t at = 0; at < text.len; at++) {
        char c = text.data[at];
        if (c == '%') {
            if (!is_escape(text, at))
                return false;
            c = (char)(hex_digit(text.data[at + 1]) * 16 + hex_digit(text.data[at + 2]));
            at += 2;
            if (c == '/')
                return false;
        }
        out[length++] = c;
    }
    *ret_decoded = (struct bh_span){out, length};
    return true;
}

/* The segment that begins at *at, behind the slashes there; moves *at to its end. */
static struct bh_span next_segment(struct bh_span path, size_t *at)
{
    while (*at < path.len && path.data[*at] == '/')
        *at += 1;
    size_t start = *at;
    while (*at < path.len && path.data[*at] != '/')
        *at += 1;
    return (struct bh_span){path.data + start, *at - start};
}

static bool is_dots(struct bh_span segment)
{
    return bh_span_equal(segment, BH_SPAN(".")) || bh_span_equal(segment, BH_SPAN(".."));
}

/*
 * What is left of a segment for servers that cut parameters off, which begin at the first ";", and the white
 * space around it.
 */
static struct bh_span bare_segment(struct bh_span segment)
{
    const char *parameters = segment.len == 0 ? NULL : memchr(segment.data, ';', segment.len);
    if (parameters != NULL)
        segment.len = (size_t)(parameters - segment.data);
    return bh_span_trim(segment);
}

/* A segment that only some servers take for a dot segment. */
static bool has_blurred_dots(struct bh_span path)
{
    for (size_t at = 0; at < path.len;) {
        struct bh_span segment = next_segment(path, &at);
        if (is_dots(bare_segment(segment)) && !is_dots(segment))
            return true;
    }
    return false;
}

/* In place, because the result is never longer. What would rise above the root stays at it; a final dot
 * segment leaves its slash. */
static size_t resolve(char *path, size_t length)
{
    const struct bh_span whole = {path, length};
    bool ends_in_slash = false;
    size_t written = 0;
    for (size_t at = 0; at < length;) {
        struct bh_span segment = next_segment(whole, &at);
        ends_in_slash = segment.len == 0 || is_dots(segment);
        if (bh_span_equal(segment, BH_SPAN(".."))) {
            while (written > 0 && path[--written] != '/')
                continue;
        } else if (!ends_in_slash) {
            path[written++] = '/';
            memmove(path + written, segment.data, segment.len);
            written += segment.len;
        }
    }
    if (ends_in_slash || written == 0)
        path[written++] = '/';
    return written;
}

static bool has_query_or_fragment(struct bh_span text)
{
    return memchr(text.data, '?', text.len) != NULL || memchr(text.data, '#', text.len) != NULL;
}

bool bh_site_path_canonical(struct bh_span path, struct bh_arena *arena, struct bh_span *ret_path)
{
    struct bh_span text = bh_span_trim(path);
    struct bh_span decoded;
    if (!bh_span_starts_with(text, BH_SPAN("/")) || bh_span_utf16_length(text) > BH_SITE_PATH_UNITS ||
        has_query_or_fragment(text))
        return false;
    char *room = bh_arena_alloc(arena, text.len + 1);
    if (room == NULL || !decode(text, room, &decoded) || !is_plain(decoded) || has_escape(decoded) ||
        has_blurred_dots(decoded))
        return false;
    *ret_path = (struct bh_span){room, resolve(room, decoded.len)};
    return true;
}

bool bh_site_pattern_canonical(struct bh_span pattern, struct bh_arena *arena, struct bh_span *ret_pattern)
{
    if (!bh_span_starts_with(pattern, BH_SPAN("/")) || has_query_or_fragment(pattern) ||
        memchr(pattern.data, '%', pattern.len) != NULL || !is_plain(pattern))
        return false;
    char *room = bh_arena_alloc(arena, pattern.len + 1);
    if (room == NULL)
        return false;
    size_t written = 0;
    for (size_t at = 0; at < pattern.len;) {
        struct bh_span segment = next_segment(pattern, &at);
        if (is_dots(bare_segment(segment)))
            return false;
        room[written++] = '/';
        memcpy(room + written, segment.data, segment.len);
        written += segment.len;
    }
    *ret_pattern = (struct bh_span){room, written};
    return true;
}
