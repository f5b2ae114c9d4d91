// SPDX-License-Identifier: Apache-2.0
#include "guard/inquiry.h"

#include <string.h>

#define MS_PER_SECOND 1000

/* ---- the message that was signed ---- */

static bool is_http(const struct bh_site_request *request)
{
    return bh_span_equal_ascii_nocase(request->scheme, BH_SPAN("http"));
}

/* The port behind the host name, ":" included; empty for the scheme's own, absent when it is no port. */
static struct bh_span read_port(struct bh_span text, bool http)
{
    if (text.len == 0 || bh_span_equal(text, http ? BH_SPAN(":80") : BH_SPAN(":443")))
        return BH_SPAN("");
    if (text.len < 2 || text.len > 6 || text.data[0] != ':')
        return BH_ABSENT;
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return BH_ABSENT;
    }
    return text;
}

/*
 * The authority that a signature must have been made for is this site's. The caller's word for it adds a port
 * at most: a signature for another site must never count.
 */
static enum bh_err find_authority(const struct bh_inquiry *inquiry, struct bh_span *ret_authority)
{
    struct bh_span domain = inquiry->snapshot->domain;
    struct bh_span given = inquiry->request.authority;
    struct bh_span host = {given.data, given.len < domain.len ? given.len : domain.len};
    *ret_authority = domain;
    if (bh_span_is_absent(given) || !bh_span_equal_ascii_nocase(host, domain))
        return BH_OK;
    struct bh_span port = read_port(bh_span_from_index(given, domain.len), is_http(&inquiry->request));
    if (port.len == 0)
        return BH_OK;
    char *text = bh_arena_alloc(&inquiry->exchange->arena, domain.len + port.len);
    if (text == NULL)
        return BH_ERR_NO_MEMORY;
    memcpy(text, domain.data, domain.len);
    memcpy(text + domain.len, port.data, port.len);
    *ret_authority = (struct bh_span){text, domain.len + port.len};
    return BH_OK;
}

/* The directories whose keys count now. */
static size_t usable_directories(const struct bh_site_snapshot *snapshot, int64_t now_ms,
    struct bh_key_directory directories[static BH_SITE_DIRECTORIES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < snapshot->directory_count && count < BH_SITE_DIRECTORIES_MAX; i++) {
        const struct bh_site_directory *directory = &snapshot->directories[i];
        if (directory->is_pinned || now_ms - directory->fetched_at < BH_DIRECTORY_KEYS_LIVE_MS)
            directories[count++] = directory->keys;
    }
    return count;
}

static enum bh_err check_signature(struct bh_inquiry *inquiry, int64_t now_ms)
{
    const struct bh_site_request *request = &inquiry->request;
    struct bh_key_directory directories[BH_SITE_DIRECTORIES_MAX];
    inquiry->identity = (struct bh_bot_identity){.result = BH_BOT_UNSIGNED};
    if (!request->is_signed)
        return BH_OK;
    struct bh_http_message message = {
        .method = bh_span_is_absent(request->method) ? BH_SPAN("GET") : request->method,
        .scheme = is_http(request) ? BH_SPAN("http") : BH_SPAN("https"),
        .target = request->target,
        .headers = request->headers,
        .header_count = request->header_count};
    enum bh_err err = find_authority(inquiry, &message.authority);
    if (err != BH_OK)
        return err;
    size_t count = usable_directories(inquiry->snapshot, now_ms, directories);
    inquiry->identity =
        bh_bot_auth_verify(&message, directories, count, now_ms / MS_PER_SECOND, &inquiry->exchange->arena);
    return BH_OK;
}

enum bh_err bh_inquiry_evaluate(struct bh_inquiry *inquiry, int64_t now_ms)
{
    const struct bh_site_request *request = &inquiry->request;
    inquiry->now_ms = now_ms;
    enum bh_err err = check_signature(inquiry, now_ms);
    if (err != BH_OK)
        return err;
    const struct bh_site_visit visit = {.path = request->path,
        .user_agent = request->user_agent,
        .agent_identifier = request->agent_identifier,
        .verified_agent = inquiry->identity.result == BH_BOT_VERIFIED ? inquiry->identity.agent : BH_ABSENT};
    inquiry->decision = bh_site_decide(&inquiry->snapshot->policy, &visit);
    return BH_OK;
}
