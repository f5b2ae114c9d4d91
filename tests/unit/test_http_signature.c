// SPDX-License-Identifier: Apache-2.0
#include "signature_fixture.h"

#define RFC_INPUT_B26                                                                                        \
    "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")"                    \
    ";created=1618884473;keyid=\"test-key-ed25519\""

/* The one signature that Signature-Input describes as `described`, label included. */
static struct bh_signature_input input_of(struct bh_arena *arena, const char *described)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf signature = {0};
    struct bh_signature_input *inputs = NULL;
    size_t count = 0;
    bh_buf_init(&signature, 1024);
    bh_buf_addf(&signature, "%.*s=:AA==:", (int)strcspn(described, "="), described);
    assert_true(bh_signature_parse(bh_span_from(described), bh_buf_span(&signature), arena, &inputs, &count));
    assert_int_equal(count, 1);
    return inputs[0];
}

static bool base_of(
    struct bh_arena *arena, const struct bh_http_message *message, const char *described, struct bh_buf *base)
{
    struct bh_signature_input input = input_of(arena, described);
    bh_buf_clear(base);
    return bh_signature_base(message, &input, arena, base);
}

static void assert_base(struct bh_arena *arena, const struct bh_http_message *message, const char *described,
    const char *expected)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf base = {0};
    bh_buf_init(&base, FIXTURE_TEXT_LIMIT);
    assert_true(base_of(arena, message, described, &base));
    assert_span_equal(bh_buf_span(&base), expected);
}

static void assert_no_base(
    struct bh_arena *arena, const struct bh_http_message *message, const char *described)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf base = {0};
    bh_buf_init(&base, FIXTURE_TEXT_LIMIT);
    if (base_of(arena, message, described, &base))
        fail_msg("has a base: %s", described);
}

/* The request, base and signature of RFC 9421 B.2.6 come out byte for byte, and verify with the key of B.1.4.
 */
static void test_rfc_b_2_6(void **state)
{
    struct bh_arena *arena = *state;
    BH_CLEANUP(bh_buf_finish) struct bh_buf base = {0};
    struct bh_http_message message = rfc_message();
    struct bh_signature_input *inputs = NULL;
    size_t count = 0;
    char text[96];
    bh_buf_init(&base, FIXTURE_TEXT_LIMIT);
    assert_true(bh_signature_parse(BH_SPAN("sig-b26=" RFC_INPUT_B26),
        BH_SPAN("sig-b26=:"
                "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"),
        arena, &inputs, &count));
    assert_int_equal(count, 1);
    assert_span_equal(inputs[0].label, "sig-b26");
    assert_span_equal(inputs[0].keyid, "test-key-ed25519");
    assert_int_equal(inputs[0].created, 1618884473);
    assert_int_equal(inputs[0].expires, -1);
    assert_span_equal(inputs[0].tag, NULL);
    assert_true(bh_signature_base(&message, &inputs[0], arena, &base));
    assert_span_equal(bh_buf_span(&base), "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n"
                                          "\"@method\": POST\n"
                                          "\"@path\": /foo\n"
                                          "\"@authority\": example.com\n"
                                          "\"content-type\": application/json\n"
                                          "\"content-length\": 18\n"
                                          "\"@signature-params\": " RFC_INPUT_B26);
    struct bh_signature_key key = rfc_key();
    assert_int_equal(inputs[0].signature.len, BH_ED25519_SIGNATURE);
    assert_true(
        bh_ed25519_verify(key.x, bh_buf_span(&base), (const unsigned char *)inputs[0].signature.data));
    sign_base(RFC_SECRET, bh_buf_span(&base), text);
    assert_string_equal(
        text, "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==");
}

/* The other requests of RFC 9421 B.2 have the bases that stand there, though their algorithms are not ours.
 */
