// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/address.h"
#include "webhooks/pace.h"
#include "webhooks/places.h"
#include "webhooks/schedule.h"
#include "webhooks/seal.h"
#include "webhooks/sign.h"
#include "webhooks/url.h"

#define NOW INT64_C(1800000000000)
#define WEBHOOK BH_SPAN("wh_0123456789abcdef")

static const struct bh_server_key key = {{7}};

/* ---- schedule ---- */

/* Attempts follow 5, 30, 120 and 600 seconds after a failure, and there are five. */
static void test_the_schedule_is_that_of_the_product(void **state)
{
    (void)state;
    static const int64_t waits_s[] = {5, 30, 120, 600};
    for (int64_t attempt = 1; attempt <= 4; attempt++)
        assert_int_equal(bh_schedule_next(attempt, NOW, 0, 0), NOW + waits_s[attempt - 1] * 1000);
    assert_int_equal(bh_schedule_next(5, NOW, 0, 0), 0);
    assert_int_equal(bh_schedule_next(5, NOW, 30, 0), 0);
    assert_int_equal(bh_schedule_next(0, NOW, 0, 0), 0);
}

/* Chance makes a wait longer by at most an eighth, and never shorter. */
static void test_jitter_only_lengthens(void **state)
{
    (void)state;
    for (uint64_t jitter = 0; jitter < 20000; jitter += 7) {
        int64_t wait = bh_schedule_next(1, NOW, 0, jitter) - NOW;
        assert_in_range(wait, 5000, 5625);
    }
    assert_int_equal(bh_schedule_next(1, NOW, 0, 625) - NOW, 5625);
    assert_int_equal(bh_schedule_next(1, NOW, 0, 626) - NOW, 5000);
    assert_in_range(bh_schedule_next(4, NOW, 0, UINT64_MAX) - NOW, 600000, 675000);
}

/* An endpoint may ask for a longer wait, up to an hour, never for a shorter one. */
static void test_retry_after_is_honoured_within_bounds(void **state)
{
    (void)state;
    assert_int_equal(bh_schedule_next(1, NOW, 60, 0), NOW + 60000);
    assert_int_equal(bh_schedule_next(1, NOW, 4, 0), NOW + 5000);
    assert_int_equal(bh_schedule_next(1, NOW, -9, 0), NOW + 5000);
    assert_int_equal(bh_schedule_next(1, NOW, 3600, 0), NOW + 3600000);
    assert_int_equal(bh_schedule_next(1, NOW, 3601, 0), NOW + 3600000);
    assert_int_equal(bh_schedule_next(1, NOW, INT64_MAX, 0), NOW + 3600000);
}

/* Ten failures over three days without a success are the end, and not a millisecond or a failure less. */
static void test_failing_for_three_days_is_too_long(void **state)
{
    (void)state;
    const struct bh_failing not_at_all = {0, 0}, just_not = {NOW - BH_WEBHOOK_FAILING_MS + 1, 1000},
                            long_enough = {NOW - BH_WEBHOOK_FAILING_MS, 10},
                            too_rarely = {NOW - BH_WEBHOOK_FAILING_MS, 9};
    assert_false(bh_schedule_gives_up(&not_at_all, NOW));
    assert_false(bh_schedule_gives_up(&just_not, NOW));
    assert_false(bh_schedule_gives_up(&too_rarely, NOW));
    assert_true(bh_schedule_gives_up(&long_enough, NOW));
}

/* Failures add up while they go on; after more than a day without an attempt they begin anew. */
static void test_quiet_days_do_not_count_as_failing(void **state)
{
    (void)state;
    struct bh_failing failing = {0};
    bh_schedule_note_failure(&failing, 0, NOW);
    bh_schedule_note_failure(&failing, NOW, NOW + BH_WEBHOOK_QUIET_MS);
    assert_true(failing.since == NOW);
    assert_int_equal(failing.failures, 2);
    bh_schedule_note_failure(&failing, NOW, NOW + BH_WEBHOOK_QUIET_MS + 1);
    assert_true(failing.since == NOW + BH_WEBHOOK_QUIET_MS + 1);
    assert_int_equal(failing.failures, 1);
}

