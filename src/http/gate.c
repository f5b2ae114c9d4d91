// SPDX-License-Identifier: Apache-2.0
/*
 * How the gate sees what the library's parser has already swallowed: the library parses in place. It ends the
 * method, the target, each name and each value with a NUL in the receive buffer itself, and replaces each CR
 * LF by two NULs. So in a well-formed request every piece starts exactly where the one before it ends. A bare
 * LF leaves one NUL instead of two, a NUL in the text makes a piece shorter than its place, folded lines are
 * copied elsewhere, and superfluous blanks leave gaps: each of them breaks the row. What stays inside a
 * piece, such as a bare CR, is found by looking at its characters.
 *
 * The row cannot tell a line that ended in NUL LF from one that ended in CR LF. Whoever reads LF as the end
 * of a line agrees with us about that one too.
 */
#include "http/gate.h"

#include <microhttpd.h>
#include <string.h>

#include "http/server.h"

#define LINE_END 2     /* CR LF */
#define INDEX_ENTRY 64 /* what the library takes from the connection's memory for each header and cookie */

struct walk {
    const char *expected; /* where the next header line must start */
    size_t memory;        /* used for the index */
    unsigned hosts, lengths, encodings;
    struct bh_span length, encoding;
    bool malformed;
};

static bool is_token_char(unsigned char c)
{
    static const bool table[256] = {['0' ... '9'] = true,
        ['A' ... 'Z'] = true,
        ['a' ... 'z'] = true,
        ['!'] = true,
        ['#'] = true,
        ['$'] = true,
        ['%'] = true,
        ['&'] = true,
        ['\''] = true,
        ['*'] = true,
        ['+'] = true,
        ['-'] = true,
        ['.'] = true,
        ['^'] = true,
        ['_'] = true,
        ['`'] = true,
        ['|'] = true,
        ['~'] = true};
    return table[c];
}

static bool is_token(struct bh_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_char((unsigned char)text.data[i]))
            return false;
    }
    return text.len > 0;
}

static bool is_field_value(struct bh_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

struct bh_span bh_gate_target(const char *target)
{
    struct bh_span text = bh_span_from(target);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= 0x20 || c >= 0x7f)
            return BH_ABSENT;
    }
    return text.len > 0 && text.data[0] == '/' ? text : BH_ABSENT;
}

static bool is_in_row(const struct walk *walk, struct bh_span name, struct bh_span value)
{
    if (name.data != walk->expected || value.data <= name.data + name.len)
        return false;
    for (const char *at = name.data + name.len + 1; at < value.data; at++) {
        if (*at != ' ' && *at != '\t')
            return false;
    }
    return value.data[value.len] == '\0' && value.data[value.len + 1] == '\0';
}

static void note_framing(struct walk *walk, struct bh_span name, struct bh_span value)
{
    if (bh_span_equal_ascii_nocase(name, BH_SPAN("host"))) {
        walk->hosts++;
    } else if (bh_span_equal_ascii_nocase(name, BH_SPAN("content-length"))) {
        walk->lengths++;
        walk->length = value;
    } else if (bh_span_equal_ascii_nocase(name, BH_SPAN("transfer-encoding"))) {
        walk->encodings++;
        walk->encoding = value;
    } else if (bh_span_equal_ascii_nocase(name, BH_SPAN("cookie"))) {
        walk->memory += value.len + 1; /* the library takes a copy apart */
    }
}

static enum MHD_Result visit(void *context, enum MHD_ValueKind kind, const char *name, size_t name_size,
    const char *value, size_t value_size)
{
    struct walk *walk = context;
    walk->memory += INDEX_ENTRY;
    if (kind != MHD_HEADER_KIND)
        return MHD_YES;
    struct bh_span key = {name, name_size};
    struct bh_span text = {value, value_size};
    if (!is_in_row(walk, key, text) || !is_token(key) || !is_field_value(text)) {
        walk->malformed = true;
        return MHD_NO;
    }
    note_framing(walk, key, text);
    walk->expected = value + value_size + LINE_END;
    return MHD_YES;
}

static bool is_request_line(const char *method, struct bh_span target, const char *version)
{
    size_t method_size = strlen(method);
    return is_token((struct bh_span){method, method_size}) && target.data == method + method_size + 1 &&
           version == target.data + target.len + 1 &&
           (strcmp(version, "HTTP/1.1") == 0 || strcmp(version, "HTTP/1.0") == 0);
}

/* More than 18 digits cannot be held, and are too many in any case. */
static enum bh_err check_length(struct bh_span text, uint64_t *ret_length)
{
    uint64_t length = 0;
    if (text.len == 0)
        return BH_ERR_BAD_REQUEST;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return BH_ERR_BAD_REQUEST;
        if (i < 18)
            length = length * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (length > BH_BODY_LIMIT || text.len > 18)
        return BH_ERR_BODY_TOO_LARGE;
    *ret_length = length;
    return BH_OK;
}

static enum bh_err check_framing(const struct walk *walk, bool is_1_1, struct bh_framing *ret_framing)
{
    if (walk->hosts > 1 || (is_1_1 && walk->hosts == 0))
        return BH_ERR_BAD_REQUEST;
    if (walk->encodings > 0) {
        if (walk->encodings > 1 || walk->lengths > 0 || !is_1_1 ||
            !bh_span_equal_ascii_nocase(walk->encoding, BH_SPAN("chunked")))
            return BH_ERR_BAD_REQUEST;
        *ret_framing = (struct bh_framing){.chunked = true};
        return BH_OK;
    }
    if (walk->lengths > 1)
        return BH_ERR_BAD_REQUEST;
    uint64_t length = 0;
    if (walk->lengths == 1) {
        enum bh_err err = check_length(walk->length, &length);
        if (err != BH_OK)
            return err;
    }
    *ret_framing = (struct bh_framing){.content_length = length};
    return BH_OK;
}

enum bh_err bh_gate_check(struct MHD_Connection *connection, const char *method, struct bh_span target,
    const char *version, struct bh_framing *ret_framing)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info == NULL || !is_request_line(method, target, version))
        return BH_ERR_BAD_REQUEST;
    struct walk walk = {.expected = version + sizeof("HTTP/1.1") - 1 + LINE_END};
    const enum MHD_ValueKind all = (enum MHD_ValueKind)(MHD_HEADER_KIND | MHD_COOKIE_KIND);
    MHD_get_connection_values_n(connection, all, visit, &walk);
    if (walk.malformed || walk.expected + LINE_END != method + info->header_size)
        return BH_ERR_BAD_REQUEST;
    if (info->header_size + walk.memory > BH_CONNECTION_MEMORY - BH_ANSWER_ROOM)
        return BH_ERR_HEADERS_TOO_LARGE;
    return check_framing(&walk, version[7] == '1', ret_framing);
}
