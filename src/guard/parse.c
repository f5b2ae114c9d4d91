// SPDX-License-Identifier: Apache-2.0
#include "guard/parse.h"

#include <string.h>

#include "core/site_names.h"
#include "core/site_rules.h"
#include "lib/json.h"

#define METADATA_UNITS 2048

static enum bh_err check_keys(const json_t *body, struct bh_span *detail)
{
    static const char *const known[] = {"path", "userAgent", "agentIdentifier", "siteId", "domain",
        "metadata", "method", "scheme", "authority", "query", "headers"};
    json_t *object = (json_t *)(uintptr_t)body;
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        bool found = false;
        *detail = (struct bh_span){json_object_iter_key(at), json_object_iter_key_len(at)};
        for (size_t i = 0; i < BH_COUNT(known) && !found; i++)
            found = bh_span_equal(*detail, bh_span_from(known[i]));
        if (!found)
            return BH_ERR_UNKNOWN_FIELD;
    }
    return BH_OK;
}

/* The trimmed text of a member; absent when it is empty or no string. */
static struct bh_span member(const json_t *body, const char *key)
{
    struct bh_span text = bh_span_trim(bh_json_member_text(body, key));
    return text.len == 0 ? BH_ABSENT : text;
}

/* Whoever has none to tell may leave it out. */
static enum bh_err parse_user_agent(const json_t *body, struct bh_site_request *request)
{
    const json_t *json = json_object_get(body, "userAgent");
    request->user_agent = member(body, "userAgent");
    if (json != NULL && !json_is_null(json) && !json_is_string(json))
        return BH_ERR_SITE_USER_AGENT;
    return bh_span_utf16_length(request->user_agent) > BH_SITE_USER_AGENT_UNITS
               ? BH_ERR_SITE_USER_AGENT_LENGTH
               : BH_OK;
}

static enum bh_err parse_metadata(const json_t *body)
{
    const json_t *metadata = json_object_get(body, "metadata");
    bool fits = metadata == NULL || (json_is_object(metadata) && bh_json_fits(metadata, METADATA_UNITS));
    return fits ? BH_OK : BH_ERR_METADATA;
}

/* ---- the visitor's own request ---- */

static bool is_alphanumeric(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool copy_lower(struct bh_arena *arena, struct bh_span text, struct bh_span *ret_copy)
{
    char *copy = bh_arena_alloc(arena, text.len + 1);
    for (size_t i = 0; copy != NULL && i < text.len; i++) {
        char c = text.data[i];
        copy[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    if (copy != NULL)
        *ret_copy = (struct bh_span){copy, text.len};
    return copy != NULL;
}

static enum bh_err check_headers(const json_t *headers, bool *ret_signed)
{
    json_t *object = (json_t *)(uintptr_t)headers;
    size_t units = 0;
    *ret_signed = false;
    if (headers == NULL || json_is_null(headers))
        return BH_OK;
    if (!json_is_object(headers) || json_object_size(headers) > BH_MESSAGE_HEADERS)
        return BH_ERR_SITE_HEADERS;
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        struct bh_span name = {json_object_iter_key(at), json_object_iter_key_len(at)};
        struct bh_span value = bh_json_text(json_object_iter_value(at));
        if (bh_span_is_absent(value))
            return BH_ERR_SITE_HEADERS;
        units += bh_span_utf16_length(name) + bh_span_utf16_length(value);
        if (bh_span_equal_ascii_nocase(name, BH_SPAN("signature-input")) ||
            bh_span_equal_ascii_nocase(name, BH_SPAN("signature")))
            *ret_signed = true;
    }
    return units > BH_SITE_HEADERS_UNITS ? BH_ERR_SITE_HEADERS_LENGTH : BH_OK;
}

static enum bh_err copy_headers(
    const json_t *headers, struct bh_arena *arena, struct bh_site_request *request)
{
    json_t *object = (json_t *)(uintptr_t)headers;
    struct bh_message_header *copies = bh_arena_alloc(arena, BH_MESSAGE_HEADERS * sizeof(*copies));
    size_t count = 0;
    if (copies == NULL)
        return BH_ERR_NO_MEMORY;
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        struct bh_span name = {json_object_iter_key(at), json_object_iter_key_len(at)};
        if (!copy_lower(arena, name, &copies[count].name))
            return BH_ERR_NO_MEMORY;
        copies[count++].value = bh_json_text(json_object_iter_value(at));
    }
    request->headers = copies;
    request->header_count = count;
    return BH_OK;
}

/* null, "" and what is not there are all nothing. */
static bool is_nothing(const json_t *value)
{
    return value == NULL || json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0);
}

static bool is_method(struct bh_span text)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < text.len; i++) {
        if (!is_alphanumeric(text.data[i]) && memchr(marks, text.data[i], sizeof(marks) - 1) == NULL)
            return false;
    }
    return text.len > 0 && text.len <= BH_SITE_METHOD_BYTES;
}

static bool is_scheme(struct bh_span text)
{
    return bh_span_equal_ascii_nocase(text, BH_SPAN("http")) ||
           bh_span_equal_ascii_nocase(text, BH_SPAN("https"));
}

