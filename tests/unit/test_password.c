// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/email.h"
#include "lib/password.h"
#include "lib/user_code.h"

/* A stored password is what another implementation of scrypt computes from the same parts. */
static void test_stored_form_agrees_with_another_implementation(void **state)
{
    (void)state;
    static const struct {
        struct bh_span password;
        unsigned char first, step; /* of the salt's bytes */
        const char *stored;
    } rows[] = {
        {BH_SPAN("correct horse battery"), 0, 1,
            "scrypt:AAECAwQFBgcICQoLDA0ODw:LWslunwd97bmuIOLOg92wgT6HR3LjkzhstHQyyctQweSXkcM8qbKeduTtGpBINjSq3"
            "F5ALQrgsfk2NiW9QuUHA"},
        {BH_SPAN("p\xC3\xA4ssw\xC3\xB6rd-\xF0\x9F\x94\x91-long"), 255, 0,
            "scrypt:_____________________w:uYi1PaXkXthmnbpW8uhlqZjEGSEIvvoMYq_tW5BjFmq92hC9HgCh2mztR8TC0ouRxO"
            "ICl9qpPpXiJr95BSQF0Q"},
    };
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        unsigned char salt[BH_PASSWORD_SALT];
        char text[BH_PASSWORD_TEXT];
        for (size_t k = 0; k < sizeof(salt); k++)
            salt[k] = (unsigned char)(rows[i].first + k * rows[i].step);
        assert_int_equal(bh_password_hash(rows[i].password, salt, text), BH_OK);
        assert_string_equal(text, rows[i].stored);
        assert_int_equal(bh_password_verify(rows[i].password, bh_span_from(text)), BH_OK);
    }
}

/* Only the very password is accepted, and only against a whole stored text. */
static void test_only_the_password_is_accepted(void **state)
{
    (void)state;
    const unsigned char salt[BH_PASSWORD_SALT] = {1, 2, 3};
    const struct bh_span password = BH_SPAN("a long password");
    char text[BH_PASSWORD_TEXT];
    char spoiled[BH_PASSWORD_TEXT];
    assert_int_equal(bh_password_hash(password, salt, text), BH_OK);
    assert_int_equal(bh_password_verify(BH_SPAN("a long passwore"), bh_span_from(text)), BH_ERR_LOGIN);
    assert_int_equal(bh_password_verify(BH_SPAN("a long passwor"), bh_span_from(text)), BH_ERR_LOGIN);
    assert_int_equal(bh_password_verify(BH_SPAN(""), bh_span_from(text)), BH_ERR_LOGIN);
    assert_int_equal(bh_password_verify(BH_ABSENT, bh_span_from(text)), BH_ERR_LOGIN);
    assert_int_equal(bh_password_verify(password, BH_ABSENT), BH_ERR_LOGIN);
    assert_int_equal(bh_password_verify(password, BH_SPAN("")), BH_ERR_LOGIN);
    static const size_t places[] = {0, 7, 28, 29, 30, 115};
    for (size_t i = 0; i < BH_COUNT(places); i++) {
        memcpy(spoiled, text, sizeof(text));
        spoiled[places[i]] = spoiled[places[i]] == 'B' ? 'C' : 'B';
        assert_int_equal(bh_password_verify(password, bh_span_from(spoiled)), BH_ERR_LOGIN);
    }
    assert_int_equal(bh_password_verify(password, (struct bh_span){text, strlen(text) - 1}), BH_ERR_LOGIN);
}

/* A password has 10 to 200 UTF-16 units. */
static void test_password_length_at_its_edges(void **state)
{
    (void)state;
    char text[201];
    memset(text, 'x', sizeof(text));
    assert_int_equal(bh_password_check((struct bh_span){text, 9}), BH_ERR_PASSWORD_LENGTH);
    assert_int_equal(bh_password_check((struct bh_span){text, 10}), BH_OK);
    assert_int_equal(bh_password_check((struct bh_span){text, 200}), BH_OK);
    assert_int_equal(bh_password_check((struct bh_span){text, 201}), BH_ERR_PASSWORD_LENGTH);
    assert_int_equal(bh_password_check(BH_ABSENT), BH_ERR_PASSWORD_LENGTH);
    /* five characters outside the basic plane are ten units */
    assert_int_equal(
        bh_password_check(BH_SPAN("\xF0\x9F\x94\x91\xF0\x9F\x94\x91\xF0\x9F\x94\x91\xF0\x9F\x94\x91"
                                  "\xF0\x9F\x94\x91")),
        BH_OK);
}

