// SPDX-License-Identifier: Apache-2.0
#include "http/pages.h"

#include <string.h>

#include "http/assets.h"
#include "http/reply.h"
#include "lib/digest.h"
#include "lib/random.h"

#define DOCUMENT "/index.html"
#define NONCE_MARK "NONCE-OF-THE-PAGE" /* as web/vite.config.ts writes it */
#define NONCE_BYTES 18
#define NONCE_TEXT 25
#define POLICY_LIMIT 640

/* First segments of the addresses in web/src/routes.tsx. */
static const char *const places[] = {"sandbox", "security", "status", "docs", "passport", "setup", "login",
    "logout", "signup", "forgot-password", "reset-password", "verify-email", "invite", "authenticate",
    "dashboard"};

static bool is_place(struct bh_span path)
{
    if (path.len == 0 || path.data[0] != '/')
        return false;
    if (path.len == 1)
        return true;
    struct bh_span first = {path.data + 1, path.len - 1};
    const char *slash = memchr(first.data, '/', first.len);
    if (slash != NULL)
        first.len = (size_t)(slash - first.data);
    for (size_t i = 0; i < BH_COUNT(places); i++) {
        if (bh_span_equal(first, bh_span_from(places[i])))
            return true;
    }
    return false;
}

static const struct bh_asset *find_asset(struct bh_span path)
{
    for (size_t i = 0; i < bh_assets_count; i++) {
        if (bh_span_equal(path, bh_span_from(bh_assets[i].path)))
            return &bh_assets[i];
    }
    return NULL;
}

static bool header_mentions(const struct bh_exchange *exchange, const char *header, const char *wanted)
{
    struct bh_span value = bh_exchange_header(exchange, header);
    return value.len > 0 && memmem(value.data, value.len, wanted, strlen(wanted)) != NULL;
}

/* What stands before the first `mark`; *rest is what stands behind it, absent when there is none. */
static struct bh_span take_until(struct bh_span *rest, char mark)
{
    struct bh_span all = *rest;
    const char *found = all.len == 0 ? NULL : memchr(all.data, mark, all.len);
    if (found == NULL) {
        *rest = BH_ABSENT;
        return bh_span_trim(all);
    }
    *rest = (struct bh_span){found + 1, (size_t)(all.data + all.len - found - 1)};
    return bh_span_trim((struct bh_span){all.data, (size_t)(found - all.data)});
}

/* "q=0", "Q=0.0" and the like: not acceptable. */
static bool is_refusal(struct bh_span parameter)
{
    struct bh_span name = take_until(&parameter, '=');
    struct bh_span weight = bh_span_trim(parameter);
    if (!bh_span_equal_ascii_nocase(name, BH_SPAN("q")) || weight.len == 0)
        return false;
    for (size_t i = 0; i < weight.len; i++) {
        if (weight.data[i] != '0' && weight.data[i] != '.')
            return false;
    }
    return true;
}

/* When gzip itself is named: what is not compressed is good for everybody. */
static bool takes_gzip(const struct bh_exchange *exchange)
{
    struct bh_span rest = bh_exchange_header(exchange, "accept-encoding");
    while (rest.len > 0) {
        struct bh_span parameters = take_until(&rest, ',');
        if (bh_span_equal_ascii_nocase(take_until(&parameters, ';'), BH_SPAN("gzip")))
            return !is_refusal(take_until(&parameters, ';'));
    }
    return false;
}

/* Of the same content, whichever that is, "*" says that the client has it. */
static bool client_has(const struct bh_exchange *exchange, const char *etag)
{
    struct bh_span known = bh_span_trim(bh_exchange_header(exchange, "if-none-match"));
    return bh_span_equal(known, BH_SPAN("*")) || header_mentions(exchange, "if-none-match", etag);
}

static const char *quoted_etag(struct bh_exchange *exchange, const struct bh_asset *asset, bool packed)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_span copy;
    bh_buf_init(&text, 128);
    bh_buf_addf(&text, "\"%s%s\"", asset->etag, packed ? "-gz" : "");
    return bh_arena_copy(&exchange->arena, bh_buf_span(&text), &copy) ? copy.data : NULL;
}