/* Behind a host: nothing, or ":" and at most five digits. */
static bool is_port(struct bh_span text)
{
    if (text.len > 6 || (text.len > 0 && text.data[0] != ':'))
        return false;
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return true;
}

/* A name, or an address, which stands in brackets when it has colons. */
static bool is_authority(struct bh_span text)
{
    bool bracketed = text.len > 0 && text.data[0] == '[';
    const char *marks = bracketed ? ".:" : ".-_";
    size_t end = bracketed ? 1 : 0;
    while (
        end < text.len && (is_alphanumeric(text.data[end]) || memchr(marks, text.data[end], strlen(marks))))
        end++;
    if (bracketed && (end == text.len || text.data[end++] != ']'))
        return false;
    return end > 0 && end <= BH_SITE_HOST_BYTES && is_port(bh_span_from_index(text, end));
}

static bool is_query(struct bh_span text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t c = bh_span_next_code_point(text, &at);
        if (c <= 0x20 || (c >= 0x7F && c <= 0x9F) || c == '#')
            return false;
    }
    return bh_span_starts_with(text, BH_SPAN("?"));
}

/* Checked whether or not anything is signed, so that a mistake shows before the first signature comes. */
static enum bh_err check_request_line(const json_t *body)
{
    static const struct {
        const char *key;
        bool (*is_right)(struct bh_span text);
        enum bh_err err;
    } fields[] = {
        {"method", is_method, BH_ERR_SITE_METHOD},
        {"scheme", is_scheme, BH_ERR_SITE_SCHEME},
        {"authority", is_authority, BH_ERR_SITE_AUTHORITY},
        {"query", is_query, BH_ERR_SITE_QUERY},
    };
    for (size_t i = 0; i < BH_COUNT(fields); i++) {
        if (!is_nothing(json_object_get(body, fields[i].key)) &&
            !fields[i].is_right(bh_json_member_text(body, fields[i].key)))
            return fields[i].err;
    }
    return BH_OK;
}

/* The path as it was sent, for signatures are made over that; with the query, if it came. */
static enum bh_err join_target(
    struct bh_span path, struct bh_span query, struct bh_arena *arena, struct bh_site_request *request)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf target = {0};
    bh_buf_init(&target, BH_BODY_LIMIT);
    bh_buf_add(&target, path);
    if (bh_span_starts_with(query, BH_SPAN("?")))
        bh_buf_add(&target, query);
    return !target.failed && bh_arena_copy(arena, bh_buf_span(&target), &request->target) ? BH_OK
                                                                                          : BH_ERR_NO_MEMORY;
}

static enum bh_err parse_message(const json_t *body, struct bh_arena *arena, struct bh_site_request *request)
{
    const json_t *headers = json_object_get(body, "headers");
    enum bh_err err = check_headers(headers, &request->is_signed);
    if (err == BH_OK)
        err = check_request_line(body);
    if (err != BH_OK || !request->is_signed)
        return err;
    request->method = member(body, "method");
    request->scheme = member(body, "scheme");
    request->authority = member(body, "authority");
    err = copy_headers(headers, arena, request);
    return err == BH_OK ? join_target(member(body, "path"), member(body, "query"), arena, request) : err;
}

enum bh_err bh_site_request_read_path(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_path)
{
    if (bh_site_path_canonical(text, arena, ret_path))
        return BH_OK;
    return bh_span_utf16_length(bh_span_trim(text)) > BH_SITE_PATH_UNITS ? BH_ERR_SITE_PATH_LENGTH
                                                                         : BH_ERR_SITE_PATH;
}

enum bh_err bh_site_request_parse(const json_t *body, struct bh_arena *arena,
    struct bh_site_request *ret_request, struct bh_span *ret_detail)
{
    struct bh_site_request request = {.path = BH_ABSENT};
    struct bh_span detail = BH_ABSENT;
    enum bh_err err = check_keys(body, &detail);
    if (err == BH_OK)
        err = bh_site_request_read_path(bh_json_member_text(body, "path"), arena, &request.path);
    if (err == BH_OK)
        err = parse_user_agent(body, &request);
    if (err == BH_OK)
        err = parse_metadata(body);
    if (err == BH_OK)
        err = parse_message(body, arena, &request);
    if (err != BH_OK) {
        *ret_detail = detail;
        return err;
    }
    request.agent_identifier =
        bh_span_utf16_prefix(member(body, "agentIdentifier"), BH_SITE_IDENTIFIER_UNITS);
    *ret_request = request;
    return BH_OK;
}

/* ---- which site ---- */

enum bh_err bh_site_request_parse_site(
    const json_t *body, struct bh_arena *arena, struct bh_site_request *request)
{
    struct bh_span domain = member(body, "domain");
    request->site_id = bh_span_utf16_prefix(member(body, "siteId"), BH_SITE_ID_UNITS);
    request->domain = BH_ABSENT;
    if (!bh_span_is_absent(domain) && !bh_site_domain_canonical(domain, arena, &request->domain))
        return BH_ERR_SITE_DOMAIN;
    bool named = !bh_span_is_absent(request->site_id) || !bh_span_is_absent(request->domain);
    return named ? BH_OK : BH_ERR_SITE_REQUIRED;
}
