// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <stdio.h>
#include <string.h>

#include "core/redact.h"
#include "lib/err.h"

static void assert_redacted(const char *text, const char *expected)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    bh_buf_init(&out, 100000);
    bh_redact(bh_span_from(text), &out);
    assert_span_equal(bh_buf_span(&out), expected);
}

/* Every kind of credential keeps its prefix and loses its value. */
static void test_every_credential_loses_its_value(void **state)
{
    (void)state;
    static const char *const prefixes[] = {
        "bhf_sk_", "bhf_dev_", "bhf_pt_", "bhf_pass_", "bhf_site_", "bhf_inv_", "bhf_egress_", "whsec_"};
    for (size_t i = 0; i < BH_COUNT(prefixes); i++) {
        char text[100];
        char expected[100];
        snprintf(text, sizeof(text), "x=%saZ09._~+/-==, y", prefixes[i]);
        snprintf(expected, sizeof(expected), "x=%s[redacted], y", prefixes[i]);
        assert_redacted(text, expected);
    }
}

/* A bearer value goes, in any case of the word, together with whatever it holds. */
static void test_bearer_values_go(void **state)
{
    (void)state;
    assert_redacted("Authorization: Bearer bhf_sk_abc", "Authorization: Bearer [redacted]");
    assert_redacted("bEARER \t abc== x", "Bearer [redacted] x");
    assert_redacted("bearer\nabc", "Bearer [redacted]");
    assert_redacted("\"Bearer a\",\"Bearer b\"", "\"Bearer [redacted]\",\"Bearer [redacted]\"");
}

/* What is no secret stays as it is. */
static void test_other_text_stays(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "bhf_sk_", "bhf_sk_ x", "whsec_\"", "Bearer", "Bearer ",
        "bearer:x", "bhf_key_abc", "BHF_SK_abc", "agent_1 b w", "\xC3\xA9"};
    for (size_t i = 0; i < BH_COUNT(texts); i++)
        assert_redacted(texts[i], texts[i]);
}

/* Redacting twice changes nothing more. */
static void test_redaction_is_final(void **state)
{
    (void)state;
    assert_redacted("Bearer [redacted] bhf_sk_[redacted]", "Bearer [redacted] bhf_sk_[redacted]");
    assert_redacted("xbhf_sk_abhf_dev_b", "xbhf_sk_[redacted]");
}

/* Long hostile text is redacted in one pass. */
static void test_long_text_is_one_pass(void **state)
{
    (void)state;
    const size_t size = (size_t)1 << 22;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    bh_buf_init(&text, size);
    bh_buf_init(&out, size);
    char *data = bh_buf_reserve(&text, size);
    assert_non_null(data);
    memset(data, 'b', size);
    text.len = size;
    bh_redact(bh_buf_span(&text), &out);
    assert_int_equal(out.len, size);
}

/* No text or hint of the table of errors looks like a secret: what we tell people arrives whole. */
static void test_our_own_words_stay(void **state)
{
    (void)state;
    for (int err = BH_OK; err < BH_ERR_COUNT; err++) {
        assert_redacted(bh_err_info((enum bh_err)err)->text, bh_err_info((enum bh_err)err)->text);
        assert_redacted(bh_err_info((enum bh_err)err)->hint, bh_err_info((enum bh_err)err)->hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_credential_loses_its_value),
        cmocka_unit_test(test_bearer_values_go),
        cmocka_unit_test(test_other_text_stays),
        cmocka_unit_test(test_redaction_is_final),
        cmocka_unit_test(test_long_text_is_one_pass),
        cmocka_unit_test(test_our_own_words_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