/* ---- places ---- */

static unsigned fill(
    struct bh_places *all, struct bh_places *account, enum bh_endpoint_pace pace, int64_t started_at)
{
    unsigned count = 0;
    for (; count < 100 && bh_places_allow(all, account, pace, 0); count++) {
        bh_places_add(all, pace, started_at, NOW);
        bh_places_add(account, pace, started_at, NOW);
    }
    return count;
}

/* Slow, failing and unknown endpoints have their shares, in all and of an account, and leave some to the
 * quick. */
static void test_places_are_left_for_quick_endpoints(void **state)
{
    (void)state;
    struct bh_places all = {0}, account = {0}, other = {0}, third = {0};
    assert_int_equal(fill(&all, &account, BH_ENDPOINT_TROUBLED, NOW), 12);
    assert_int_equal(fill(&all, &account, BH_ENDPOINT_SLOW, NOW), 4);
    assert_int_equal(fill(&all, &account, BH_ENDPOINT_NEW, NOW), 8);
    assert_int_equal(fill(&all, &other, BH_ENDPOINT_TROUBLED, NOW), 4);
    assert_int_equal(fill(&all, &other, BH_ENDPOINT_SLOW, NOW), 4);
    assert_int_equal(fill(&all, &other, BH_ENDPOINT_NEW, NOW), 8);
    assert_int_equal(fill(&all, &third, BH_ENDPOINT_SLOW, NOW), 0);
    assert_int_equal(fill(&all, &third, BH_ENDPOINT_NEW, NOW), 8);
    assert_int_equal(fill(&all, &account, BH_ENDPOINT_QUICK, NOW), 8);
    assert_int_equal(fill(&all, &other, BH_ENDPOINT_QUICK, NOW), 8);
    assert_int_equal(fill(&all, &third, BH_ENDPOINT_QUICK, NOW), 0);
}

/* A request that is under way for more than a second counts as slow, and makes room for unknown endpoints. */
static void test_long_requests_count_as_slow(void **state)
{
    (void)state;
    struct bh_places all = {0}, account = {0};
    assert_int_equal(fill(&all, &account, BH_ENDPOINT_NEW, NOW - 1000), 8);
    all = account = (struct bh_places){0};
    for (int i = 0; i < 8; i++)
        bh_places_add(&account, BH_ENDPOINT_NEW, NOW - 1001, NOW);
    assert_int_equal(account.taken[BH_ENDPOINT_SLOW], 8);
    assert_true(bh_places_allow(&all, &account, BH_ENDPOINT_NEW, 0));
}

/* An endpoint alone may have eight requests under way; the last places are for those that have none. */
static void test_the_last_places_are_for_those_that_have_none(void **state)
{
    (void)state;
    for (enum bh_endpoint_pace pace = BH_ENDPOINT_QUICK; pace <= BH_ENDPOINT_SLOW; pace++) {
        struct bh_places places = {0};
        for (unsigned own = 0; own < BH_ENDPOINT_IN_FLIGHT; own++) {
            assert_true(bh_places_allow(&places, &places, pace, own));
            places.taken[pace]++;
        }
    }
    struct bh_places all = {{[BH_ENDPOINT_QUICK] = BH_PLACES - BH_ENDPOINT_IN_FLIGHT}}, account = {0};
    assert_false(bh_places_allow(&all, &account, BH_ENDPOINT_QUICK, 1));
    assert_true(bh_places_allow(&all, &account, BH_ENDPOINT_QUICK, 0));
}

/* ---- seal ---- */

/* What was sealed comes back for the same endpoint, and the sealed form never shows it nor repeats. */
static void test_a_sealed_secret_comes_back(void **state)
{
    (void)state;
    unsigned char sealed[BH_SEALED_MAX], again[BH_SEALED_MAX];
    char secret[BH_SEAL_SECRET_MAX + 1];
    size_t length = bh_seal(&key, WEBHOOK, BH_SPAN("whsec_something"), sealed);
    assert_int_equal(length, 15 + BH_SEALED_EXTRA);
    assert_true(bh_unseal(&key, WEBHOOK, (struct bh_span){(char *)sealed, length}, secret));
    assert_string_equal(secret, "whsec_something");
    assert_null(memmem(sealed, length, "something", 9));
    assert_int_equal(bh_seal(&key, WEBHOOK, BH_SPAN("whsec_something"), again), length);
    assert_memory_not_equal(sealed, again, length);
}