static void test_rfc_b_2_bases(void **state)
{
    struct bh_http_message message = rfc_message();
    assert_base(*state, &message,
        "sig-b21=();created=1618884473;keyid=\"test-key-rsa-pss\";nonce=\"b3k2pp5k7z-50gnwp.yemd\"",
        "\"@signature-params\": ();created=1618884473;keyid=\"test-key-rsa-pss\""
        ";nonce=\"b3k2pp5k7z-50gnwp.yemd\"");
    assert_base(*state, &message,
        "sig-b22=(\"@authority\" \"content-digest\" \"@query-param\";name=\"Pet\");created=1618884473"
        ";keyid=\"test-key-rsa-pss\";tag=\"header-example\"",
        "\"@authority\": example.com\n\"content-digest\": " RFC_DIGEST
        "\n\"@query-param\";name=\"Pet\": dog\n"
        "\"@signature-params\": (\"@authority\" \"content-digest\" \"@query-param\";name=\"Pet\")"
        ";created=1618884473;keyid=\"test-key-rsa-pss\";tag=\"header-example\"");
    assert_base(*state, &message,
        "sig-b23=(\"date\" \"@method\" \"@path\" \"@query\" \"@authority\" \"content-type\" "
        "\"content-digest\" "
        "\"content-length\");created=1618884473;keyid=\"test-key-rsa-pss\"",
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n"
        "\"@query\": ?param=Value&Pet=dog\n\"@authority\": example.com\n\"content-type\": application/json\n"
        "\"content-digest\": " RFC_DIGEST "\n\"content-length\": 18\n"
        "\"@signature-params\": (\"date\" \"@method\" \"@path\" \"@query\" \"@authority\" \"content-type\" "
        "\"content-digest\" \"content-length\");created=1618884473;keyid=\"test-key-rsa-pss\"");
    assert_base(*state, &message,
        "sig-b25=(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"",
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@authority\": example.com\n"
        "\"content-type\": application/json\n"
        "\"@signature-params\": (\"date\" \"@authority\" \"content-type\");created=1618884473"
        ";keyid=\"test-shared-secret\"");
}

/* Every derived component of a request has its value, also without query and with an empty path. */
static void test_derived_components(void **state)
{
    struct bh_http_message message = rfc_message();
    assert_base(*state, &message, "s=(\"@scheme\" \"@target-uri\" \"@request-target\" \"@query\")",
        "\"@scheme\": https\n\"@target-uri\": https://example.com/foo?param=Value&Pet=dog\n"
        "\"@request-target\": /foo?param=Value&Pet=dog\n\"@query\": ?param=Value&Pet=dog\n"
        "\"@signature-params\": (\"@scheme\" \"@target-uri\" \"@request-target\" \"@query\")");
    message.target = BH_SPAN("/foo");
    assert_base(*state, &message, "s=(\"@path\" \"@query\")",
        "\"@path\": /foo\n\"@query\": ?\n\"@signature-params\": (\"@path\" \"@query\")");
    message.target = BH_SPAN("?a");
    assert_base(*state, &message, "s=(\"@path\" \"@query\")",
        "\"@path\": /\n\"@query\": ?a\n\"@signature-params\": (\"@path\" \"@query\")");
}

/* A query parameter is decoded and encoded anew as RFC 9421 2.2.8 shows. */
static void test_query_parameters(void **state)
{
    struct bh_http_message message = rfc_message();
    message.target =
        BH_SPAN("/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace"
                "&fa%C3%A7ade%22%3A%20=something&qux=&odd=~%7e%zz%4&flag&twice=1&tw%69ce=2");
    assert_base(*state, &message,
        "s=(\"@query-param\";name=\"var\" \"@query-param\";name=\"bar\" "
        "\"@query-param\";name=\"fa%C3%A7ade%22%3A%20\" \"@query-param\";name=\"qux\" "
        "\"@query-param\";name=\"odd\" \"@query-param\";name=\"flag\")",
        "\"@query-param\";name=\"var\": this%20is%20a%20big%0Amultiline%20value\n"
        "\"@query-param\";name=\"bar\": with%20plus%20whitespace\n"
        "\"@query-param\";name=\"fa%C3%A7ade%22%3A%20\": something\n"
        "\"@query-param\";name=\"qux\": \n"
        "\"@query-param\";name=\"odd\": %7E%7E%25zz%254\n"
        "\"@query-param\";name=\"flag\": \n"
        "\"@signature-params\": (\"@query-param\";name=\"var\" \"@query-param\";name=\"bar\" "
        "\"@query-param\";name=\"fa%C3%A7ade%22%3A%20\" \"@query-param\";name=\"qux\" "
        "\"@query-param\";name=\"odd\" \"@query-param\";name=\"flag\")");
    assert_no_base(*state, &message, "s=(\"@query-param\";name=\"twice\")");
    assert_no_base(*state, &message, "s=(\"@query-param\";name=\"missing\")");
    assert_no_base(*state, &message, "s=(\"@query-param\";name=\"VAR\")");
    assert_no_base(*state, &message, "s=(\"@query-param\")");
    assert_no_base(*state, &message, "s=(\"@query-param\";name=var)");
    message.target = BH_SPAN("/");
    assert_no_base(*state, &message, "s=(\"@query-param\";name=\"var\")");
}

