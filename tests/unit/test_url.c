// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

#include "core/url.h"

static const struct bh_url_policy any = {0};

static struct bh_url parse(struct bh_arena *arena, const char *text)
{
    struct bh_url url = {0};
    enum bh_err err = bh_url_parse(bh_span_from(text), &any, arena, &url);
    if (err != BH_OK)
        fail_msg("%s: %s", text, bh_err_info(err)->text);
    return url;
}

static void require_text(struct bh_span span, const char *expected)
{
    if (!bh_span_equal(span, bh_span_from(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)span.len, span.data, expected);
}

static void require_error(const struct bh_url_policy *policy, const char *text, enum bh_err expected)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_url url = {0};
    bh_arena_init(&arena, 4096, FIXTURE_TEXT_LIMIT);
    enum bh_err err = bh_url_parse(bh_span_from(text), policy, &arena, &url);
    if (err != expected)
        fail_msg("%s: %s", text, bh_err_info(err)->text);
    assert_true(bh_span_is_absent(url.text));
}

/* What is sent is rebuilt: host in lower case, dot segments followed, unsafe characters escaped. */
static void test_rebuilt(void **state)
{
    static const char *const pairs[][2] = {
        {"HTTP://Example.COM.", "http://example.com/"},
        {"https://example.com:443/a/./b/../c?x=1#y", "https://example.com/a/c?x=1"},
        {"http://example.com:00443", "http://example.com:443/"},
        {" \thttp:\\\\example.com\\a\\b ", "http://example.com/a/b"},
        {"ht\ntps://example.com/a\tb", "https://example.com/ab"},
        {"http:example.com", "http://example.com/"},
        {"http://%65xample.com/%2e%2E/%2e/x", "http://example.com/x"},
        {"http://example.com/../../..", "http://example.com/"},
        {"http://example.com/a/..", "http://example.com/"},
        {"http://example.com/a/.", "http://example.com/a/"},
        {"http://example.com/a//..//b", "http://example.com/a//b"},
        {"http://example.com/...", "http://example.com/..."},
        {"http://example.com/\xc3\xa9 <>\"?\xc3\xa9 '<>\"\\", //
            "http://example.com/%C3%A9%20%3C%3E%22?%C3%A9%20%27%3C%3E%22\\"},
        {"http://example.com/%zz%", "http://example.com/%zz%"},
        {"http://example.com?", "http://example.com/?"},
        {"http://example.com?a=/../b", "http://example.com/?a=/../b"},
        {"http://0x5db8d822/", "http://93.184.216.34/"},
        {"http://93.12113954/", "http://93.184.216.34/"},
        {"http://0135.0270.0330.042./", "http://93.184.216.34/"},
    };
    (void)state;
    for (size_t i = 0; i < BH_COUNT(pairs); i++) {
        BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
        bh_arena_init(&arena, 4096, FIXTURE_TEXT_LIMIT);
        struct bh_url url = parse(&arena, pairs[i][0]);
        require_text(url.text, pairs[i][1]);
        require_text(parse(&arena, pairs[i][1]).text, pairs[i][1]);
    }
}

/* Of several rules that a URL breaks, the first in the order of the rules is named. */
static void test_order(void **state)
{
    const struct bh_url_policy https = {.https_only = true};
    (void)state;
    require_error(&https, " \xe3\x80\x80", BH_ERR_GATEWAY_URL_REQUIRED);
    require_error(&https, "http://u@exa mple:1", BH_ERR_GATEWAY_URL_INVALID);
    require_error(&https, "http://u@h:99999", BH_ERR_GATEWAY_URL_INVALID);
    require_error(&https, "ftp://u@localhost:1", BH_ERR_GATEWAY_URL_SCHEME);
    require_error(&https, "http://u@localhost:1", BH_ERR_GATEWAY_URL_HTTPS);
    require_error(&https, "https://u@localhost:1", BH_ERR_GATEWAY_URL_CREDENTIALS);
    require_error(&https, "https://@example.com", BH_ERR_GATEWAY_URL_CREDENTIALS);
    require_error(&https, "https://localhost:1", BH_ERR_GATEWAY_URL_HOST);
    require_error(&https, "https://a..com:1", BH_ERR_GATEWAY_URL_HOST);
    require_error(&https, "https://a.com..:1", BH_ERR_GATEWAY_URL_HOST);
    require_error(&https, "https://1.2.3.4..:1", BH_ERR_GATEWAY_URL_HOST);
    require_error(&https, "https://.:1", BH_ERR_GATEWAY_URL_HOST);
    require_error(&https, "https://[2606:4700::1]:1", BH_ERR_GATEWAY_URL_HOST);
    require_error(&https, "https://10.1:1", BH_ERR_GATEWAY_URL_ADDRESS);
    require_error(&https, "https://93.184.216.34:1", BH_ERR_GATEWAY_URL_PORT);
}

/* Of addresses in brackets, none is taken for one that can be connected to. */
static void test_brackets(void **state)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    (void)state;
    bh_arena_init(&arena, 4096, FIXTURE_TEXT_LIMIT);
    assert_false(parse(&arena, "http://[::ffff:8.8.8.8]/").is_address);
    assert_int_equal(parse(&arena, "http://[::ffff:8.8.8.8]/").host.data[0], '[');
    require_error(&any, "http://[2606:4700::8.8.8.8]/", BH_ERR_GATEWAY_URL_HOST);
    require_error(&any, "http://[::FFFF:8.8.8.8]/", BH_ERR_GATEWAY_URL_HOST);
    require_error(&any, "http://[0::8.8.8.8]/", BH_ERR_GATEWAY_URL_HOST);
    require_error(&any, "http://[::0.0.0.1]/", BH_ERR_GATEWAY_URL_HOST);
    require_error(&any, "http://[fe80::1%25eth0]/", BH_ERR_GATEWAY_URL_INVALID);
    require_error(&any, "http://%5b::1]/", BH_ERR_GATEWAY_URL_INVALID);
}