void bh_pages_answer_file(struct bh_exchange *exchange, const struct bh_asset *asset, const char *keep)
{
    bool packed = asset->packed.len > 0 && takes_gzip(exchange);
    const char *etag = quoted_etag(exchange, asset, packed);
    if (etag == NULL) {
        bh_reply_error(exchange, BH_ERR_NO_MEMORY, BH_ABSENT);
        return;
    }
    bool known = client_has(exchange, etag);
    bh_reply_text(exchange, known ? 304 : 200, asset->content_type);
    bh_reply_cache(exchange, keep);
    bh_exchange_add_header(exchange, "ETag", etag);
    if (asset->packed.len > 0)
        bh_exchange_add_header(exchange, "Vary", "Accept-Encoding");
    exchange->reply.no_body = known;
    if (packed && !known)
        bh_exchange_add_header(exchange, "Content-Encoding", "gzip");
    exchange->reply.file = packed ? asset->packed : asset->plain;
}

/* The document with the nonce in the place of each mark. */
static void add_document(struct bh_span document, const char *nonce, struct bh_buf *out)
{
    const char *mark;
    while ((mark = memmem(document.data, document.len, NONCE_MARK, sizeof(NONCE_MARK) - 1)) != NULL) {
        bh_buf_add(out, (struct bh_span){document.data, (size_t)(mark - document.data)});
        bh_buf_add_text(out, nonce);
        const char *rest = mark + sizeof(NONCE_MARK) - 1;
        document = (struct bh_span){rest, (size_t)(document.data + document.len - rest)};
    }
    bh_buf_add(out, document);
}

/* Nothing but our own files, and no inline script or style without this answer's nonce. */
static const char *content_policy(struct bh_exchange *exchange, const char *nonce)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf policy = {0};
    struct bh_span copy;
    bh_buf_init(&policy, POLICY_LIMIT);
    bh_buf_addf(&policy,
        "default-src 'self'; script-src 'self' 'nonce-%s'; style-src 'self' 'nonce-%s'; img-src 'self' "
        "data:; "
        "object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; "
        "report-uri /api/csp-report",
        nonce, nonce);
    return bh_arena_copy(&exchange->arena, bh_buf_span(&policy), &copy) ? copy.data : NULL;
}

static void answer_document(struct bh_exchange *exchange, const struct bh_asset *document, int status)
{
    unsigned char bytes[NONCE_BYTES];
    char nonce[NONCE_TEXT];
    bh_random_bytes(bytes, sizeof(bytes));
    bh_base64url_encode((struct bh_span){(const char *)bytes, sizeof(bytes)}, nonce);
    const char *policy = content_policy(exchange, nonce);
    if (policy == NULL) {
        bh_reply_error(exchange, BH_ERR_NO_MEMORY, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_text(exchange, status, document->content_type);
    bh_reply_cache(exchange, "no-cache");
    bh_exchange_add_header(exchange, "Content-Security-Policy", policy);
    add_document(document->plain, nonce, body);
}

static bool is_read(const struct bh_exchange *exchange)
{
    return exchange->method == BH_GET || exchange->method == BH_HEAD;
}

bool bh_pages_answer(struct bh_exchange *exchange)
{
    const struct bh_asset *document = find_asset(BH_SPAN(DOCUMENT));
    if (document == NULL || !is_read(exchange))
        return false;
    const struct bh_asset *asset = find_asset(exchange->path);
    if (asset != NULL && asset != document) {
        bh_pages_answer_file(
            exchange, asset, asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
        return true;
    }
    if (!is_place(exchange->path))
        return false;
    answer_document(exchange, document, 200);
    return true;
}

bool bh_pages_answer_unknown(struct bh_exchange *exchange)
{
    const struct bh_asset *document = find_asset(BH_SPAN(DOCUMENT));
    if (document == NULL || !is_read(exchange) || bh_span_starts_with(exchange->path, BH_SPAN("/api/")) ||
        !header_mentions(exchange, "accept", "text/html"))
        return false;
    answer_document(exchange, document, 404);
    return true;
}
