// SPDX-License-Identifier: Apache-2.0
/* Hosts and origins in one form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/site_names.h"

static void check(bool (*function)(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_text),
    const char *text, const char *expected)
{
    struct bh_arena arena;
    struct bh_span found = BH_ABSENT;
    bh_arena_init(&arena, 1024, 4096);
    bool is_one = function(bh_span_from(text), &arena, &found);
    if (is_one != (expected != NULL))
        fail_msg("%s: %d", text == NULL ? "absent" : text, is_one);
    if (is_one) {
        assert_int_equal(found.len, strlen(expected));
        assert_memory_equal(found.data, expected, found.len);
    }
    bh_arena_finish(&arena);
}

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10

/* Host names of every form that means the same become one text; what is none is refused. */
static void test_domains(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"example.com", "example.com"},
        {" Shop.EXAMPLE.com.\t", "shop.example.com"},
        {"localhost", "localhost"},
        {"a-b.1.x", "a-b.1.x"},
        {X60 "xxx.x", X60 "xxx.x"},
        {X60 "xxxx.x", NULL},
        {X60 "x." X60 "x." X60 "x." X60 "x.12345.", X60 "x." X60 "x." X60 "x." X60 "x.12345"},
        {X60 "x." X60 "x." X60 "x." X60 "x.123456", NULL},
        {NULL, NULL},
        {"", NULL},
        {".", NULL},
        {"a..b", NULL},
        {".a", NULL},
        {"a..", NULL},
        {"-a.b", NULL},
        {"a-.b", NULL},
        {"a_b", NULL},
        {"a b", NULL},
        {"a:80", NULL},
        {"a/", NULL},
        {"\xC3\xA4.example", NULL},
        {"[::1]", NULL},
    };
    for (size_t i = 0; i < BH_COUNT(cases); i++)
        check(bh_site_domain_canonical, cases[i][0], cases[i][1]);
}

/* Origins of every form that means the same become one text; what is more or less than one is refused. */
static void test_origins(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"https://bot.example", "https://bot.example"},
        {" HTTPS://Bot.Example./ ", "https://bot.example"},
        {"https://bot.example:443", "https://bot.example"},
        {"https://bot.example:8443/", "https://bot.example:8443"},
        {"https://bot.example:65535", "https://bot.example:65535"},
        {"https://bot.example:65536", NULL},
        {"https://bot.example:0", NULL},
        {"https://bot.example:0443", NULL},
        {"https://bot.example:", NULL},
        {"https://bot.example:1:2", NULL},
        {"https://bot.example:x", NULL},
        {"http://bot.example", NULL},
        {"https:/bot.example", NULL},
        {"https://", NULL},
        {"https:///", NULL},
        {"https://bot.example//", NULL},
        {"https://bot.example/x", NULL},
        {"https://bot.example?x", NULL},
        {"https://bot.example#x", NULL},
        {"https://u@bot.example", NULL},
        {"https://[::1]", NULL},
        {"bot.example", NULL},
        {"", NULL},
        {NULL, NULL},
    };
    for (size_t i = 0; i < BH_COUNT(cases); i++)
        check(bh_site_origin_canonical, cases[i][0], cases[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_origins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
