// SPDX-License-Identifier: Apache-2.0
#include "gateway/hop.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/fetch.h"
#include "lib/clock.h"

#define PIN_TEXT 80

/* ---- media types ----------------------------------------------------------------------------------------
 */

void bh_media_type_read(struct bh_span header, struct bh_buf *ret_type)
{
    size_t end = bh_span_find(header, BH_SPAN(";"));
    struct bh_span type = bh_span_trim((struct bh_span){header.data, end == SIZE_MAX ? header.len : end});
    for (size_t i = 0; i < type.len; i++) {
        char c = type.data[i];
        bool is_plain = c > ' ' && c <= '~';
        bh_buf_add_char(ret_type, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : is_plain ? c : '?');
    }
}

bool bh_media_type_is_markup(struct bh_span type)
{
    return bh_span_equal(type, BH_SPAN("text/html")) || bh_span_equal(type, BH_SPAN("text/xml")) ||
           bh_span_equal(type, BH_SPAN("application/xml")) ||
           bh_span_equal(type, BH_SPAN("application/xhtml+xml"));
}

bool bh_media_type_is_text(struct bh_span type)
{
    return bh_span_starts_with(type, BH_SPAN("text/")) || bh_span_equal(type, BH_SPAN("application/json")) ||
           bh_media_type_is_markup(type);
}

/* ---- what libcurl asks ----------------------------------------------------------------------------------
 */

/* The real address, where nothing can change any more between check and use. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct bh_hop *hop = context;
    struct bh_address real;
    (void)purpose;
    if (!bh_address_from_socket(&address->addr, &real) || real.is_v6 != hop->pinned.is_v6 ||
        memcmp(real.bytes, hop->pinned.bytes, sizeof(real.bytes)) != 0 ||
        !bh_reach_allows(hop->options->reach, &real)) {
        hop->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Connected, and about to ask. */
static int note_connected(void *context, char *peer, char *own, int peer_port, int own_port)
{
    struct bh_hop *hop = context;
    (void)peer, (void)own, (void)peer_port, (void)own_port;
    hop->active_at = bh_clock_steady_ms();
    return CURL_PREREQFUNC_OK;
}

static bool take_value(struct bh_span line, struct bh_span name, struct bh_span *ret_value)
{
    size_t colon = bh_span_find(line, BH_SPAN(":"));
    if (colon == SIZE_MAX || !bh_span_equal_ascii_nocase((struct bh_span){line.data, colon}, name))
        return false;
    *ret_value = bh_span_trim(bh_span_from_index(line, colon + 1));
    return true;
}

/* A new answer begins; what an interim one (1xx) has said does not count. */
static void begin_answer(struct bh_hop *hop)
{
    hop->status = 0;
    hop->has_type = hop->has_location = hop->is_encoded = false;
    bh_buf_clear(&hop->type);
    bh_buf_clear(&hop->location);
}

static void read_header(struct bh_hop *hop, struct bh_span line)
{
    struct bh_span value;
    if (take_value(line, BH_SPAN("content-type"), &value) && !hop->has_type) {
        hop->has_type = true;
        if (value.len <= BH_HOP_TYPE_MAX)
            bh_media_type_read(value, &hop->type);
    } else if (take_value(line, BH_SPAN("location"), &value) && !hop->has_location) {
        hop->has_location = true;
        bh_buf_add(&hop->location, value);
    } else if (take_value(line, BH_SPAN("content-encoding"), &value)) {
        if (value.len > 0 && !bh_span_equal_ascii_nocase(value, BH_SPAN("identity")))
            hop->is_encoded = true;
    } else if (take_value(line, BH_SPAN("transfer-encoding"), &value)) {
        if (!bh_span_equal_ascii_nocase(value, BH_SPAN("chunked")))
            hop->is_encoded = true;
    }
}

/* Of a redirect, of what is no text and of what is packed, the body is not read. */
static bool wants_body(const struct bh_hop *hop)
{
    return !bh_hop_is_redirect(hop) && !hop->is_encoded &&
           (hop->options->any_type || bh_media_type_is_text(bh_buf_span(&hop->type)));
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct bh_hop *hop = context;
    struct bh_span line = {data, size * count};
    hop->active_at = bh_clock_steady_ms();
    hop->header_length += line.len;
    if (hop->header_length > BH_FETCH_HEADER_MAX)
        return 0;
    if (hop->has_ended_headers) /* a trailer */
        return line.len;
    if (bh_span_starts_with(line, BH_SPAN("HTTP/"))) {
        long status = 0;
        begin_answer(hop);
        (void)curl_easy_getinfo(hop->easy, CURLINFO_RESPONSE_CODE, &status);
        hop->status = (int)status;
    } else if (line.len > 0 && line.data[0] != '\r' && line.data[0] != '\n') {
        read_header(hop, line);
    } else if (hop->status >= 200) {
        hop->has_ended_headers = true;
        hop->has_enough = !wants_body(hop);
        return hop->has_enough ? 0 : line.len;
    }
    return line.len;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct bh_hop *hop = context;
    struct bh_span piece = {data, size * count};
    size_t room = BH_FETCH_BODY_MAX - hop->body.len;
    hop->active_at = bh_clock_steady_ms();
    if (piece.len > room) {
        hop->truncated = hop->has_enough = true;
        bh_buf_add(&hop->body, (struct bh_span){data, room});
        return 0;
    }
    bh_buf_add(&hop->body, piece);
    return piece.len;
}

