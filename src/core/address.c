// SPDX-License-Identifier: Apache-2.0
#include "core/address.h"

#include <string.h>

#define V4_SIZE 4
#define V6_SIZE 16

struct range {
    unsigned char bytes[V6_SIZE];
    unsigned bits;
};

static const struct range refused_v4[] = {
    {{0}, 8},             /* this network */
    {{10}, 8},            /* private */
    {{100, 64}, 10},      /* shared by carriers */
    {{127}, 8},           /* this machine */
    {{169, 254}, 16},     /* link */
    {{172, 16}, 12},      /* private */
    {{192, 0, 0}, 24},    /* protocol assignments */
    {{192, 0, 2}, 24},    /* documentation */
    {{192, 88, 99}, 24},  /* 6to4 relays */
    {{192, 168}, 16},     /* private */
    {{198, 18}, 15},      /* benchmarks */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113}, 24},  /* documentation */
    {{224}, 3},           /* multicast, reserved, broadcast */
};

/* Of IPv6 only this is given out to be public ... */
static const struct range global_v6 = {{0x20}, 3};
/* ... except these. */
static const struct range refused_v6[] = {
    {{0x20, 0x01, 0x00}, 23},       /* protocol assignments, with Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4 */
    {{0x3f, 0xff, 0x00}, 20},       /* documentation */
};

static bool is_in(const unsigned char *bytes, const struct range *range)
{
    unsigned whole = range->bits / 8;
    unsigned rest = range->bits % 8;
    if (memcmp(bytes, range->bytes, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    unsigned mask = 0xffu << (8 - rest) & 0xffu;
    return (bytes[whole] & mask) == (range->bytes[whole] & mask);
}

static bool is_in_any(const unsigned char *bytes, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_in(bytes, &ranges[i]))
            return true;
    }
    return false;
}

/* The last 64 bits say "an IPv4 address behind a tunnel": they are a way into that network. */
static bool is_isatap(const unsigned char *bytes)
{
    return (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
}

bool bh_address_is_public(const struct bh_address *address)
{
    const unsigned char *bytes = address->bytes;
    if (!address->is_v6)
        return !is_in_any(bytes, refused_v4, BH_COUNT(refused_v4));
    return is_in(bytes, &global_v6) && !is_in_any(bytes, refused_v6, BH_COUNT(refused_v6)) &&
           !is_isatap(bytes);
}

/* ---- text -----------------------------------------------------------------------------------------------
 */

static bool parse_v4(struct bh_span text, unsigned char ret_bytes[static V4_SIZE])
{
    size_t at = 0;
    for (int part = 0; part < V4_SIZE; part++) {
        unsigned value = 0;
        size_t start = at;
        while (at < text.len && at - start < 4 && text.data[at] >= '0' && text.data[at] <= '9')
            value = value * 10 + (unsigned)(text.data[at++] - '0');
        size_t digits = at - start;
        if (digits == 0 || digits > 3 || value > 255 || (digits > 1 && text.data[start] == '0'))
            return false;
        ret_bytes[part] = (unsigned char)value;
        if (part < V4_SIZE - 1 && (at >= text.len || text.data[at++] != '.'))
            return false;
    }
    return at == text.len;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The group of hex digits at *at, which moves behind it. */
static bool parse_group(struct bh_span text, size_t *at, unsigned char ret_bytes[static 2])
{
    unsigned value = 0;
    size_t start = *at;
    while (*at < text.len && hex_value(text.data[*at]) >= 0) {
        if (*at - start == 4)
            return false;
        value = value << 4 | (unsigned)hex_value(text.data[(*at)++]);
    }
    ret_bytes[0] = (unsigned char)(value >> 8);
    ret_bytes[1] = (unsigned char)value;
    return *at > start;
}

struct v6_reader {
    unsigned char bytes[V6_SIZE];
    size_t used;
    size_t gap; /* where "::" stands; SIZE_MAX = nowhere */
};

/* What follows a separator, or the start: a group, or the dotted rest. *at moves behind it. */
static bool read_piece(struct bh_span text, size_t *at, struct v6_reader *reader)
{
    struct bh_span rest = bh_span_from_index(text, *at);
    if (bh_span_find(rest, BH_SPAN(":")) == SIZE_MAX && bh_span_find(rest, BH_SPAN(".")) != SIZE_MAX) {
        if (reader->used + V4_SIZE > V6_SIZE || !parse_v4(rest, reader->bytes + reader->used))
            return false;
        reader->used += V4_SIZE;
        *at = text.len;
        return true;
    }
    if (reader->used + 2 > V6_SIZE || !parse_group(text, at, reader->bytes + reader->used))
        return false;
    reader->used += 2;
    return true;
}

static bool starts_gap(struct bh_span text, size_t at)
{
    return at + 1 < text.len && text.data[at] == ':' && text.data[at + 1] == ':';
}

static bool read_pieces(struct bh_span text, struct v6_reader *reader)
{
    size_t at = 0;
    bool separated = true; /* a piece may come */
    while (at < text.len) {
        if (starts_gap(text, at)) {
            if (reader->gap != SIZE_MAX)
                return false;
            reader->gap = reader->used;
            at += 2;
            if (at == text.len)
                return true;
        } else if (!separated) {
            if (text.data[at++] != ':')
                return false;
        }
        if (!read_piece(text, &at, reader))
            return false;
        separated = false;
    }
    return true;
}

static bool parse_v6(struct bh_span text, unsigned char ret_bytes[static V6_SIZE])
{
    struct v6_reader reader = {.gap = SIZE_MAX};
    if (!read_pieces(text, &reader))
        return false;
    if (reader.gap == SIZE_MAX ? reader.used != V6_SIZE : reader.used > V6_SIZE - 2)
        return false;
    size_t before = reader.gap == SIZE_MAX ? V6_SIZE : reader.gap;
    size_t zeros = V6_SIZE - reader.used;
    for (size_t i = 0; i < V6_SIZE; i++) {
        if (i < before)
            ret_bytes[i] = reader.bytes[i];
        else
            ret_bytes[i] = i < before + zeros ? 0 : reader.bytes[i - zeros];
    }
    return true;
}

bool bh_address_parse(struct bh_span text, struct bh_address *ret_address)
{
    struct bh_address address = {.is_v6 = bh_span_find(text, BH_SPAN(":")) != SIZE_MAX};
    if (!(address.is_v6 ? parse_v6(text, address.bytes) : parse_v4(text, address.bytes)))
        return false;
    *ret_address = address;
    return true;
}

/* ---- names ----------------------------------------------------------------------------------------------
 */

static bool ends_with(struct bh_span name, struct bh_span suffix)
{
    return name.len >= suffix.len &&
           bh_span_equal_ascii_nocase(bh_span_from_index(name, name.len - suffix.len), suffix);
}

bool bh_host_name_is_public(struct bh_span name)
{
    static const char *const private_suffixes[] = {
        ".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid", ".example", ".onion"};
    if (name.len > 0 && name.data[name.len - 1] == '.')
        name.len--;
    bool has_dot = bh_span_find(name, BH_SPAN(".")) != SIZE_MAX;
    if (!has_dot || name.data[0] == '.' || name.data[name.len - 1] == '.' ||
        bh_span_find(name, BH_SPAN("..")) != SIZE_MAX ||
        bh_span_equal_ascii_nocase(name, BH_SPAN("home.arpa")))
        return false;
    for (size_t i = 0; i < BH_COUNT(private_suffixes); i++) {
        if (ends_with(name, bh_span_from(private_suffixes[i])))
            return false;
    }
    return true;
}