/* An address is made small and trimmed; what could break a mail's header is no address. */
static void test_email_addresses(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", " ", "a", "@", "a@", "@b", "a@b@c", "a b@c.d", "a@b c", "a@b..c",
        "a@.b", "a@b.", "a@-b", "a@b-", "a\r\nBcc: x@y.z@b.c", "a@b.c\nX: y", "<a@b.c>", "\"a\"@b.c",
        "a@[::1]", "\xC3\xA4@b.c", "a@b_c.d", "a,b@c.d"};
    char email[BH_EMAIL_TEXT];
    for (size_t i = 0; i < BH_COUNT(wrong); i++)
        assert_int_equal(bh_email_read(bh_span_from(wrong[i]), email), BH_ERR_EMAIL);
    assert_int_equal(bh_email_read(BH_ABSENT, email), BH_ERR_EMAIL);
    assert_int_equal(bh_email_read(BH_SPAN("a\0b@c.d"), email), BH_ERR_EMAIL);
    assert_int_equal(bh_email_read(BH_SPAN(" Ada.Lovelace+x@Example.COM\n"), email), BH_OK);
    assert_string_equal(email, "ada.lovelace+x@example.com");
    assert_int_equal(bh_email_read(BH_SPAN("root@localhost"), email), BH_OK);
}

/* An address has at most 254 characters, its name 64. */
static void test_email_length_at_its_edges(void **state)
{
    (void)state;
    char email[BH_EMAIL_TEXT];
    char text[256];
    memset(text, 'a', sizeof(text));
    text[64] = '@';
    text[128] = text[192] = '.';
    assert_int_equal(bh_email_read((struct bh_span){text, 254}, email), BH_OK);
    assert_int_equal(strlen(email), 254);
    assert_int_equal(bh_email_read((struct bh_span){text, 255}, email), BH_ERR_EMAIL);
    text[64] = 'a';
    text[65] = '@';
    assert_int_equal(bh_email_read((struct bh_span){text, 100}, email), BH_ERR_EMAIL);
}

/* Each symbol of a user code comes from as many bytes as every other one; the rest is thrown away. */
static void test_user_codes_are_drawn_fairly(void **state)
{
    (void)state;
    int seen[256] = {0};
    char code[BH_USER_CODE_TEXT];
    for (int byte = 0; byte < 256; byte++) {
        char random[8];
        memset(random, byte, sizeof(random));
        bool drawn = bh_user_code_draw((struct bh_span){random, sizeof(random)}, code);
        assert_int_equal(drawn, byte < 232);
        if (drawn)
            seen[(unsigned char)code[0]]++;
    }
    for (const char *symbol = BH_USER_CODE_ALPHABET; *symbol != 0; symbol++)
        assert_int_equal(seen[(unsigned char)*symbol], 8);
    const unsigned char mixed[] = {255, 0, 232, 1, 2, 3, 240, 28, 29, 30, 231, 9};
    assert_true(bh_user_code_draw((struct bh_span){(const char *)mixed, sizeof(mixed)}, code));
    assert_string_equal(code, "ACDE-9AC9");
    assert_false(bh_user_code_draw((struct bh_span){(const char *)mixed, 10}, code));
}

/* A user code is read in any case, with blanks and hyphens anywhere, and only from its alphabet. */
static void test_user_codes_are_read_as_typed(void **state)
{
    (void)state;
    static const char *const good[] = {"ACDE-9AC9", "acde9ac9", " acde - 9ac9 ", "A C D E 9 A C 9"};
    static const char *const wrong[] = {"", "ACDE-9AC", "ACDE-9AC99", "ACDE-9AC0", "ACDE-9ACB", "ACDE_9AC9"};
    char code[BH_USER_CODE_TEXT];
    for (size_t i = 0; i < BH_COUNT(good); i++) {
        assert_true(bh_user_code_read(bh_span_from(good[i]), code));
        assert_string_equal(code, "ACDE-9AC9");
    }
    for (size_t i = 0; i < BH_COUNT(wrong); i++)
        assert_false(bh_user_code_read(bh_span_from(wrong[i]), code));
    assert_false(bh_user_code_read(BH_SPAN("ACDE\0"
                                           "9AC9"),
        code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stored_form_agrees_with_another_implementation),
        cmocka_unit_test(test_only_the_password_is_accepted),
        cmocka_unit_test(test_password_length_at_its_edges),
        cmocka_unit_test(test_email_addresses),
        cmocka_unit_test(test_email_length_at_its_edges),
        cmocka_unit_test(test_user_codes_are_drawn_fairly),
        cmocka_unit_test(test_user_codes_are_read_as_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