/* The longest secret fits. */
static void test_the_longest_secret_is_sealed(void **state)
{
    (void)state;
    char text[BH_SEAL_SECRET_MAX];
    unsigned char sealed[BH_SEALED_MAX];
    char secret[BH_SEAL_SECRET_MAX + 1];
    memset(text, 'x', sizeof(text));
    size_t length = bh_seal(&key, WEBHOOK, (struct bh_span){text, sizeof(text)}, sealed);
    assert_int_equal(length, BH_SEALED_MAX);
    assert_true(bh_unseal(&key, WEBHOOK, (struct bh_span){(char *)sealed, length}, secret));
    assert_memory_equal(secret, text, sizeof(text));
    assert_int_equal(secret[BH_SEAL_SECRET_MAX], 0);
}

/* Any changed, missing or added byte, another endpoint and another server key are noticed. */
static void test_a_tampered_secret_is_refused(void **state)
{
    (void)state;
    static const struct bh_server_key other = {{8}};
    unsigned char sealed[BH_SEALED_MAX + 1] = {0};
    char secret[BH_SEAL_SECRET_MAX + 1] = "untouched";
    size_t length = bh_seal(&key, WEBHOOK, BH_SPAN("whsec_something"), sealed);
    struct bh_span span = {(char *)sealed, length};
    for (size_t i = 0; i < length; i++) {
        sealed[i] ^= 1;
        assert_false(bh_unseal(&key, WEBHOOK, span, secret));
        sealed[i] ^= 1;
    }
    for (size_t i = 0; i < length; i++)
        assert_false(bh_unseal(&key, WEBHOOK, (struct bh_span){(char *)sealed, i}, secret));
    assert_false(bh_unseal(&key, WEBHOOK, (struct bh_span){(char *)sealed, length + 1}, secret));
    assert_false(bh_unseal(&key, BH_SPAN("wh_0123456789abcdeg"), span, secret));
    assert_false(bh_unseal(&other, WEBHOOK, span, secret));
    assert_false(bh_unseal(&key, WEBHOOK, BH_ABSENT, secret));
    assert_string_equal(secret, "untouched");
    assert_true(bh_unseal(&key, WEBHOOK, span, secret));
}

/* ---- sign ---- */

/* The published example signs to the published values, with and without a pepper; a blank pepper is none. */
static void test_the_published_example_signs_alike(void **state)
{
    (void)state;
    const struct bh_span secret = BH_SPAN("whsec_test_secret_0001");
    const struct bh_span body = BH_SPAN("{\"eventId\":\"evt_1\",\"type\":\"agent.created\"}");
    const char *plain = "v1=90dd0a08700872081c9367cf5ffbe84690d776293c5d2deaced242fda9ecd271";
    char signature[BH_SIGNATURE_TEXT];
    bh_webhook_sign(secret, BH_ABSENT, 1700000000, body, signature);
    assert_string_equal(signature, plain);
    bh_webhook_sign(secret, BH_SPAN(" \n"), 1700000000, body, signature);
    assert_string_equal(signature, plain);
    bh_webhook_sign(secret, BH_SPAN(" pep "), 1700000000, body, signature);
    assert_string_equal(signature, "v1=0d65454509b6c1aa6953ab68f9274900b7fc4ed8fe5d926e3c17e7ea65d8c7a5");
}

