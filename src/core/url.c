// SPDX-License-Identifier: Apache-2.0
#include "core/url.h"

#include <string.h>

#define NAME_MAX_BYTES 253
#define LABEL_MAX_BYTES 63
#define V4_PARTS 4

/* What the rules are asked about, once the text has been taken apart. */
struct draft {
    bool https, has_user_info;
    bool is_v6; /* in brackets and without a dot */
    bool is_address;
    struct bh_address address;
    struct bh_span host;
    uint16_t port;
};

/* A text that is written into memory of the arena, which is large enough for the worst case. */
struct writer {
    char *data;
    size_t len, size;
};

static void put(struct writer *out, char c)
{
    if (out->len < out->size)
        out->data[out->len++] = c;
}

static void put_span(struct writer *out, struct bh_span span)
{
    for (size_t i = 0; i < span.len; i++)
        put(out, span.data[i]);
}

static void put_number(struct writer *out, unsigned value)
{
    unsigned power = 1;
    while (value / power >= 10)
        power *= 10;
    for (; power > 0; power /= 10)
        put(out, (char)('0' + value / power % 10));
}

static struct bh_span written(const struct writer *out)
{
    return (struct bh_span){out->data, out->len};
}

/* ---- characters -----------------------------------------------------------------------------------------
 */

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

/* Browsers drop control characters and blanks at both ends, and tabs and line ends everywhere. */
static bool clean(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_text)
{
    struct writer out = {.data = bh_arena_alloc(arena, text.len + 1), .size = text.len};
    size_t start = 0;
    size_t end = text.len;
    if (out.data == NULL)
        return false;
    while (start < end && is_blank(text.data[start]))
        start++;
    while (end > start && is_blank(text.data[end - 1]))
        end--;
    for (size_t i = start; i < end; i++) {
        if (text.data[i] != '\t' && text.data[i] != '\n' && text.data[i] != '\r')
            put(&out, text.data[i]);
    }
    *ret_text = written(&out);
    return true;
}

/* ---- hosts ----------------------------------------------------------------------------------------------
 */

/* Decimal, octal after "0", hex after "0x", which may be empty. Too large numbers stay too large. */
static bool parse_number(struct bh_span part, uint64_t *ret_value)
{
    unsigned base = 10;
    uint64_t value = 0;
    size_t at = 0;
    if (part.len == 0)
        return false;
    if (part.len > 1 && part.data[0] == '0') {
        bool is_hex = lower(part.data[1]) == 'x';
        base = is_hex ? 16 : 8;
        at = is_hex ? 2 : 1;
    }
    for (; at < part.len; at++) {
        int digit = hex_value(part.data[at]);
        if (digit < 0 || (unsigned)digit >= base)
            return false;
        if (value <= UINT32_MAX)
            value = value * base + (unsigned)digit;
    }
    *ret_value = value;
    return true;
}

static struct bh_span without_final_dot(struct bh_span host)
{
    if (host.len > 0 && host.data[host.len - 1] == '.')
        host.len--;
    return host;
}

/* Then it is an address in one of its spellings, or nothing. */
static bool ends_in_number(struct bh_span host)
{
    uint64_t ignored;
    host = without_final_dot(host);
    size_t start = host.len;
    while (start > 0 && host.data[start - 1] != '.')
        start--;
    struct bh_span label = bh_span_from_index(host, start);
    bool all_digits = label.len > 0;
    for (size_t i = 0; i < label.len; i++)
        all_digits = all_digits && is_digit(label.data[i]);
    return all_digits || parse_number(label, &ignored);
}

