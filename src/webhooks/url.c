// SPDX-License-Identifier: Apache-2.0
#include "webhooks/url.h"

#include <string.h>
#include <curl/curl.h>

#include "core/address.h"
#include "store/webhooks.h"

static void free_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void free_part(char **part)
{
    curl_free(*part);
}

static bool has_part(CURLU *url, CURLUPart part)
{
    BH_CLEANUP(free_part) char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

/* A label of digits, or in hex, at the end: an address in one of its odd forms, or nothing that DNS has. */
static bool ends_in_number(struct bh_span host)
{
    if (host.len > 0 && host.data[host.len - 1] == '.')
        host.len--;
    size_t start = host.len;
    while (start > 0 && host.data[start - 1] != '.')
        start--;
    struct bh_span label = bh_span_from_index(host, start);
    if (label.len > 1 && label.data[0] == '0' && (label.data[1] == 'x' || label.data[1] == 'X'))
        return true;
    for (size_t i = 0; i < label.len; i++) {
        if (label.data[i] < '0' || label.data[i] > '9')
            return false;
    }
    return label.len > 0;
}

static bool is_plain_host(struct bh_span host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '.' || c == '_';
        if (!plain)
            return false;
    }
    return host.len > 0;
}

static enum bh_err check_host(struct bh_span host, bool allow_private)
{
    struct bh_address address;
    if (host.len > 0 && host.data[0] == '[') {
        struct bh_span inner = {host.data + 1, host.len - 2};
        if (!bh_address_parse(inner, &address))
            return BH_ERR_WEBHOOK_URL;
        return allow_private ? BH_OK : BH_ERR_WEBHOOK_URL_HOST;
    }
    if (!is_plain_host(host))
        return BH_ERR_WEBHOOK_URL;
    if (bh_address_parse(host, &address))
        return allow_private || bh_address_is_public(&address) ? BH_OK : BH_ERR_WEBHOOK_URL_HOST;
    if (ends_in_number(host))
        return BH_ERR_WEBHOOK_URL_HOST;
    return allow_private || bh_host_name_is_public(host) ? BH_OK : BH_ERR_WEBHOOK_URL_HOST;
}

static enum bh_err check_parts(CURLU *url, bool allow_private)
{
    BH_CLEANUP(free_part) char *scheme = NULL;
    BH_CLEANUP(free_part) char *host = NULL;
    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return BH_ERR_WEBHOOK_URL;
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        return BH_ERR_WEBHOOK_URL_CREDENTIALS;
    if (strcmp(scheme, "https") != 0 && !allow_private)
        return BH_ERR_WEBHOOK_URL_HTTPS;
    if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
        return BH_ERR_WEBHOOK_URL_SCHEME;
    return check_host(bh_span_from(host), allow_private);
}

/* Only printable ASCII: what else a URL may hold belongs into escapes, and parsers disagree about it. */
static bool is_plain(struct bh_span url)
{
    for (size_t i = 0; i < url.len; i++) {
        if (url.data[i] <= ' ' || url.data[i] > '~' || url.data[i] == '\\')
            return false;
    }
    return true;
}

/* The authority must be free of "@" by itself: empty user info is refused too, and curl does not report it.
 */
static bool has_user_info(struct bh_span url)
{
    size_t start = bh_span_find(url, BH_SPAN("://"));
    if (start == SIZE_MAX)
        return false;
    struct bh_span rest = bh_span_from_index(url, start + 3);
    for (size_t i = 0; i < rest.len && strchr("/?#", rest.data[i]) == NULL; i++) {
        if (rest.data[i] == '@')
            return true;
    }
    return false;
}

static void lower_host(CURLU *url)
{
    BH_CLEANUP(free_part) char *host = NULL;
    if (curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return;
    for (char *c = host; *c != 0; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    (void)curl_url_set(url, CURLUPART_HOST, host, 0);
}

enum bh_err bh_webhook_url_check(
    struct bh_span url, bool allow_private, struct bh_arena *arena, struct bh_span *ret_url)
{
    struct bh_span text;
    url = bh_span_trim(url);
    if (bh_span_is_blank(url))
        return BH_ERR_FIELD_REQUIRED;
    if (bh_span_utf16_length(url) > BH_WEBHOOK_URL_MAX)
        return BH_ERR_WEBHOOK_URL_LENGTH;
    if (!bh_arena_copy(arena, url, &text))
        return BH_ERR_NO_MEMORY;
    BH_CLEANUP(free_url) CURLU *parsed = curl_url();
    if (parsed == NULL)
        return BH_ERR_NO_MEMORY;
    if (!is_plain(text) ||
        curl_url_set(parsed, CURLUPART_URL, text.data, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return BH_ERR_WEBHOOK_URL;
    if (has_user_info(text))
        return BH_ERR_WEBHOOK_URL_CREDENTIALS;
    enum bh_err err = check_parts(parsed, allow_private);
    if (err != BH_OK)
        return err;
    BH_CLEANUP(free_part) char *whole = NULL;
    lower_host(parsed);
    if (curl_url_set(parsed, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_URL, &whole, CURLU_NO_DEFAULT_PORT) != CURLUE_OK)
        return BH_ERR_WEBHOOK_URL;
    return bh_arena_copy(arena, bh_span_from(whole), ret_url) ? BH_OK : BH_ERR_NO_MEMORY;
}
