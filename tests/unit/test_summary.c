// SPDX-License-Identifier: Apache-2.0
/* Which agents of an account were the busiest. */
#include "store_fixture.h"

#include "store/summary.h"

#define MANY 60 /* more than are written at once, so that what they did is in the log alone */
#define LIMIT 10

struct world {
    int64_t agents[MANY];
    char ids[MANY][32];
};

static void make_agents(struct store_fixture *fixture, struct world *world)
{
    fixture_begin(fixture);
    for (int i = 0; i < MANY; i++) {
        snprintf(world->ids[i], sizeof(world->ids[i]), "agent_%022d", i);
        world->agents[i] = fixture_agent(fixture, world->ids[i]);
    }
    fixture_commit(fixture);
}

/* In one transaction: `each` decisions of every agent, and (i * 7) % MANY more of the agent with index i. */
static void decide(struct store_fixture *fixture, const struct world *world, int each, int64_t when)
{
    fixture_begin(fixture);
    for (int i = 0; i < MANY; i++) {
        for (int n = 0; n < each + (i * 7) % MANY; n++) {
            struct bh_audit_row row = fixture_row(fixture, 0, when + n);
            row.agent = world->agents[i];
            row.agent_id = bh_span_from(world->ids[i]);
            row.allowed = n % 3 == 0;
            row.approval_required = n % 3 == 2;
            row.shadow = n % 5 == 4;
            ok(bh_audit_append(fixture->log, &row));
        }
    }
    fixture_commit(fixture);
}

/* Whether each agent's counts are those that are told of it alone, and no other agent has more. */
static void assert_busiest(struct store_fixture *fixture, const struct world *world, int64_t from)
{
    struct bh_busy_agent *busy;
    size_t count;
    int64_t last = INT64_MAX;
    ok(bh_db_begin_read(fixture->db));
    ok(bh_account_busiest_agents(fixture->db, fixture->account, from, LIMIT, &fixture->arena, &busy, &count));
    assert_int_equal(count, LIMIT);
    int above = 0;
    for (int i = 0; i < MANY; i++) {
        struct bh_audit_counts counts;
        ok(bh_audit_count_days(fixture->db, fixture->account, world->agents[i], from, 0, false, &counts));
        above +=
            counts.allowed + counts.denied > busy[LIMIT - 1].counts.allowed + busy[LIMIT - 1].counts.denied;
        for (size_t n = 0; n < count; n++) {
            if (bh_span_equal(busy[n].agent_id, bh_span_from(world->ids[i]))) {
                assert_int_equal(busy[n].counts.allowed, counts.allowed);
                assert_int_equal(busy[n].counts.denied, counts.denied);
                assert_int_equal(busy[n].counts.approval_required, counts.approval_required);
            }
        }
    }
    for (size_t n = 0; n < count; n++) {
        int64_t sum = busy[n].counts.allowed + busy[n].counts.denied;
        assert_true(sum > 0 && sum <= last);
        last = sum;
    }
    assert_in_range(above, 0, LIMIT - 1);
    bh_db_rollback(fixture->db);
}

/* What is in the day rows, in the owners' rows and in the log alone adds up, in every window. */
static void test_the_busiest_agents_are_counted_whole(void **state)
{
    struct store_fixture *fixture = *state;
    struct world world;
    make_agents(fixture, &world);
    decide(fixture, &world, 1, NOON);
    assert_busiest(fixture, &world, NOON);
    decide(fixture, &world, 2, NOON + BH_MS_PER_DAY);
    decide(fixture, &world, 0, NOON + 2 * BH_MS_PER_DAY);
    for (int64_t days = 0; days < 3; days++)
        assert_busiest(fixture, &world, NOON + days * BH_MS_PER_DAY);
    fixture_reopen(fixture);
    assert_busiest(fixture, &world, NOON);
}

/* Agents without a decision in the window are not named, and without any there is none. */
static void test_idle_agents_are_not_named(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_busy_agent *busy;
    size_t count;
    for (int rows = 0; rows <= 4; rows += 2) {
        if (rows > 0)
            fixture_append(fixture, 2, NOON); /* of the first two agents */
        ok(bh_account_busiest_agents(
            fixture->db, fixture->account, NOON, LIMIT, &fixture->arena, &busy, &count));
        assert_int_equal(count, rows == 0 ? 0 : 2);
        ok(bh_account_busiest_agents(
            fixture->db, fixture->account, NOON + BH_MS_PER_DAY, LIMIT, &fixture->arena, &busy, &count));
        assert_int_equal(count, 0);
    }
}

/* Of more agents than are looked at, those used last are: the earliest ones, however busy, are left out. */
static void test_the_agents_used_last_are_looked_at(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_busy_agent *busy;
    size_t count;
    fixture_begin(fixture);
    for (int i = 0; i <= BH_BUSY_AGENTS_MAX - AGENTS; i++) {
        char agent_id[32];
        snprintf(agent_id, sizeof(agent_id), "agent_%022d", i);
        (void)fixture_agent(fixture, agent_id);
    }
    fixture_commit(fixture);
    fixture_sql(fixture,
        "INSERT INTO audit_owner (owner, day, head, last_ms, allowed, denied, "
        "approval_required, shadow, amount) "
        "SELECT id, 20000, 0, id, CASE WHEN agent_id LIKE 'agent_0%' THEN 1 ELSE 900 - id END, "
        "0, 0, 0, 0 FROM agent");
    ok(bh_account_busiest_agents(
        fixture->db, fixture->account, 20000 * BH_MS_PER_DAY, LIMIT, &fixture->arena, &busy, &count));
    assert_int_equal(count, LIMIT);
    assert_text(busy[0].agent_id, fixture_agent_ids[1]);
    assert_int_equal(busy[0].counts.allowed, 900 - fixture->agents[1]);
    assert_text(busy[1].agent_id, fixture_agent_ids[2]);
    assert_int_equal(busy[2].counts.allowed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_the_busiest_agents_are_counted_whole),
        store_test(test_idle_agents_are_not_named),
        store_test(test_the_agents_used_last_are_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
