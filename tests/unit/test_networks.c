// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <stdio.h>

#include "core/networks.h"

static bool has(const char *networks, const char *text)
{
    struct bh_network_list list;
    struct bh_address address;
    assert_true(bh_networks_parse(bh_span_from(networks), &list));
    assert_true(bh_address_parse(bh_span_from(text), &address));
    return bh_networks_have(&list, &address);
}

/* A network holds the addresses that begin with its bits, and those of its own family only. */
static void test_membership(void **state)
{
    (void)state;
    assert_true(has("93.184.216.0/24", "93.184.216.255"));
    assert_false(has("93.184.216.0/24", "93.184.217.0"));
    assert_true(has("93.184.216.128/25", "93.184.216.128"));
    assert_false(has("93.184.216.128/25", "93.184.216.127"));
    assert_true(has("8.8.8.8/32", "8.8.8.8"));
    assert_false(has("8.8.8.8/32", "8.8.8.9"));
    assert_true(has("0.0.0.0/0", "1.2.3.4"));
    assert_false(has("0.0.0.0/0", "2606:4700::1"));
    assert_true(has("2001:db8:64::/96", "2001:db8:64::7f00:1"));
    assert_false(has("2001:db8:64::/96", "2001:db8:64::1:7f00:1"));
    assert_true(has("2606:4700::1/128", "2606:4700::1"));
    assert_false(has("::/0", "1.2.3.4"));
}

/* Lists have blanks around commas, and the network that has the address may be any of them. */
static void test_lists(void **state)
{
    (void)state;
    assert_false(has("", "1.2.3.4"));
    assert_false(has(" ", "1.2.3.4"));
    assert_true(has(" 9.0.0.0/8 , 1.2.3.0/24,2606::/16 ", "1.2.3.4"));
    assert_true(has("9.0.0.0/8,1.2.3.0/24,2606::/16", "2606::1"));
}

/* What is not a list of networks is refused whole. */
static void test_refused(void **state)
{
    static const char *const texts[] = {"1.2.3.4", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/0x8",
        "::/129", "::/1111", "1.2.3/24", "01.2.3.4/8", "1.2.3.4/8,", ",1.2.3.4/8", "1.2.3.4/8,,::/0",
        "1.2.3.4/8 ::/0", "1.2.3.4/8/8", "name/8"};
    struct bh_network_list list = {.count = 7};
    (void)state;
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        if (bh_networks_parse(bh_span_from(texts[i]), &list))
            fail_msg("%s was accepted", texts[i]);
    }
    assert_int_equal(list.count, 7);
}

/* A list has at most BH_NETWORKS_MAX networks. */
static void test_limit(void **state)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_network_list list;
    (void)state;
    bh_buf_init(&text, 4096);
    for (int i = 0; i < BH_NETWORKS_MAX; i++)
        bh_buf_addf(&text, "%s%d.0.0.0/8", i > 0 ? "," : "", i);
    assert_true(bh_networks_parse(bh_buf_span(&text), &list));
    assert_int_equal(list.count, BH_NETWORKS_MAX);
    bh_buf_add_text(&text, ",::/0");
    assert_false(bh_networks_parse(bh_buf_span(&text), &list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_membership),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
