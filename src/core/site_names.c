// SPDX-License-Identifier: Apache-2.0
#include "core/site_names.h"

#define LABEL_MAX 63
#define PORT_DIGITS 5
#define PORT_MAX 65535
#define HTTPS_PORT 443

#define SCHEME "https://"

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* `label` in lower case. */
static bool is_label(struct bh_span label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.data[0] == '-' || label.data[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        if (!is_name_char(label.data[i]) && label.data[i] != '-')
            return false;
    }
    return true;
}

static bool is_host(struct bh_span host)
{
    size_t start = 0;
    for (size_t i = 0; i <= host.len; i++) {
        if (i < host.len && host.data[i] != '.')
            continue;
        if (!is_label((struct bh_span){host.data + start, i - start}))
            return false;
        start = i + 1;
    }
    return true;
}

/* The host in lower case without a final dot, written to `out`; its length, or 0 when it is none. */
static size_t write_host(struct bh_span host, char *out)
{
    if (host.len > 0 && host.data[host.len - 1] == '.')
        host.len--;
    if (host.len == 0 || host.len > BH_SITE_DOMAIN_MAX)
        return 0;
    for (size_t i = 0; i < host.len; i++)
        out[i] = to_lower(host.data[i]);
    return is_host((struct bh_span){out, host.len}) ? host.len : 0;
}

bool bh_site_domain_canonical(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_domain)
{
    char host[BH_SITE_DOMAIN_MAX];
    size_t length = write_host(bh_span_trim(text), host);
    return length > 0 && bh_arena_copy(arena, (struct bh_span){host, length}, ret_domain);
}

/* Decimal without leading zeros; 0 when it is no port. */
static unsigned read_port(struct bh_span digits)
{
    unsigned port = 0;
    if (digits.len == 0 || digits.len > PORT_DIGITS || digits.data[0] == '0')
        return 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return 0;
        port = port * 10 + (unsigned)(digits.data[i] - '0');
    }
    return port <= PORT_MAX ? port : 0;
}

/* "host" or "host:port"; without a port it is that of https, and `ret_digits` is absent. */
static unsigned split_port(struct bh_span authority, struct bh_span *ret_host, struct bh_span *ret_digits)
{
    size_t colon = bh_span_find(authority, BH_SPAN(":"));
    *ret_host = authority;
    *ret_digits = BH_ABSENT;
    if (colon == SIZE_MAX)
        return HTTPS_PORT;
    ret_host->len = colon;
    *ret_digits = bh_span_from_index(authority, colon + 1);
    return read_port(*ret_digits);
}

bool bh_site_origin_canonical(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_origin)
{
    char origin[sizeof(SCHEME) + BH_SITE_DOMAIN_MAX + PORT_DIGITS + 1];
    const size_t scheme = sizeof(SCHEME) - 1;
    text = bh_span_trim(text);
    if (text.len <= scheme ||
        !bh_span_equal_ascii_nocase((struct bh_span){text.data, scheme}, BH_SPAN(SCHEME)))
        return false;
    struct bh_span host;
    struct bh_span digits;
    struct bh_span authority = bh_span_from_index(text, scheme);
    if (authority.len > 0 && authority.data[authority.len - 1] == '/')
        authority.len--;
    unsigned port = split_port(authority, &host, &digits);
    for (size_t i = 0; i < scheme; i++)
        origin[i] = SCHEME[i];
    size_t length = write_host(host, origin + scheme);
    if (length == 0 || port == 0)
        return false;
    length += scheme;
    if (port != HTTPS_PORT) {
        origin[length++] = ':';
        for (size_t i = 0; i < digits.len; i++)
            origin[length++] = digits.data[i];
    }
    return bh_arena_copy(arena, (struct bh_span){origin, length}, ret_origin);
}
