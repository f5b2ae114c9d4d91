// SPDX-License-Identifier: Apache-2.0
/*
 * A URL that is accepted names a public host on an allowed port, which libcurl's parser reads just as we do,
 * and is read again as itself.
 */
#include "fuzz_input.h"

#include <curl/curl.h>
#include <stdio.h>

#include "core/url.h"

#define ARENA_LIMIT ((size_t)1 << 20)

static const struct bh_url_policy policy = {.port_count = 1, .ports = {8080}};

static void require_part(CURLU *parsed, CURLUPart part, struct bh_span expected)
{
    char *text = NULL;
    require(curl_url_get(parsed, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK);
    require(bh_span_equal(bh_span_from(text), expected));
    curl_free(text);
}

static void require_read_alike(const struct bh_url *url)
{
    char port[8];
    size_t query = bh_span_find(url->path_query, BH_SPAN("?"));
    CURLU *parsed = curl_url();
    require(parsed != NULL);
    require(curl_url_set(parsed, CURLUPART_URL, url->text.data, CURLU_PATH_AS_IS) == CURLUE_OK);
    snprintf(port, sizeof(port), "%u", (unsigned)url->port);
    require_part(parsed, CURLUPART_HOST, url->host);
    require_part(parsed, CURLUPART_PORT, bh_span_from(port));
    require_part(parsed, CURLUPART_SCHEME, url->https ? BH_SPAN("https") : BH_SPAN("http"));
    require_part(parsed, CURLUPART_PATH,
        (struct bh_span){url->path_query.data, query == SIZE_MAX ? url->path_query.len : query});
    char *text = NULL;
    require(curl_url_get(parsed, CURLUPART_USER, &text, 0) == CURLUE_NO_USER);
    require(curl_url_get(parsed, CURLUPART_FRAGMENT, &text, 0) == CURLUE_NO_FRAGMENT);
    curl_url_cleanup(parsed);
}

static void require_sound(const struct bh_url *url, struct bh_arena *arena)
{
    struct bh_url again;
    struct bh_span text;
    require(url->port == 80 || url->port == 443 || url->port == 8080);
    require(url->is_address ? bh_address_is_public(&url->address) : bh_host_name_is_public(url->host));
    require(url->path_query.len > 0 && url->path_query.data[0] == '/');
    require(url->text.len <= BH_URL_MAX);
    for (size_t i = 0; i < url->text.len; i++)
        require(url->text.data[i] > ' ' && url->text.data[i] < 0x7f && url->text.data[i] != '#');
    require(bh_arena_copy(arena, url->text, &text));
    require_read_alike(url);
    require(bh_url_parse(text, &policy, arena, &again) == BH_OK);
    require(bh_span_equal(again.text, url->text) && bh_span_equal(again.host, url->host));
    require(again.port == url->port && again.https == url->https && again.is_address == url->is_address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_span rest = {(const char *)data, size};
    struct bh_span text = take_text(&rest);
    struct bh_span location = take_text(&rest);
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_url url;
    struct bh_url target;
    bh_arena_init(&arena, 4096, ARENA_LIMIT);
    if (bh_url_parse(text, &policy, &arena, &url) != BH_OK)
        return 0;
    require_sound(&url, &arena);
    if (!bh_span_is_absent(location) && bh_url_resolve(&url, location, &policy, &arena, &target) == BH_OK)
        require_sound(&target, &arena);
    return 0;
}