/* One to four numbers, of which the last fills the bytes that are left. */
static bool parse_v4(struct bh_span host, struct bh_address *ret_address)
{
    uint64_t numbers[V4_PARTS];
    size_t count = 0;
    struct bh_span rest = without_final_dot(host);
    for (bool more = true; more;) {
        size_t dot = bh_span_find(rest, BH_SPAN("."));
        struct bh_span part = {rest.data, dot == SIZE_MAX ? rest.len : dot};
        if (count == V4_PARTS || !parse_number(part, &numbers[count++]))
            return false;
        more = dot != SIZE_MAX;
        rest = bh_span_from_index(rest, part.len + 1);
    }
    uint64_t value = numbers[count - 1];
    if (value >= (uint64_t)1 << 8 * (V4_PARTS + 1 - count))
        return false;
    for (size_t i = 0; i + 1 < count; i++) {
        if (numbers[i] > 255)
            return false;
        value |= numbers[i] << 8 * (V4_PARTS - 1 - i);
    }
    *ret_address = (struct bh_address){0};
    for (size_t i = 0; i < V4_PARTS; i++)
        ret_address->bytes[i] = (unsigned char)(value >> 8 * (V4_PARTS - 1 - i));
    return true;
}

static bool write_v4(const struct bh_address *address, struct bh_arena *arena, struct bh_span *ret_text)
{
    char text[16];
    struct writer out = {.data = text, .size = sizeof(text)};
    for (size_t i = 0; i < V4_PARTS; i++) {
        if (i > 0)
            put(&out, '.');
        put_number(&out, address->bytes[i]);
    }
    return bh_arena_copy(arena, written(&out), ret_text);
}

/* Escapes are undone once. Of what a host may hold after that, only what DNS and libcurl read alike. */
static bool decode_host(struct bh_span raw, struct writer *out)
{
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.data[i];
        if (c == '%') {
            int high = raw.len - i > 2 ? hex_value(raw.data[i + 1]) : -1;
            int low = raw.len - i > 2 ? hex_value(raw.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        c = lower(c);
        if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_')
            return false;
        put(out, c);
    }
    return out->len > 0;
}

static bool has_usable_length(struct bh_span name)
{
    size_t label = 0;
    for (size_t i = 0; i < name.len; i++) {
        label = name.data[i] == '.' ? 0 : label + 1;
        if (label > LABEL_MAX_BYTES)
            return false;
    }
    return name.len <= NAME_MAX_BYTES;
}

/*
 * "[::ffff:192.0.2.1]" and "[::192.0.2.1]", spelled like that. They have a dot, so the rule about names does
 * not refuse them; what resolves names does, always.
 */
static bool is_dotted_v6(struct bh_span inner)
{
    struct bh_address address;
    struct bh_span mapped = BH_SPAN("::ffff:");
    size_t start = bh_span_starts_with(inner, mapped) ? mapped.len : 2;
    return bh_span_starts_with(inner, BH_SPAN("::")) &&
           bh_address_parse(bh_span_from_index(inner, start), &address) && !address.is_v6 &&
           (start > 2 || address.bytes[0] != 0);
}

static enum bh_err read_v6(struct bh_span raw, struct bh_arena *arena, struct draft *draft)
{
    struct bh_address address;
    if (raw.data[raw.len - 1] != ']')
        return BH_ERR_GATEWAY_URL_INVALID;
    struct bh_span inner = {raw.data + 1, raw.len - 2};
    if (!bh_address_parse(inner, &address) || !address.is_v6)
        return BH_ERR_GATEWAY_URL_INVALID;
    draft->is_v6 = !is_dotted_v6(inner);
    return bh_arena_copy(arena, raw, &draft->host) ? BH_OK : BH_ERR_NO_MEMORY;
}

static enum bh_err read_host(struct bh_span raw, struct bh_arena *arena, struct draft *draft)
{
    if (raw.len == 0)
        return BH_ERR_GATEWAY_URL_INVALID;
    if (raw.data[0] == '[')
        return read_v6(raw, arena, draft);
    struct writer out = {.data = bh_arena_alloc(arena, raw.len + 1), .size = raw.len};
    if (out.data == NULL)
        return BH_ERR_NO_MEMORY;
    if (!decode_host(raw, &out))
        return BH_ERR_GATEWAY_URL_INVALID;
    if (!ends_in_number(written(&out))) {
        draft->host = without_final_dot(written(&out));
        return has_usable_length(draft->host) ? BH_OK : BH_ERR_GATEWAY_URL_INVALID;
    }
    draft->is_address = true;
    if (!parse_v4(written(&out), &draft->address))
        return BH_ERR_GATEWAY_URL_INVALID;
    return write_v4(&draft->address, arena, &draft->host) ? BH_OK : BH_ERR_NO_MEMORY;
}

/* Digits up to 65535, with any number of zeros before them; nothing is the scheme's own. */
static bool read_port(struct bh_span text, struct draft *draft)
{
    unsigned value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.data[i]))
            return false;
        value = value * 10 + (unsigned)(text.data[i] - '0');
        if (value > UINT16_MAX)
            return false;
    }
    draft->port = (uint16_t)(text.len > 0 ? value : draft->https ? 443 : 80);
    return true;
}