/* A field's lines are trimmed and joined in their order, and a dictionary's member can be covered alone. */
static void test_fields(void **state)
{
    const struct bh_message_header headers[] = {
        {BH_SPAN("x-list"), BH_SPAN(" \t one,  two \t")},
        {BH_SPAN("x-empty"), BH_SPAN("")},
        {BH_SPAN("x-dict"), BH_SPAN("a=1,  b=2;x=1;y=2")},
        {BH_SPAN("x-list"), BH_SPAN("three")},
        {BH_SPAN("x-dict"), BH_SPAN("c=(a   b    c), d")},
        {BH_SPAN("x-list"), BH_SPAN(" ")},
    };
    struct bh_http_message message = rfc_message();
    message.headers = headers;
    message.header_count = BH_COUNT(headers);
    assert_base(*state, &message,
        "s=(\"x-list\" \"x-empty\" \"x-dict\" \"x-dict\";key=\"a\" \"x-dict\";key=\"b\" \"x-dict\";key=\"c\" "
        "\"x-dict\";key=\"d\")",
        "\"x-list\": one,  two, three, \n\"x-empty\": \n\"x-dict\": a=1,  b=2;x=1;y=2, c=(a   b    c), d\n"
        "\"x-dict\";key=\"a\": 1\n\"x-dict\";key=\"b\": 2;x=1;y=2\n\"x-dict\";key=\"c\": (a b c)\n"
        "\"x-dict\";key=\"d\": ?1\n"
        "\"@signature-params\": (\"x-list\" \"x-empty\" \"x-dict\" \"x-dict\";key=\"a\" \"x-dict\";key=\"b\" "
        "\"x-dict\";key=\"c\" \"x-dict\";key=\"d\")");
    assert_no_base(*state, &message, "s=(\"x-dict\";key=\"e\")");
    assert_no_base(*state, &message, "s=(\"x-list\";key=\"one\")");
    assert_no_base(*state, &message, "s=(\"x-dict\";key=a)");
}

/* Spaces that mean nothing are left out of @signature-params, so that the base is the signer's. */
static void test_canonical_params(void **state)
{
    struct bh_http_message message = rfc_message();
    assert_base(*state, &message, "s=(  \"@method\"   \"@path\" ); created=1;  keyid=\"k\";x=?1",
        "\"@method\": POST\n\"@path\": /foo\n\"@signature-params\": (\"@method\" "
        "\"@path\");created=1;keyid=\"k\";x");
}

/* What is missing, not supported, or there twice has no base. */
static void test_unsupported_components(void **state)
{
    static const char *const described[] = {"s=(\"x-missing\")", "s=(\"@method\" \"@method\")",
        "s=(\"date\" \"@path\" \"date\")", "s=(\"date\";sf)", "s=(\"date\";bs)", "s=(\"date\";tr)",
        "s=(\"date\";req)", "s=(\"@method\";req)", "s=(\"@authority\";key=\"a\")", "s=(\"date\";unknown)",
        "s=(\"@status\")", "s=(\"@signature-params\")", "s=(\"@unknown\")", "s=(\"@\")", "s=(\"\")",
        "s=(\"Date\")", "s=(\"date:\")", "s=(\"@Method\")", "s=(\"@query-param\";name=\"Pet\";req)",
        "s=(\"@query-param\";name=\"Pet\" \"@query-param\";name=\"Pet\")"};
    struct bh_http_message message = rfc_message();
    for (size_t i = 0; i < BH_COUNT(described); i++)
        assert_no_base(*state, &message, described[i]);
}

