// SPDX-License-Identifier: Apache-2.0
#include "lib/span.h"

#include <string.h>

#define REPLACEMENT 0xFFFD

struct bh_span bh_span_from(const char *text)
{
    return (struct bh_span){text, text == NULL ? 0 : strlen(text)};
}

bool bh_span_equal(struct bh_span a, struct bh_span b)
{
    if (a.data == NULL || b.data == NULL)
        return a.data == b.data;
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool bh_span_list_has(struct bh_span_list list, struct bh_span value)
{
    for (uint32_t i = 0; i < list.count; i++) {
        if (bh_span_equal(list.items[i], value))
            return true;
    }
    return false;
}

bool bh_span_starts_with(struct bh_span span, struct bh_span prefix)
{
    return span.len >= prefix.len && (prefix.len == 0 || memcmp(span.data, prefix.data, prefix.len) == 0);
}

size_t bh_span_find(struct bh_span span, struct bh_span needle)
{
    if (needle.len == 0)
        return 0;
    for (size_t i = 0; i + needle.len <= span.len; i++) {
        if (span.data[i] == needle.data[0] && memcmp(span.data + i, needle.data, needle.len) == 0)
            return i;
    }
    return SIZE_MAX;
}

struct bh_span bh_span_from_index(struct bh_span span, size_t start)
{
    if (start > span.len)
        start = span.len;
    return (struct bh_span){span.data == NULL ? NULL : span.data + start, span.len - start};
}

/* Bytes of the UTF-8 sequence that `lead` opens; 0 for a byte that opens none. */
static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    if (lead >= 0xF0 && lead <= 0xF4)
        return 4;
    return 0;
}

/* The sequence of that length at `bytes`; false for overlong forms, surrogates and what is beyond Unicode. */
static bool decode(const unsigned char *bytes, size_t length, uint32_t *ret_code_point)
{
    static const unsigned char lead_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code_point = bytes[0] & lead_mask[length];
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return false;
        code_point = (code_point << 6) | (bytes[i] & 0x3F);
    }
    if (code_point < least[length] || (code_point >= 0xD800 && code_point <= 0xDFFF) || code_point > 0x10FFFF)
        return false;
    *ret_code_point = code_point;
    return true;
}

uint32_t bh_span_next_code_point(struct bh_span span, size_t *index)
{
    const unsigned char *bytes = (const unsigned char *)span.data + *index;
    size_t length = sequence_length(bytes[0]);
    uint32_t code_point = REPLACEMENT;
    if (length == 0 || length > span.len - *index || !decode(bytes, length, &code_point))
        length = 1;
    *index += length;
    return code_point;
}

/* U+FFFD itself has three bytes. */
bool bh_span_is_utf8(struct bh_span span)
{
    for (size_t at = 0; at < span.len;) {
        size_t start = at;
        if (bh_span_next_code_point(span, &at) == REPLACEMENT && at - start == 1)
            return false;
    }
    return true;
}

static bool is_white_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000 || c == 0xFEFF;
}

/* Start of the code point that ends right before `end`. */
static size_t code_point_start(struct bh_span span, size_t end)
{
    size_t at = end - 1;
    while (at > 0 && end - at < 4 && ((unsigned char)span.data[at] & 0xC0) == 0x80)
        at--;
    return at;
}

struct bh_span bh_span_trim(struct bh_span span)
{
    size_t start = 0;
    size_t end = span.len;
    for (size_t next = 0; start < end; start = next) {
        if (!is_white_space(bh_span_next_code_point(span, &next)))
            break;
    }
    while (end > start) {
        size_t at = code_point_start(span, end);
        size_t next = at;
        if (!is_white_space(bh_span_next_code_point(span, &next)) || next != end)
            break;
        end = at;
    }
    return (struct bh_span){span.data == NULL ? NULL : span.data + start, end - start};
}

bool bh_span_is_blank(struct bh_span span)
{
    for (size_t i = 0; i < span.len;) {
        if (!is_white_space(bh_span_next_code_point(span, &i)))
            return false;
    }
    return true;
}

size_t bh_span_utf16_length(struct bh_span span)
{
    size_t units = 0;
    for (size_t i = 0; i < span.len;)
        units += bh_span_next_code_point(span, &i) > 0xFFFF ? 2 : 1;
    return units;
}

struct bh_span bh_span_utf16_prefix(struct bh_span span, size_t units)
{
    size_t i = 0;
    for (size_t used = 0; i < span.len;) {
        size_t next = i;
        used += bh_span_next_code_point(span, &next) > 0xFFFF ? 2 : 1;
        if (used > units)
            break;
        i = next;
    }
    return (struct bh_span){span.data, i};
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool bh_span_equal_ascii_nocase(struct bh_span a, struct bh_span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return false;
    }
    return true;
}
