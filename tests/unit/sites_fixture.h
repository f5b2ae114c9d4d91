// SPDX-License-Identifier: Apache-2.0
/*
 * What the tests of guarded sites share: two accounts with a site each, and entries of access logs.
 */
#ifndef BH_TESTS_UNIT_SITES_FIXTURE_H
#define BH_TESTS_UNIT_SITES_FIXTURE_H

#include "store/sites.h"
#include "store_fixture.h"

struct sites_fixture {
    int64_t other; /* account */
    int64_t mine, theirs;
};

/* `before` and three digits. */
static inline struct bh_span numbered(struct store_fixture *fixture, const char *before, int number)
{
    char text[64];
    struct bh_span copy;
    snprintf(text, sizeof(text), "%s%03d", before, number);
    assert_true(bh_arena_copy(&fixture->arena, bh_span_from(text), &copy));
    return copy;
}

static inline struct bh_site_record site_of(struct store_fixture *fixture, int64_t account, int number)
{
    return (struct bh_site_record){.account = account,
        .site_id = numbered(fixture, "site_", number),
        .name = BH_SPAN("Site"),
        .domain = numbered(fixture, "s", number % 1000),
        .created_at = NOON + number};
}

static inline int64_t new_site(struct store_fixture *fixture, int64_t account, int number)
{
    int64_t id = 0;
    const struct bh_site_record site = site_of(fixture, account, number);
    ok(bh_site_create(fixture->db, &site, &id));
    return id;
}

/* One site in each of two accounts, of the same domain, in an open transaction. */
static inline struct sites_fixture begin(struct store_fixture *fixture)
{
    struct sites_fixture sites = {0};
    fixture_begin(fixture);
    ok(bh_account_create(fixture->db, "acct_second", BH_SPAN("Second"), NOON, &sites.other));
    sites.mine = new_site(fixture, fixture->account, 1);
    sites.theirs = new_site(fixture, sites.other, 1001);
    return sites;
}

static inline void append(struct store_fixture *fixture, int64_t site, int64_t number, int64_t created_at)
{
    const struct bh_site_check_record check = {.site = site,
        .number = number,
        .request_id = numbered(fixture, "req_", (int)number),
        .domain = BH_SPAN("s001"),
        .path = BH_SPAN("/x"),
        .user_agent = BH_SPAN("Bot/1"),
        .reason = BH_SITE_REASON_ALLOWED,
        .created_at = created_at};
    ok(bh_site_check_append(fixture->db, &check));
}

static inline size_t checks(struct store_fixture *fixture, int64_t site)
{
    size_t count = 0;
    struct bh_site_check_record *rows = NULL;
    ok(bh_site_check_list(fixture->db, site, 0, 10000, &fixture->arena, &rows, &count));
    return count;
}

#endif