/* ---- the request ----------------------------------------------------------------------------------------
 */

static bool set_limits(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)BH_FETCH_TOTAL_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)BH_FETCH_IDLE_MS) == CURLE_OK;
}

static bool set_functions(CURL *easy, struct bh_hop *hop)
{
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, hop) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, note_connected) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQDATA, hop) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, hop) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, hop) == CURLE_OK;
}

static bool add_header(struct bh_hop *hop, const char *line)
{
    struct curl_slist *list = curl_slist_append(hop->headers, line);
    if (list == NULL)
        return false;
    hop->headers = list;
    return true;
}

/* Whatever the URL's host and port are: to this address, and to this port. */
static bool pin(struct bh_hop *hop, const struct bh_url *url)
{
    char text[PIN_TEXT];
    const unsigned char *b = hop->pinned.bytes;
    int length;
    if (hop->pinned.is_v6)
        length = snprintf(text, sizeof(text), "::[%x:%x:%x:%x:%x:%x:%x:%x]:%u", b[0] << 8 | b[1],
            b[2] << 8 | b[3], b[4] << 8 | b[5], b[6] << 8 | b[7], b[8] << 8 | b[9], b[10] << 8 | b[11],
            b[12] << 8 | b[13], b[14] << 8 | b[15], url->port);
    else
        length = snprintf(text, sizeof(text), "::%u.%u.%u.%u:%u", b[0], b[1], b[2], b[3], url->port);
    if (length < 0 || (size_t)length >= sizeof(text))
        return false;
    hop->connect_to = curl_slist_append(NULL, text);
    return hop->connect_to != NULL;
}

/* In place of the system's, of which there is a file and a folder. */
static bool set_authorities(CURL *easy, const char *ca_file)
{
    return curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
}

static bool set_request(struct bh_hop *hop, const struct bh_url *url)
{
    char text[BH_URL_MAX + 1];
    CURL *easy = hop->easy;
    memcpy(text, url->text.data, url->text.len);
    text[url->text.len] = 0;
    return pin(hop, url) &&
           add_header(hop, "Accept: text/html,text/plain,application/json;q=0.8,*/*;q=0.1") &&
           add_header(hop, "Connection: close") && curl_easy_setopt(easy, CURLOPT_URL, text) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "BehalfID-Action-Gateway/0.1") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, hop->headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECT_TO, hop->connect_to) == CURLE_OK &&
           (hop->options->ca_file == NULL || set_authorities(easy, hop->options->ca_file));
}

enum bh_err bh_hop_init(struct bh_hop *hop, const struct bh_hop_options *options, const struct bh_url *url,
    const struct bh_address *address, int64_t now_ms)
{
    *hop = (struct bh_hop){
        .options = options, .easy = curl_easy_init(), .pinned = *address, .active_at = now_ms};
    bh_buf_init(&hop->type, BH_HOP_TYPE_MAX);
    bh_buf_init(&hop->location, BH_FETCH_HEADER_MAX);
    bh_buf_init(&hop->body, BH_FETCH_BODY_MAX);
    if (hop->easy != NULL && url->text.len <= BH_URL_MAX && set_limits(hop->easy) &&
        set_functions(hop->easy, hop) && set_request(hop, url))
        return BH_OK;
    bh_hop_finish(hop);
    return BH_ERR_NO_MEMORY;
}

void bh_hop_finish(struct bh_hop *hop)
{
    curl_easy_cleanup(hop->easy);
    curl_slist_free_all(hop->headers);
    curl_slist_free_all(hop->connect_to);
    bh_buf_finish(&hop->type);
    bh_buf_finish(&hop->location);
    bh_buf_finish(&hop->body);
    *hop = (struct bh_hop){0};
}

enum bh_err bh_hop_conclude(const struct bh_hop *hop, CURLcode code)
{
    if (hop->was_refused)
        return BH_ERR_GATEWAY_PRIVATE;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return BH_ERR_GATEWAY_TIMEOUT;
    if (hop->body.failed) /* libcurl's own "out of memory" is a header line that is too long, too */
        return BH_ERR_NO_MEMORY;
    bool is_whole = code == CURLE_OK || (code == CURLE_WRITE_ERROR && hop->has_enough);
    return is_whole && hop->has_ended_headers ? BH_OK : BH_ERR_GATEWAY_FETCH;
}