/* A value with a line break, another control character or a byte beyond ASCII cannot be covered. */
static void test_unprintable_values(void **state)
{
    static const struct bh_span values[] = {
        {"a\nb", 3}, {"a\r\n b", 5}, {"a\rb", 3}, {"a\0b", 3}, {"a\x7F", 2}, {"\xC3\xA9", 2}};
    for (size_t i = 0; i < BH_COUNT(values); i++) {
        const struct bh_message_header header = {BH_SPAN("x-odd"), values[i]};
        struct bh_http_message message = rfc_message();
        message.headers = &header;
        message.header_count = 1;
        assert_no_base(*state, &message, "s=(\"x-odd\")");
        message = rfc_message();
        message.authority = values[i];
        assert_no_base(*state, &message, "s=(\"@authority\")");
        assert_no_base(*state, &message, "s=(\"@target-uri\")");
        message = rfc_message();
        message.method = values[i];
        assert_no_base(*state, &message, "s=(\"@method\")");
        message = rfc_message();
        message.target = values[i];
        assert_no_base(*state, &message, "s=(\"@path\")");
        assert_no_base(*state, &message, "s=(\"@query-param\";name=\"a\")");
    }
}

/* What the caller does not know cannot be covered. */
static void test_unknown_values(void **state)
{
    struct bh_http_message message = rfc_message();
    message.method = message.scheme = message.authority = message.target = BH_ABSENT;
    static const char *const described[] = {"s=(\"@method\")", "s=(\"@authority\")", "s=(\"@scheme\")",
        "s=(\"@target-uri\")", "s=(\"@request-target\")", "s=(\"@path\")", "s=(\"@query\")"};
    for (size_t i = 0; i < BH_COUNT(described); i++)
        assert_no_base(*state, &message, described[i]);
}

/* The two fields describe the same signatures, at most four, with parameters of the right types. */
static void test_parse_fits_together(void **state)
{
    static const struct {
        const char *input, *signature;
        bool good;
    } cases[] = {
        {"a=(), b=(), c=(), d=()", "a=:AA==:, b=:AA==:, c=:AA==:, d=:AA==:", true},
        {"a=(), b=()", "b=:AA==:, a=:AA==:", true},
        {"a=(), b=(), c=(), d=(), e=()", "a=:AA==:, b=:AA==:, c=:AA==:, d=:AA==:, e=:AA==:", false},
        {"a=()", "b=:AA==:", false},
        {"a=(), b=()", "a=:AA==:", false},
        {"a=()", "a=:AA==:, b=:AA==:", false},
        {"a=(), a=()", "a=:AA==:", false},
        {"a=()", "a=:AA==:, a=:AA==:", false},
        {"a=()", "a=\"AA==\"", false},
        {"a=()", "a", false},
        {"a", "a=:AA==:", false},
        {"a=1", "a=:AA==:", false},
        {"a=(date)", "a=:AA==:", false},
        {"a=();created=\"1\"", "a=:AA==:", false},
        {"a=();created=1.5", "a=:AA==:", false},
        {"a=();created=-1", "a=:AA==:", false},
        {"a=();created=0;expires=1", "a=:AA==:", true},
        {"a=();expires", "a=:AA==:", false},
        {"a=();created=1;created=1", "a=:AA==:", false},
        {"a=();keyid=k", "a=:AA==:", false},
        {"a=();alg=ed25519", "a=:AA==:", false},
        {"a=();nonce=:AA==:", "a=:AA==:", false},
        {"a=();tag=web-bot-auth", "a=:AA==:", false},
        {"a=();tag=\"web-bot-auth\";unknown=1", "a=:AA==:", true},
        {"", "a=:AA==:", false},
    };
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        struct bh_signature_input *inputs = NULL;
        size_t count = 0;
        bool good = bh_signature_parse(
            bh_span_from(cases[i].input), bh_span_from(cases[i].signature), *state, &inputs, &count);
        if (good != cases[i].good)
            fail_msg("%s with %s", cases[i].input, cases[i].signature);
    }
}

/* A base that does not fit into the buffer is none. */
static void test_base_limit(void **state)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf base = {0};
    struct bh_http_message message = rfc_message();
    bh_buf_init(&base, 48);
    assert_true(base_of(*state, &message, "s=(\"@method\")", &base));
    assert_int_equal(base.len, 48);
    BH_CLEANUP(bh_buf_finish) struct bh_buf small = {0};
    bh_buf_init(&small, 47);
    assert_false(base_of(*state, &message, "s=(\"@method\")", &small));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(test_rfc_b_2_6),
        fixture_test(test_rfc_b_2_bases),
        fixture_test(test_derived_components),
        fixture_test(test_query_parameters),
        fixture_test(test_fields),
        fixture_test(test_canonical_params),
        fixture_test(test_unsupported_components),
        fixture_test(test_unprintable_values),
        fixture_test(test_unknown_values),
        fixture_test(test_parse_fits_together),
        fixture_test(test_base_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
