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
static const char *const places[] = {"", "sandbox", "security", "status", "docs", "passport", "setup",
    "login", "signup", "forgot-password", "reset-password", "verify-email", "invite", "authenticate",
    "dashboard"};

static bool is_place(struct bh_span path)
{
    if (path.len == 0 || path.data[0] != '/')
        return false;
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

/* "gzip", but not "gzip;q=0". */
static bool takes_gzip(const struct bh_exchange *exchange)
{
    return header_mentions(exchange, "accept-encoding", "gzip") &&
           !header_mentions(exchange, "accept-encoding", "gzip;q=0");
}

static const char *quoted_etag(struct bh_exchange *exchange, const struct bh_asset *asset, bool packed)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_span copy;
    bh_buf_init(&text, 128);
    bh_buf_addf(&text, "\"%s%s\"", asset->etag, packed ? "-gz" : "");
    return bh_arena_copy(&exchange->arena, bh_buf_span(&text), &copy) ? copy.data : NULL;
}

static void answer_file(struct bh_exchange *exchange, const struct bh_asset *asset)
{
    bool packed = asset->packed.len > 0 && takes_gzip(exchange);
    const char *etag = quoted_etag(exchange, asset, packed);
    if (etag == NULL) {
        bh_reply_error(exchange, BH_ERR_NO_MEMORY, BH_ABSENT);
        return;
    }
    bool known = header_mentions(exchange, "if-none-match", etag);
    bh_reply_text(exchange, known ? 304 : 200, asset->content_type);
    bh_reply_cache(exchange, asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    bh_exchange_add_header(exchange, "ETag", etag);
    if (asset->packed.len > 0)
        bh_exchange_add_header(exchange, "Vary", "Accept-Encoding");
    if (known) {
        exchange->reply.no_body = true;
        return;
    }
    if (packed)
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

bool bh_pages_answer(struct bh_exchange *exchange)
{
    const struct bh_asset *document = find_asset(BH_SPAN(DOCUMENT));
    if (document == NULL || (exchange->method != BH_GET && exchange->method != BH_HEAD))
        return false;
    const struct bh_asset *asset = find_asset(exchange->path);
    if (asset != NULL && asset != document) {
        answer_file(exchange, asset);
        return true;
    }
    if (is_place(exchange->path)) {
        answer_document(exchange, document, 200);
        return true;
    }
    if (bh_span_starts_with(exchange->path, BH_SPAN("/api/")) ||
        !header_mentions(exchange, "accept", "text/html"))
        return false;
    answer_document(exchange, document, 404);
    return true;
}
