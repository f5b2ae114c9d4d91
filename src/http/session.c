// SPDX-License-Identifier: Apache-2.0
/*
 * What a browser sends by itself: the session's cookie, and where the request comes from.
 */
#include "http/credentials.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "app/app.h"

#define COOKIE_LIMIT 200

struct bh_span bh_session_cookie(const struct bh_exchange *exchange)
{
    const struct bh_span name = BH_SPAN(BH_SESSION_COOKIE "=");
    struct bh_span rest = bh_exchange_header(exchange, "cookie");
    while (rest.len > 0) {
        const char *end = memchr(rest.data, ';', rest.len);
        struct bh_span pair = {rest.data, end == NULL ? rest.len : (size_t)(end - rest.data)};
        rest = bh_span_from_index(rest, pair.len + 1);
        pair = bh_span_trim(pair);
        if (bh_span_starts_with(pair, name) && pair.len > name.len && pair.len < COOKIE_LIMIT)
            return bh_span_from_index(pair, name.len);
    }
    return BH_ABSENT;
}

static bool is_behind_tls(const struct bh_app *app)
{
    return strncasecmp(app->base_url, "https://", 8) == 0;
}

void bh_session_set_cookie(const struct bh_app *app, struct bh_exchange *exchange, const char *secret)
{
    const char *secure = is_behind_tls(app) ? "; Secure" : "";
    char *text = bh_arena_alloc(&exchange->arena, COOKIE_LIMIT + 128);
    if (text == NULL)
        return;
    snprintf(text, COOKIE_LIMIT + 128, BH_SESSION_COOKIE "=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
        secret == NULL ? "" : secret, secret == NULL ? 0 : (int)(BH_SESSION_IDLE_MS / 1000), secure);
    bh_exchange_add_header(exchange, "Set-Cookie", text);
}

/* "<scheme>://<host>", where the host's case does not matter. */
static bool is_origin(struct bh_span origin, struct bh_span scheme, struct bh_span host)
{
    return host.len > 0 && origin.len == scheme.len + host.len &&
           bh_span_equal_ascii_nocase((struct bh_span){origin.data, scheme.len}, scheme) &&
           bh_span_equal_ascii_nocase(bh_span_from_index(origin, scheme.len), host);
}

/* The origin of the public address: without the path, if it has one. */
static struct bh_span public_origin(const struct bh_app *app)
{
    struct bh_span url = bh_span_from(app->base_url);
    size_t start = bh_span_find(url, BH_SPAN("://"));
    if (start == SIZE_MAX)
        return url;
    struct bh_span host = bh_span_from_index(url, start + 3);
    const char *slash = host.len > 0 ? memchr(host.data, '/', host.len) : NULL;
    return slash == NULL ? url : (struct bh_span){url.data, (size_t)(slash - url.data)};
}

enum bh_err bh_session_check_origin(const struct bh_app *app, const struct bh_exchange *exchange)
{
    struct bh_span origin = bh_exchange_header(exchange, "origin");
    bool own = origin.len > 0 && bh_span_equal_ascii_nocase(origin, public_origin(app));
    /* Behind TLS a page of the same name without it may be anybody's who sits on the way. */
    if (!own && !is_behind_tls(app))
        own = is_origin(origin, BH_SPAN("http://"), bh_exchange_header(exchange, "host"));
    return own ? BH_OK : BH_ERR_ORIGIN;
}

enum bh_err bh_session_check_origin_if_any(const struct bh_app *app, const struct bh_exchange *exchange)
{
    bool says = !bh_span_is_absent(bh_exchange_header(exchange, "origin"));
    return says ? bh_session_check_origin(app, exchange) : BH_OK;
}
