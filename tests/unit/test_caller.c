// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "http/caller.h"

struct sample {
    const char *text, *caller;
};

static const struct sample plain[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"2001:db8:0:7::1", "2001:db8:0:7::/64"},
    {"2001:db8:0:7:ffff:ffff:ffff:ffff", "2001:db8:0:7::/64"},
    {"2001:db8:0:8::1", "2001:db8:0:8::/64"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::/64"},
    {"::1", "::/64"},
};

/* What a proxy writes about an address names the same caller as the address itself. */
static void test_texts_of_proxies(void **state)
{
    static const struct sample dressed[] = {
        {"192.0.2.1:8080", "192.0.2.1"},
        {"[2001:db8:0:7::1]", "2001:db8:0:7::/64"},
        {"[2001:db8:0:7::2]:443", "2001:db8:0:7::/64"},
        {"[::ffff:192.0.2.1]:443", "192.0.2.1"},
        {"fe80::1%eth0", "fe80::/64"},
        {"[fe80::2%eth0]:1", "fe80::/64"},
        {"2001:DB8:0:7::9", "2001:db8:0:7::/64"},
    };
    (void)state;
    char caller[BH_CALLER_TEXT];
    for (size_t i = 0; i < BH_COUNT(plain); i++) {
        assert_true(bh_caller_from_text(bh_span_from(plain[i].text), caller));
        assert_string_equal(caller, plain[i].caller);
    }
    for (size_t i = 0; i < BH_COUNT(dressed); i++) {
        assert_true(bh_caller_from_text(bh_span_from(dressed[i].text), caller));
        assert_string_equal(caller, dressed[i].caller);
    }
}

/* What is no address names nobody. */
static void test_texts_that_are_no_address(void **state)
{
    static const char *const wrong[] = {
        "", "unknown", "_hidden", "[", "[]", "[]:1", ":", "::1::2", "192.0.2", "192.0.2.256"};
    (void)state;
    char caller[BH_CALLER_TEXT];
    for (size_t i = 0; i < BH_COUNT(wrong); i++)
        assert_false(bh_caller_from_text(bh_span_from(wrong[i]), caller));
    assert_false(bh_caller_from_text(BH_ABSENT, caller));
}

static void caller_of_socket(const char *text, char ret_caller[static BH_CALLER_TEXT])
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(1234)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(1234)};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(&address, &v4, sizeof(v4));
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
        memcpy(&address, &v6, sizeof(v6));
    }
    bh_caller_from_socket((const struct sockaddr *)&address, ret_caller);
}

/* A connection is counted under its IPv4 address or its IPv6 network of 64 bits, whatever its port. */
static void test_sockets(void **state)
{
    (void)state;
    char caller[BH_CALLER_TEXT];
    for (size_t i = 0; i < BH_COUNT(plain); i++) {
        caller_of_socket(plain[i].text, caller);
        assert_string_equal(caller, plain[i].caller);
    }
    const struct sockaddr local = {.sa_family = AF_UNIX};
    bh_caller_from_socket(&local, caller);
    assert_string_equal(caller, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_of_proxies),
        cmocka_unit_test(test_texts_that_are_no_address),
        cmocka_unit_test(test_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