/* The example of the Standard Webhooks libraries, with a key of 32 bytes, has the value that they compute. */
static void test_the_standard_signature(void **state)
{
    (void)state;
    char signature[BH_STANDARD_TEXT] = "";
    const struct bh_span body = BH_SPAN("{\"test\": 2432232314}");
    assert_true(bh_webhook_sign_standard(BH_SPAN("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        BH_SPAN("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330, body, signature));
    assert_string_equal(signature, "v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI=");
}

/* What is not "whsec_" and the base64 of 32 bytes signs nothing. */
static void test_odd_secrets_sign_nothing(void **state)
{
    (void)state;
    static const char *const odd[] = {"", "whsec_",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH===",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh==",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd_h8="};
    char signature[BH_STANDARD_TEXT] = "untouched";
    for (size_t i = 0; i < BH_COUNT(odd); i++)
        assert_false(
            bh_webhook_sign_standard(bh_span_from(odd[i]), BH_SPAN("evt_1"), 1, BH_SPAN("{}"), signature));
    assert_string_equal(signature, "untouched");
}

/* New secrets differ, read alike in both alphabets of base64, can sign, and show only their ends. */
static void test_new_secrets(void **state)
{
    (void)state;
    char last[BH_WEBHOOK_SECRET_TEXT] = "";
    for (int i = 0; i < 200; i++) {
        char secret[BH_WEBHOOK_SECRET_TEXT];
        char preview[BH_WEBHOOK_PREVIEW_TEXT];
        char signature[BH_STANDARD_TEXT];
        bh_webhook_secret_make(secret);
        assert_int_equal(strlen(secret), 50);
        assert_null(strpbrk(secret + 6, "+/-_"));
        assert_string_not_equal(secret, last);
        assert_true(
            bh_webhook_sign_standard(bh_span_from(secret), BH_SPAN("evt_1"), 1, BH_SPAN("{}"), signature));
        bh_webhook_secret_preview(secret, preview);
        assert_int_equal(strlen(preview), 19);
        assert_memory_equal(preview, secret, 10);
        assert_string_equal(preview + 13, secret + 44);
        memcpy(last, secret, sizeof(last));
    }
}

/* The preview of the published example is the published one. */
static void test_the_published_preview(void **state)
{
    (void)state;
    char preview[BH_WEBHOOK_PREVIEW_TEXT];
    bh_webhook_secret_preview("whsec_test_secret_0001", preview);
    assert_string_equal(preview, "whsec_test...t_0001");
}

/* ---- URLs ---- */

struct url_case {
    const char *url;
    enum bh_err strict, lenient; /* without and with private targets */
    const char *stored;
};

/* Each rule answers with its own error, and what passes is stored in one form. */
static void test_urls_are_checked_and_normalised(void **state)
{
    (void)state;
    static const struct url_case cases[] = {
        {"https://Example.COM", BH_OK, BH_OK, "https://example.com/"},
        {" https://example.com:443/a?b=c#d ", BH_OK, BH_OK, "https://example.com/a?b=c"},
        {"https://example.com:8443/hook", BH_OK, BH_OK, "https://example.com:8443/hook"},
        {"https://1.1.1.1/", BH_OK, BH_OK, "https://1.1.1.1/"},
        {"http://example.com/", BH_ERR_WEBHOOK_URL_HTTPS, BH_OK, "http://example.com/"},
        {"http://127.0.0.1:80/x", BH_ERR_WEBHOOK_URL_HTTPS, BH_OK, "http://127.0.0.1/x"},
        {"https://127.0.0.1/", BH_ERR_WEBHOOK_URL_HOST, BH_OK, "https://127.0.0.1/"},
        {"https://localhost./", BH_ERR_WEBHOOK_URL_HOST, BH_OK, "https://localhost./"},
        {"https://router.lan/", BH_ERR_WEBHOOK_URL_HOST, BH_OK, "https://router.lan/"},
        {"https://metadata.google.internal/", BH_ERR_WEBHOOK_URL_HOST, BH_OK, NULL},
        {"https://intranet/", BH_ERR_WEBHOOK_URL_HOST, BH_OK, NULL},
        {"https://a..example.com/", BH_ERR_WEBHOOK_URL_HOST, BH_OK, NULL},
        {"https://[2606:4700::1111]/", BH_ERR_WEBHOOK_URL_HOST, BH_OK, NULL},
        {"https://[::1]/", BH_ERR_WEBHOOK_URL_HOST, BH_OK, NULL},
        {"https://169.254.169.254/latest", BH_ERR_WEBHOOK_URL_HOST, BH_OK, NULL},
        {"https://user@example.com/", BH_ERR_WEBHOOK_URL_CREDENTIALS, BH_ERR_WEBHOOK_URL_CREDENTIALS, NULL},
        {"https://:p@example.com/", BH_ERR_WEBHOOK_URL_CREDENTIALS, BH_ERR_WEBHOOK_URL_CREDENTIALS, NULL},
        {"https://@example.com/", BH_ERR_WEBHOOK_URL_CREDENTIALS, BH_ERR_WEBHOOK_URL_CREDENTIALS, NULL},
        {"ftp://example.com/", BH_ERR_WEBHOOK_URL_HTTPS, BH_ERR_WEBHOOK_URL_SCHEME, NULL},
        {"example.com/hook", BH_ERR_WEBHOOK_URL, BH_ERR_WEBHOOK_URL, NULL},
        {"https://", BH_ERR_WEBHOOK_URL, BH_ERR_WEBHOOK_URL, NULL},
        {"https://exa mple.com/", BH_ERR_WEBHOOK_URL, BH_ERR_WEBHOOK_URL, NULL},
        {"https://example.com\\@evil.com/", BH_ERR_WEBHOOK_URL, BH_ERR_WEBHOOK_URL, NULL},
        {"https://ex%61mple.com/%", BH_OK, BH_OK, NULL},
        {"", BH_ERR_FIELD_REQUIRED, BH_ERR_FIELD_REQUIRED, NULL},
        {"  ", BH_ERR_FIELD_REQUIRED, BH_ERR_FIELD_REQUIRED, NULL},
    };
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
        struct bh_span url = BH_ABSENT;
        bh_arena_init(&arena, 1024, 65536);
        enum bh_err strict = bh_webhook_url_check(bh_span_from(cases[i].url), false, &arena, &url);
        enum bh_err lenient = bh_webhook_url_check(bh_span_from(cases[i].url), true, &arena, &url);
        if (strict != cases[i].strict || lenient != cases[i].lenient)
            fail_msg("%s: %s, %s", cases[i].url, bh_err_info(strict)->name, bh_err_info(lenient)->name);
        if (cases[i].stored != NULL && !bh_span_equal(url, bh_span_from(cases[i].stored)))
            fail_msg("%s: %.*s", cases[i].url, (int)url.len, url.data);
    }
}

/* Numbers that other programs read as an address are no way around the rule. */
static void test_odd_addresses_are_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {"https://2130706433/", "https://0x7f.1/", "https://127.1/",
        "https://0177.0.0.1/", "https://1.1.1.1./", "https://0x7f000001/", "https://10.2.3.0x4/"};
    for (size_t i = 0; i < BH_COUNT(urls); i++) {
        BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
        struct bh_span url;
        bh_arena_init(&arena, 1024, 65536);
        enum bh_err err = bh_webhook_url_check(bh_span_from(urls[i]), false, &arena, &url);
        if (err != BH_ERR_WEBHOOK_URL_HOST && err != BH_ERR_WEBHOOK_URL)
            fail_msg("%s: %s", urls[i], bh_err_info(err)->name);
    }
}