/* 80 and 443 are allowed, and what is configured; never 0. */
static void test_ports(void **state)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    const struct bh_url_policy policy = {.port_count = 2, .ports = {8080, 0}};
    struct bh_url url;
    (void)state;
    bh_arena_init(&arena, 4096, FIXTURE_TEXT_LIMIT);
    assert_int_equal(bh_url_parse(BH_SPAN("http://a.co:8080/"), &policy, &arena, &url), BH_OK);
    assert_int_equal(url.port, 8080);
    require_error(&policy, "http://a.co:8081/", BH_ERR_GATEWAY_URL_PORT);
    require_error(&policy, "http://a.co:0/", BH_ERR_GATEWAY_URL_PORT);
    require_error(&any, "http://a.co:8080/", BH_ERR_GATEWAY_URL_PORT);
}

/* The longest URL is one of BH_URL_MAX bytes, before and after it was rebuilt. */
static void test_lengths(void **state)
{
    char text[BH_URL_MAX + 2];
    char label[] = "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com/";
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    (void)state;
    bh_arena_init(&arena, 4096, FIXTURE_TEXT_LIMIT);
    memset(text, 'a', sizeof(text));
    memcpy(text, "http://example.com/", 19);
    text[BH_URL_MAX] = 0;
    assert_int_equal(parse(&arena, text).text.len, BH_URL_MAX);
    text[BH_URL_MAX - 1] = '<';
    require_error(&any, text, BH_ERR_GATEWAY_URL_LENGTH);
    text[BH_URL_MAX - 1] = text[BH_URL_MAX] = 'a';
    text[BH_URL_MAX + 1] = 0;
    require_error(&any, text, BH_ERR_GATEWAY_URL_LENGTH);
    require_error(&any, label, BH_ERR_GATEWAY_URL_INVALID);
    memmove(label + 7, label + 8, strlen(label + 8) + 1);
    parse(&arena, label);
}

/* A Location is read against the page that sent it. */
static void test_relative(void **state)
{
    static const char *const pairs[][2] = {
        {"x", "https://example.com:80/a/x"},
        {"", "https://example.com:80/a/b?q"},
        {"#f", "https://example.com:80/a/b?q"},
        {"?r", "https://example.com:80/a/b?r"},
        {"../../x/./y", "https://example.com:80/x/y"},
        {".", "https://example.com:80/a/"},
        {"/x", "https://example.com:80/x"},
        {"\\x", "https://example.com:80/x"},
        {"//b.com", "https://b.com/"},
        {"/\\b.com", "https://b.com/"},
        {"https:x", "https://example.com:80/a/x"},
        {"https:/x", "https://example.com:80/x"},
        {"https://b.com/x", "https://b.com/x"},
        {"http:b.com/x", "http://b.com/x"},
        {"x:1/../y", ""},
    };
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    (void)state;
    bh_arena_init(&arena, 4096, FIXTURE_TEXT_LIMIT);
    struct bh_url base = parse(&arena, "https://example.com:80/a/b?q");
    for (size_t i = 0; i < BH_COUNT(pairs); i++) {
        struct bh_url url;
        enum bh_err err = bh_url_resolve(&base, bh_span_from(pairs[i][0]), &any, &arena, &url);
        assert_int_equal(err, pairs[i][1][0] != 0 ? BH_OK : BH_ERR_GATEWAY_URL_SCHEME);
        if (err == BH_OK)
            require_text(url.text, pairs[i][1]);
    }
}

/* A Location is judged as strictly as the first URL. */
static void test_relative_judged(void **state)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_url url;
    (void)state;
    bh_arena_init(&arena, 4096, FIXTURE_TEXT_LIMIT);
    struct bh_url base = parse(&arena, "https://example.com/");
    assert_int_equal(
        bh_url_resolve(&base, BH_SPAN("//127.1/"), &any, &arena, &url), BH_ERR_GATEWAY_URL_ADDRESS);
    assert_int_equal(
        bh_url_resolve(&base, BH_SPAN("//u@a.com/"), &any, &arena, &url), BH_ERR_GATEWAY_URL_CREDENTIALS);
    assert_int_equal(bh_url_resolve(&base, BH_SPAN("//"), &any, &arena, &url), BH_ERR_GATEWAY_URL_INVALID);
    assert_int_equal(
        bh_url_resolve(&base, BH_SPAN("file:///etc/passwd"), &any, &arena, &url), BH_ERR_GATEWAY_URL_SCHEME);
}

/* Records hold neither query nor fragment, and say that there was a query. */
static void test_records(void **state)
{
    struct bh_span kept;
    bool has_query;
    (void)state;
    bh_url_for_record(BH_SPAN("http://a.co/x?token=1#f"), &kept, &has_query);
    require_text(kept, "http://a.co/x");
    assert_true(has_query);
    bh_url_for_record(BH_SPAN("http://a.co/x#f?token=1"), &kept, &has_query);
    require_text(kept, "http://a.co/x");
    assert_false(has_query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rebuilt),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_brackets),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_relative),
        cmocka_unit_test(test_relative_judged),
        cmocka_unit_test(test_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