/* "user@host:port" */
static enum bh_err read_authority(struct bh_span text, struct bh_arena *arena, struct draft *draft)
{
    for (size_t i = text.len; i > 0 && !draft->has_user_info; i--) {
        if (text.data[i - 1] == '@') {
            draft->has_user_info = true;
            text = bh_span_from_index(text, i);
        }
    }
    size_t colon = 0;
    for (bool in_brackets = false; colon < text.len; colon++) {
        if (text.data[colon] == '[' || text.data[colon] == ']')
            in_brackets = text.data[colon] == '[';
        else if (text.data[colon] == ':' && !in_brackets)
            break;
    }
    if (!read_port(bh_span_from_index(text, colon + 1), draft))
        return BH_ERR_GATEWAY_URL_INVALID;
    return read_host((struct bh_span){text.data, colon}, arena, draft);
}

/* ---- paths ----------------------------------------------------------------------------------------------
 */

static void put_escaped(struct writer *out, char c, struct bh_span escaped)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char byte = (unsigned char)c;
    if (byte > ' ' && byte < 0x7f && memchr(escaped.data, c, escaped.len) == NULL) {
        put(out, c);
        return;
    }
    put(out, '%');
    put(out, digits[byte >> 4]);
    put(out, digits[byte & 15]);
}

/* The number of dots that a segment consists of, escaped or not; 0 = it is another one, or longer. */
static int count_dots(struct bh_span segment)
{
    int dots = 0;
    for (size_t i = 0; i < segment.len; dots++) {
        if (segment.data[i] == '.')
            i++;
        else if (segment.len - i >= 3 && segment.data[i] == '%' && segment.data[i + 1] == '2' &&
                 lower(segment.data[i + 2]) == 'e')
            i += 3;
        else
            return 0;
    }
    return dots <= 2 ? dots : 0;
}

/* Takes the last segment off, with what follows the last slash; the slash before it stays. */
static void drop_segment(struct writer *out)
{
    while (out->len > 1 && out->data[out->len - 1] != '/')
        out->len--;
}

/* Appends a path to `out`, which ends in "/": dot segments are followed, backslashes become slashes. */
static void put_path(struct writer *out, struct bh_span path)
{
    for (size_t at = 0; at < path.len;) {
        size_t end = at;
        while (end < path.len && !is_slash(path.data[end]))
            end++;
        struct bh_span segment = {path.data + at, end - at};
        int dots = count_dots(segment);
        if (dots == 2 && out->len > 1) {
            out->len--; /* the slash behind the segment that goes */
            drop_segment(out);
        }
        for (size_t i = 0; dots == 0 && i < segment.len; i++)
            put_escaped(out, segment.data[i], BH_SPAN("\"<>^`{|}"));
        if (dots == 0 && end < path.len)
            put(out, '/');
        at = end + 1;
    }
}

static size_t find_any(struct bh_span text, struct bh_span bytes)
{
    for (size_t i = 0; i < text.len; i++) {
        if (memchr(bytes.data, text.data[i], bytes.len) != NULL)
            return i;
    }
    return text.len;
}

/*
 * Path and query of `text`, which begins where the authority has ended, or is a relative reference; then
 * `base` is the path and query it is relative to.
 */