/* A URL may have 2000 characters and not one more. */
static void test_long_urls_are_refused(void **state)
{
    (void)state;
    char text[2002];
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_span url;
    bh_arena_init(&arena, 4096, 65536);
    memset(text, 'x', sizeof(text));
    memcpy(text, "https://example.com/", 20);
    assert_int_equal(bh_webhook_url_check((struct bh_span){text, 2000}, false, &arena, &url), BH_OK);
    assert_int_equal(
        bh_webhook_url_check((struct bh_span){text, 2001}, false, &arena, &url), BH_ERR_WEBHOOK_URL_LENGTH);
}

/* Names of this machine and of private networks are not public, in any case, with or without a final dot. */
static void test_private_names(void **state)
{
    (void)state;
    static const char *const private_names[] = {"localhost", "LOCALHOST.", "a.localhost", "printer.local",
        "x.internal", "x.lan", "home.arpa", "x.home.arpa.", "a.test", "a.invalid", "a.example", "a.onion",
        "intranet", "", ".", ".com", "a..com", "localhost..", "metadata"};
    static const char *const public_names[] = {
        "example.com", "example.com.", "notlocalhost.com", "a.internals.io"};
    for (size_t i = 0; i < BH_COUNT(private_names); i++) {
        if (bh_host_name_is_public(bh_span_from(private_names[i])))
            fail_msg("%s is public", private_names[i]);
    }
    for (size_t i = 0; i < BH_COUNT(public_names); i++)
        assert_true(bh_host_name_is_public(bh_span_from(public_names[i])));
}

