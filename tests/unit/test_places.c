// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "http/places.h"

/* Agents from 0 to 99 are of one account, those from 100 to 199 of the next. */
static enum bh_err enter(
    struct bh_places *places, int64_t agent, const char *address, struct bh_place **ret_place)
{
    const struct bh_place_owner owner = {.account = agent / 100, .agent = agent};
    return bh_places_enter(places, &owner, address, ret_place);
}

/* One owner gets its share and no more, also from many addresses; a place given back can be taken again. */
static void test_owner_has_its_share(void **state)
{
    (void)state;
    struct bh_places *places = bh_places_create(20000);
    struct bh_place *place = NULL;
    struct bh_place *other = NULL;
    char address[24];
    for (int i = 0; i < BH_PLACES_OF_OWNER; i++) {
        snprintf(address, sizeof(address), "10.0.0.%d", i);
        assert_int_equal(enter(places, 7, address, &place), BH_OK);
    }
    assert_int_equal(enter(places, 7, "10.0.1.1", &other), BH_ERR_LONG_ANSWERS_OWNER);
    assert_null(other);
    assert_int_equal(enter(places, 8, "10.0.1.1", &other), BH_OK);
    bh_places_leave(places, place);
    assert_int_equal(enter(places, 7, "10.0.1.1", &place), BH_OK);
    bh_places_destroy(places);
}

/* One account gets its share and no more, over however many agents and addresses. */
static void test_account_has_its_share(void **state)
{
    (void)state;
    struct bh_places *places = bh_places_create(20000);
    struct bh_place *place = NULL;
    struct bh_place *other = NULL;
    char address[24];
    for (int i = 0; i < BH_PLACES_OF_ACCOUNT; i++) {
        snprintf(address, sizeof(address), "10.0.0.%d", i);
        assert_int_equal(enter(places, i % 50, address, &place), BH_OK);
    }
    assert_int_equal(enter(places, 60, "10.0.1.1", &other), BH_ERR_LONG_ANSWERS_OWNER);
    assert_int_equal(enter(places, 160, "10.0.1.1", &other), BH_OK);
    bh_places_leave(places, place);
    assert_int_equal(enter(places, 60, "10.0.1.1", &place), BH_OK);
    bh_places_destroy(places);
}

/* One account has two exports at a time, whatever else it has, and another has its own two. */
static void test_exports_of_an_account_are_limited(void **state)
{
    (void)state;
    const struct bh_place_owner exporter = {.account = 1, .exports = true};
    const struct bh_place_owner other = {.account = 2, .exports = true};
    struct bh_places *places = bh_places_create(20000);
    struct bh_place *place = NULL;
    for (int i = 0; i < BH_PLACES_EXPORTS; i++)
        assert_int_equal(bh_places_enter(places, &exporter, "10.0.0.1", &place), BH_OK);
    struct bh_place *more = NULL;
    assert_int_equal(bh_places_enter(places, &exporter, "10.0.0.1", &more), BH_ERR_EXPORTS_OWNER);
    assert_null(more);
    assert_int_equal(enter(places, 100, "10.0.0.1", &more), BH_OK);
    assert_int_equal(bh_places_enter(places, &other, "10.0.0.1", &more), BH_OK);
    bh_places_leave(places, place);
    assert_int_equal(bh_places_enter(places, &exporter, "10.0.0.1", &place), BH_OK);
    bh_places_destroy(places);
}

/* One address gets its share and no more, whoever the owners are, and another one is still served. */
static void test_address_has_its_share(void **state)
{
    (void)state;
    struct bh_places *places = bh_places_create(20000);
    struct bh_place *place;
    for (int i = 0; i < BH_PLACES_OF_ADDRESS; i++)
        assert_int_equal(enter(places, i, "10.0.0.1", &place), BH_OK);
    assert_int_equal(enter(places, 5000, "10.0.0.1", &place), BH_ERR_LONG_ANSWERS);
    assert_int_equal(enter(places, 5000, "10.0.0.2", &place), BH_OK);
    bh_places_destroy(places);
}

/* The places in all are limited, and to half of the connections where those are few. */
static void test_places_in_all_are_limited(void **state)
{
    (void)state;
    const struct {
        unsigned connections;
        int places;
    } cases[] = {{20000, BH_PLACES}, {40, 20}, {1, 0}};
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        struct bh_places *places = bh_places_create(cases[i].connections);
        struct bh_place *place;
        for (int j = 0; j < cases[i].places; j++)
            assert_int_equal(enter(places, j, j % 2 == 0 ? "10.0.0.1" : "10.0.0.2", &place), BH_OK);
        assert_int_equal(enter(places, 5000, "10.0.0.3", &place), BH_ERR_LONG_ANSWERS);
        bh_places_destroy(places);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owner_has_its_share),
        cmocka_unit_test(test_account_has_its_share),
        cmocka_unit_test(test_exports_of_an_account_are_limited),
        cmocka_unit_test(test_address_has_its_share),
        cmocka_unit_test(test_places_in_all_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