static void put_path_query(struct writer *out, struct bh_span text, struct bh_span base)
{
    size_t base_end = find_any(base, BH_SPAN("?"));
    text.len = find_any(text, BH_SPAN("#"));
    size_t end = find_any(text, BH_SPAN("?"));
    if (text.len == 0 && base.len > 0) {
        put_span(out, base);
        return;
    }
    if (end > 0 && is_slash(text.data[0])) {
        put(out, '/');
        put_path(out, (struct bh_span){text.data + 1, end - 1});
    } else if (end > 0 && base.len > 0) {
        put_span(out, (struct bh_span){base.data, base_end});
        drop_segment(out);
        put_path(out, (struct bh_span){text.data, end});
    } else if (base.len > 0) {
        put_span(out, (struct bh_span){base.data, base_end});
    } else {
        put(out, '/');
    }
    for (size_t i = end; i < text.len; i++)
        put_escaped(out, text.data[i], BH_SPAN("\"#<>'"));
}

/* ---- the whole ------------------------------------------------------------------------------------------
 */

/* Position of the colon behind the scheme; SIZE_MAX = it does not begin with one. */
static size_t scheme_end(struct bh_span text)
{
    if (text.len == 0 || !is_alpha(text.data[0]))
        return SIZE_MAX;
    for (size_t i = 1; i < text.len; i++) {
        char c = text.data[i];
        if (c == ':')
            return i;
        if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
            return SIZE_MAX;
    }
    return SIZE_MAX;
}

static bool port_is_allowed(uint16_t port, const struct bh_url_policy *policy)
{
    bool allowed = port == 80 || port == 443;
    for (size_t i = 0; i < policy->port_count; i++)
        allowed = allowed || (port != 0 && policy->ports[i] == port);
    return allowed;
}

/* One final dot was taken off already; another one is an empty label. */
static bool has_public_name(const struct draft *draft)
{
    return bh_host_name_is_public(draft->host) && draft->host.data[draft->host.len - 1] != '.';
}

static enum bh_err judge(const struct draft *draft, const struct bh_url_policy *policy)
{
    if (policy->https_only && !draft->https)
        return BH_ERR_GATEWAY_URL_HTTPS;
    if (draft->has_user_info)
        return BH_ERR_GATEWAY_URL_CREDENTIALS;
    if (draft->is_v6 || (!draft->is_address && !has_public_name(draft)))
        return BH_ERR_GATEWAY_URL_HOST;
    if (draft->is_address && !bh_address_is_public(&draft->address))
        return BH_ERR_GATEWAY_URL_ADDRESS;
    return port_is_allowed(draft->port, policy) ? BH_OK : BH_ERR_GATEWAY_URL_PORT;
}

static enum bh_err write_url(
    const struct draft *draft, struct bh_span path_query, struct bh_arena *arena, struct bh_url *ret_url)
{
    size_t size = sizeof("https://:65535") + draft->host.len + path_query.len;
    struct writer out = {.data = bh_arena_alloc(arena, size + 1), .size = size};
    if (out.data == NULL)
        return BH_ERR_NO_MEMORY;
    put_span(&out, draft->https ? BH_SPAN("https://") : BH_SPAN("http://"));
    put_span(&out, draft->host);
    if (draft->port != (draft->https ? 443 : 80)) {
        put(&out, ':');
        put_number(&out, draft->port);
    }
    put_span(&out, path_query);
    if (out.len > BH_URL_MAX)
        return BH_ERR_GATEWAY_URL_LENGTH;
    *ret_url = (struct bh_url){.https = draft->https,
        .host = draft->host,
        .is_address = draft->is_address,
        .address = draft->address,
        .port = draft->port,
        .path_query = path_query,
        .text = written(&out)};
    return BH_OK;
}

/* Memory for a path and query made of both. */
static bool init_path(struct writer *out, struct bh_span text, struct bh_span base, struct bh_arena *arena)
{
    size_t size = 3 * text.len + base.len + 1;
    *out = (struct writer){.data = bh_arena_alloc(arena, size + 1), .size = size};
    return out->data != NULL;
}