/* A tunnel that carries an IPv4 address is not public, whatever the address is. */
static void test_carried_addresses_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"::ffff:1.1.1.1", "::1.1.1.1", "64:ff9b::1.1.1.1", "64:ff9b:1::1",
        "2002:101:101::1", "2001:0:101:101::1", "2606:4700::5efe:1.1.1.1", "2606:4700::200:5efe:1.1.1.1"};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        struct bh_address address;
        assert_true(bh_address_parse(bh_span_from(texts[i]), &address));
        if (bh_address_is_public(&address))
            fail_msg("%s is public", texts[i]);
    }
}

/* ---- pace ---- */

/* While others want the processors the budget limits; when they do not, nothing does. */
static void test_the_budget_holds_only_while_others_want_the_processor(void **state)
{
    (void)state;
    struct bh_pace pace = {0};
    const int64_t ms = 1000000;
    bh_pace_note(&pace, 1000 * ms, 0, 0);
    assert_true(bh_pace_allows(&pace));
    bh_pace_note(&pace, 1100 * ms, 90 * ms, 0); /* ran all the time, waited for nobody */
    assert_true(bh_pace_allows(&pace));
    assert_int_equal(bh_pace_wait_ms(&pace), 0);
    bh_pace_note(&pace, 1200 * ms, 140 * ms, 50 * ms); /* half of the time others ran */
    assert_false(bh_pace_allows(&pace));
    assert_in_range(bh_pace_wait_ms(&pace), 200, 400);
    bh_pace_note(&pace, 1290 * ms, 140 * ms, 50 * ms);
    assert_false(bh_pace_allows(&pace));
    bh_pace_note(&pace, 1700 * ms, 141 * ms, 51 * ms); /* the debt is paid off */
    assert_true(bh_pace_allows(&pace));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_schedule_is_that_of_the_product),
        cmocka_unit_test(test_jitter_only_lengthens),
        cmocka_unit_test(test_retry_after_is_honoured_within_bounds),
        cmocka_unit_test(test_failing_for_three_days_is_too_long),
        cmocka_unit_test(test_quiet_days_do_not_count_as_failing),
        cmocka_unit_test(test_places_are_left_for_quick_endpoints),
        cmocka_unit_test(test_long_requests_count_as_slow),
        cmocka_unit_test(test_the_last_places_are_for_those_that_have_none),
        cmocka_unit_test(test_a_sealed_secret_comes_back),
        cmocka_unit_test(test_the_longest_secret_is_sealed),
        cmocka_unit_test(test_a_tampered_secret_is_refused),
        cmocka_unit_test(test_the_published_example_signs_alike),
        cmocka_unit_test(test_the_standard_signature),
        cmocka_unit_test(test_odd_secrets_sign_nothing),
        cmocka_unit_test(test_new_secrets),
        cmocka_unit_test(test_the_published_preview),
        cmocka_unit_test(test_urls_are_checked_and_normalised),
        cmocka_unit_test(test_odd_addresses_are_refused),
        cmocka_unit_test(test_long_urls_are_refused),
        cmocka_unit_test(test_private_names),
        cmocka_unit_test(test_carried_addresses_are_refused),
        cmocka_unit_test(test_the_budget_holds_only_while_others_want_the_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