/* `text` begins behind the scheme and its colon. */
static enum bh_err read_absolute(struct bh_span text, bool https, const struct bh_url_policy *policy,
    struct bh_arena *arena, struct bh_url *ret_url)
{
    struct writer path;
    struct draft draft = {.https = https};
    while (text.len > 0 && is_slash(text.data[0]))
        text = bh_span_from_index(text, 1);
    size_t end = find_any(text, BH_SPAN("/\\?#"));
    enum bh_err err = read_authority((struct bh_span){text.data, end}, arena, &draft);
    if (err == BH_OK)
        err = judge(&draft, policy);
    if (err != BH_OK)
        return err;
    text = bh_span_from_index(text, end);
    if (!init_path(&path, text, BH_SPAN(""), arena))
        return BH_ERR_NO_MEMORY;
    put_path_query(&path, text, BH_SPAN(""));
    return write_url(&draft, written(&path), arena, ret_url);
}

static enum bh_err read_relative(struct bh_span text, const struct bh_url *base,
    const struct bh_url_policy *policy, struct bh_arena *arena, struct bh_url *ret_url)
{
    struct writer path;
    if (text.len > 1 && is_slash(text.data[0]) && is_slash(text.data[1]))
        return read_absolute(text, base->https, policy, arena, ret_url);
    struct draft draft = {.https = base->https,
        .host = base->host,
        .is_address = base->is_address,
        .address = base->address,
        .port = base->port};
    if (!init_path(&path, text, base->path_query, arena))
        return BH_ERR_NO_MEMORY;
    put_path_query(&path, text, base->path_query);
    enum bh_err err = judge(&draft, policy);
    return err == BH_OK ? write_url(&draft, written(&path), arena, ret_url) : err;
}

static enum bh_err read_url(struct bh_span text, const struct bh_url *base,
    const struct bh_url_policy *policy, struct bh_arena *arena, struct bh_url *ret_url)
{
    if (text.len > BH_URL_MAX)
        return BH_ERR_GATEWAY_URL_LENGTH;
    if (!clean(text, arena, &text))
        return BH_ERR_NO_MEMORY;
    size_t colon = scheme_end(text);
    if (colon == SIZE_MAX && base == NULL)
        return BH_ERR_GATEWAY_URL_INVALID;
    if (colon == SIZE_MAX)
        return read_relative(text, base, policy, arena, ret_url);
    struct bh_span scheme = {text.data, colon};
    bool https = bh_span_equal_ascii_nocase(scheme, BH_SPAN("https"));
    if (!https && !bh_span_equal_ascii_nocase(scheme, BH_SPAN("http")))
        return BH_ERR_GATEWAY_URL_SCHEME;
    text = bh_span_from_index(text, colon + 1);
    /* "http:page" is relative to a page of that scheme. */
    bool has_slashes = text.len > 1 && is_slash(text.data[0]) && is_slash(text.data[1]);
    if (base != NULL && base->https == https && !has_slashes)
        return read_relative(text, base, policy, arena, ret_url);
    return read_absolute(text, https, policy, arena, ret_url);
}

enum bh_err bh_url_parse(
    struct bh_span text, const struct bh_url_policy *policy, struct bh_arena *arena, struct bh_url *ret_url)
{
    if (bh_span_is_blank(text))
        return BH_ERR_GATEWAY_URL_REQUIRED;
    return read_url(text, NULL, policy, arena, ret_url);
}

enum bh_err bh_url_resolve(const struct bh_url *base, struct bh_span location,
    const struct bh_url_policy *policy, struct bh_arena *arena, struct bh_url *ret_url)
{
    return read_url(location, base, policy, arena, ret_url);
}

void bh_url_for_record(struct bh_span text, struct bh_span *ret_kept, bool *ret_has_query)
{
    struct bh_span kept = {text.data, find_any(text, BH_SPAN("#"))};
    size_t end = find_any(kept, BH_SPAN("?"));
    *ret_has_query = end < kept.len;
    *ret_kept = (struct bh_span){text.data, end};
}
