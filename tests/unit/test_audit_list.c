// SPDX-License-Identifier: Apache-2.0
/* Listing the audit log: order, filters, cursors, jumps in time, and the limits of one call. */
#include "store_fixture.h"

#define ROWS 400
#define STEP INT64_C(1000000) /* so that the rows spread over five days */

static const char *const actions[] = {"purchase", "deploy", "read_mail"};
static const char *const vendors[] = {NULL, "coachella.com", "gmail.com", "Vercel.com"};
static const char *const metadatas[] = {NULL, "{\"environment\":\"Production\"}",
    "{\"env\":\"staging\",\"n\":1}", "{\"stage\":\"PRODUCTION\"}",
    "{\"environment\":7,\"other\":\"production\"}"};

static struct bh_audit_row varied_row(const struct store_fixture *fixture, int i)
{
    struct bh_audit_row row = fixture_row(fixture, i * 7 % 11 % AGENTS, NOON + i * STEP);
    row.action = bh_span_from(actions[i % 3]);
    row.vendor = bh_span_from(vendors[i % 4]);
    row.metadata = bh_span_from(metadatas[i % 5]);
    row.allowed = i % 3 == 1;
    row.approval_required = !row.allowed && i % 2 == 0;
    row.shadow = i % 6 == 5;
    row.risk = (enum bh_risk)(i % 3);
    row.reason = row.allowed ? BH_REASON_ALLOWED : BH_REASON_AMOUNT_EXCEEDED;
    row.approval_id = row.approval_required ? BH_SPAN("apr_x") : BH_ABSENT;
    row.has_amount = i % 4 == 1;
    row.amount = i;
    return row;
}

static int setup(void **state)
{
    store_setup(state);
    struct store_fixture *fixture = *state;
    for (int i = 0; i < ROWS; i++) {
        struct bh_audit_row row = varied_row(fixture, i);
        if (i % 20 == 0)
            fixture_begin(fixture);
        ok(bh_audit_append(fixture->log, &row));
        if (i % 20 == 19)
            fixture_commit(fixture);
    }
    return 0;
}

static struct bh_audit_page list(struct store_fixture *fixture, const struct bh_audit_filter *filter,
    int64_t before, size_t skip, size_t limit)
{
    struct bh_audit_page page;
    struct bh_db *reader;
    ok(bh_store_reader_borrow(fixture->store, &reader));
    ok(bh_audit_list(reader, filter, before, skip, limit, &fixture->arena, &page));
    bh_store_reader_return(fixture->store, reader);
    return page;
}

/* The filter finds exactly the rows for which `matches` is true, newest first; and counting finds as many. */
static void assert_finds(struct store_fixture *fixture, const struct bh_audit_filter *filter,
    bool (*matches)(const struct bh_audit_row *row))
{
    struct bh_audit_page page = list(fixture, filter, 0, 0, ROWS);
    size_t found = 0;
    int64_t total;
    bool exact;
    for (int i = ROWS - 1; i >= 0; i--) {
        struct bh_audit_row row = varied_row(fixture, i);
        if (!matches(&row))
            continue;
        assert_true(found < page.count);
        assert_int_equal(page.rows[found].id, i + 1);
        found++;
    }
    assert_int_equal(page.count, found);
    assert_in_range(found, 1, ROWS - 1); /* else the test says nothing */
    assert_int_equal(page.next_before, 0);
    assert_false(page.partial);
    ok(bh_audit_count(fixture->db, filter, ROWS, &total, &exact));
    assert_int_equal(total, found);
    assert_true(exact);
}

/* ---- content --------------------------------------------------------------------------------------------
 */

/* A listed row is the appended one, with the public id of its agent. */
static void test_rows_read_back(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_audit_filter filter = {.account = fixture->account};
    struct bh_audit_page page = list(fixture, &filter, 0, 0, ROWS);
    assert_int_equal(page.count, ROWS);
    for (int i = 0; i < ROWS; i++) {
        const struct bh_audit_row *row = &page.rows[ROWS - 1 - i];
        struct bh_audit_row expected = varied_row(fixture, i);
        assert_int_equal(row->id, i + 1);
        assert_true(row->salt == expected.salt);
        assert_int_equal(row->account, expected.account);
        assert_int_equal(row->agent, expected.agent);
        assert_int_equal(row->created_at, expected.created_at);
        assert_true(bh_span_equal(row->agent_id, expected.agent_id));
        assert_true(bh_span_equal(row->action, expected.action));
        assert_true(bh_span_equal(row->vendor, expected.vendor));
        assert_true(bh_span_equal(row->metadata, expected.metadata));
        assert_true(bh_span_equal(row->permission_id, expected.permission_id));
        assert_true(bh_span_equal(row->approval_id, expected.approval_id));
        assert_int_equal(row->allowed, expected.allowed);
        assert_int_equal(row->approval_required, expected.approval_required);
        assert_int_equal(row->shadow, expected.shadow);
        assert_int_equal(row->risk, expected.risk);
        assert_int_equal(row->reason, expected.reason);
        assert_int_equal(row->has_amount, expected.has_amount);
        assert_true(!row->has_amount || row->amount == expected.amount);
    }
}

/* Nobody sees the rows of another account, also not by naming one of its agents. */
static void test_accounts_are_apart(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_filter filter = {.account = fixture->account + 1};
    assert_int_equal(list(fixture, &filter, 0, 0, 10).count, 0);
    filter.agent = fixture->agents[0];
    assert_int_equal(list(fixture, &filter, 0, 0, 10).count, 0);
    char request_id[BH_REQUEST_ID_TEXT];
    bh_request_id_encode(5, varied_row(fixture, 4).salt, request_id);
    filter =
        (struct bh_audit_filter){.account = fixture->account + 1, .request_id = bh_span_from(request_id)};
    assert_int_equal(list(fixture, &filter, 0, 0, 10).count, 0);
}

/* ---- filters --------------------------------------------------------------------------------------------
 */

static int64_t second_agent;

static bool is_second_agent(const struct bh_audit_row *row)
{
    return row->agent == second_agent;
}

static bool is_allowed(const struct bh_audit_row *row)
{
    return row->allowed;
}

static bool is_denied(const struct bh_audit_row *row)
{
    return !row->allowed;
}

static bool is_approval(const struct bh_audit_row *row)
{
    return row->approval_required;
}

static bool is_shadow(const struct bh_audit_row *row)
{
    return row->shadow;
}

static bool is_enforced(const struct bh_audit_row *row)
{
    return !row->shadow;
}

static bool is_high(const struct bh_audit_row *row)
{
    return row->risk == BH_RISK_HIGH;
}

static bool is_deploy(const struct bh_audit_row *row)
{
    return bh_span_equal(row->action, BH_SPAN("deploy"));
}

static bool is_gmail(const struct bh_audit_row *row)
{
    return bh_span_equal(row->vendor, BH_SPAN("gmail.com"));
}

static bool is_production(const struct bh_audit_row *row)
{
    return bh_span_equal(row->metadata, bh_span_from(metadatas[1])) ||
           bh_span_equal(row->metadata, bh_span_from(metadatas[3]));
}

static bool has_vercel(const struct bh_audit_row *row)
{
    return bh_span_equal(row->vendor, BH_SPAN("Vercel.com"));
}

static bool is_in_the_middle(const struct bh_audit_row *row)
{
    return row->created_at >= NOON + 100 * STEP && row->created_at <= NOON + 250 * STEP;
}

static bool is_all_at_once(const struct bh_audit_row *row)
{
    return is_second_agent(row) && is_denied(row) && is_enforced(row) && is_in_the_middle(row);
}

/* Each filter finds the rows that it describes, and only those; together they find what all describe. */
static void test_filters(void **state)
{
    struct store_fixture *fixture = *state;
    second_agent = fixture->agents[1];
    const int64_t account = fixture->account;
#define assert_filter(matches, ...)                                                                          \
    assert_finds(fixture, &(const struct bh_audit_filter){.account = account, __VA_ARGS__}, matches)
    assert_filter(is_second_agent, .agent = second_agent);
    assert_filter(is_allowed, .decision = BH_AUDIT_ALLOWED);
    assert_filter(is_denied, .decision = BH_AUDIT_DENIED);
    assert_filter(is_approval, .decision = BH_AUDIT_APPROVAL);
    assert_filter(is_shadow, .shadow = BH_YES);
    assert_filter(is_enforced, .shadow = BH_NO);
    assert_filter(is_high, .has_risk = true, .risk = BH_RISK_HIGH);
    assert_filter(is_deploy, .action = BH_SPAN("deploy"));
    assert_filter(is_gmail, .vendor = BH_SPAN("gmail.com"));
    assert_filter(is_production, .environment = BH_SPAN("pRoduction"));
    assert_filter(is_in_the_middle, .from = NOON + 100 * STEP, .to = NOON + 250 * STEP);
    assert_filter(is_all_at_once, .agent = second_agent, .decision = BH_AUDIT_DENIED, .shadow = BH_NO,
        .from = NOON + 100 * STEP, .to = NOON + 250 * STEP);
    const struct bh_audit_filter exact = {.account = account, .action = BH_SPAN("Deploy")};
    assert_int_equal(list(fixture, &exact, 0, 0, 10).count, 0);
}

/* Text is looked for in action, vendor, reason, agent, permission and request id, whatever its case. */
static void test_text(void **state)
{
    struct store_fixture *fixture = *state;
    second_agent = fixture->agents[1];
    const int64_t account = fixture->account;
    assert_filter(is_deploy, .text = BH_SPAN("EPLOY"));
    assert_filter(has_vercel, .text = BH_SPAN("vercel"));
    assert_filter(is_denied, .text = BH_SPAN("exceeds MAXamount"));
    assert_filter(is_second_agent, .text = BH_SPAN("AGENT_bb"));
    struct bh_audit_filter filter = {.account = account, .text = BH_SPAN("PERM_0123")};
    assert_int_equal(list(fixture, &filter, 0, 0, ROWS).count, ROWS);
    filter.text = BH_SPAN("no such text");
    assert_int_equal(list(fixture, &filter, 0, 0, ROWS).count, 0);
    char request_id[BH_REQUEST_ID_TEXT];
    bh_request_id_encode(5, varied_row(fixture, 4).salt, request_id);
    filter.text = bh_span_from_index(bh_span_from(request_id), 8);
    struct bh_audit_page page = list(fixture, &filter, 0, 0, ROWS);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.rows[0].id, 5);
}

/* A request id finds its row at once, if the other filters let it; one with another salt finds none. */
static void test_request_id(void **state)
{
    struct store_fixture *fixture = *state;
    char request_id[BH_REQUEST_ID_TEXT];
    uint64_t salt = varied_row(fixture, 4).salt;
    bh_request_id_encode(5, salt, request_id);
    struct bh_audit_filter filter = {.account = fixture->account, .request_id = bh_span_from(request_id)};
    struct bh_audit_page page = list(fixture, &filter, 0, 0, 10);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.rows[0].id, 5);
    assert_int_equal(page.next_before, 0);
    assert_int_equal(list(fixture, &filter, 0, 1, 10).count, 0);
    assert_int_equal(list(fixture, &filter, 5, 0, 10).count, 0);
    assert_int_equal(list(fixture, &filter, 6, 0, 10).count, 1);
    filter.agent =
        varied_row(fixture, 4).agent == fixture->agents[0] ? fixture->agents[1] : fixture->agents[0];
    assert_int_equal(list(fixture, &filter, 0, 0, 10).count, 0);
    filter.agent = 0;
    filter.from = varied_row(fixture, 4).created_at + 1;
    assert_int_equal(list(fixture, &filter, 0, 0, 10).count, 0);
    filter.from = 0;
    bh_request_id_encode(5, salt + 1, request_id);
    assert_int_equal(list(fixture, &filter, 0, 0, 10).count, 0);
    bh_request_id_encode(ROWS + 1, salt, request_id);
    assert_int_equal(list(fixture, &filter, 0, 0, 10).count, 0);
    filter.request_id = BH_SPAN("nonsense");
    assert_int_equal(list(fixture, &filter, 0, 0, 10).count, 0);
}

/* From and to are inclusive to the millisecond, wherever they fall. */
static void test_times_are_inclusive(void **state)
{
    struct store_fixture *fixture = *state;
    for (int agent = -1; agent < AGENTS; agent++) {
        for (int i = 0; i < ROWS; i += 13) {
            for (int offset = -1; offset <= 1; offset++) {
                struct bh_audit_filter filter = {.account = fixture->account,
                    .agent = agent < 0 ? 0 : fixture->agents[agent],
                    .to = NOON + i * STEP + offset};
                int64_t expected = 0;
                for (int row = 0; row < ROWS && NOON + row * STEP <= filter.to; row++) {
                    if (agent < 0 || varied_row(fixture, row).agent == filter.agent)
                        expected = row + 1;
                }
                struct bh_audit_page page = list(fixture, &filter, 0, 0, 1);
                assert_int_equal(page.count, expected == 0 ? 0 : 1);
                assert_true(expected == 0 || page.rows[0].id == expected);
            }
        }
    }
    const struct bh_audit_filter one = {
        .account = fixture->account, .from = NOON + 7 * STEP, .to = NOON + 7 * STEP};
    struct bh_audit_page page = list(fixture, &one, 0, 0, 10);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.rows[0].id, 8);
}

/* ---- paging ---------------------------------------------------------------------------------------------
 */

/* Following the cursor gives each matching row once, in order, whatever the size of the pages. */
static void test_a_cursor_gives_each_row_once(void **state)
{
    struct store_fixture *fixture = *state;
    static const size_t limits[] = {1, 3, 7, 50, ROWS - 1, ROWS};
    for (int agent = -1; agent < AGENTS; agent++) {
        const struct bh_audit_filter filter = {.account = fixture->account,
            .agent = agent < 0 ? 0 : fixture->agents[agent],
            .decision = BH_AUDIT_DENIED};
        struct bh_audit_page all = list(fixture, &filter, 0, 0, ROWS);
        for (size_t l = 0; l < BH_COUNT(limits); l++) {
            size_t seen = 0;
            int64_t before = 0;
            do {
                struct bh_audit_page page = list(fixture, &filter, before, 0, limits[l]);
                for (size_t i = 0; i < page.count; i++)
                    assert_int_equal(page.rows[i].id, all.rows[seen++].id);
                assert_true(before == 0 || page.next_before < before);
                before = page.next_before;
            } while (before != 0);
            assert_int_equal(seen, all.count);
        }
    }
}

/* `before` may be any number: the rows below it follow. */
static void test_any_number_is_a_cursor(void **state)
{
    struct store_fixture *fixture = *state;
    for (int agent = -1; agent < AGENTS; agent++) {
        const struct bh_audit_filter filter = {
            .account = fixture->account, .agent = agent < 0 ? 0 : fixture->agents[agent]};
        for (int64_t before = 1; before < ROWS + 3; before++) {
            int64_t expected = 0;
            for (int row = 0; row < ROWS && row + 1 < before; row++) {
                if (agent < 0 || varied_row(fixture, row).agent == filter.agent)
                    expected = row + 1;
            }
            struct bh_audit_page page = list(fixture, &filter, before, 0, 1);
            assert_int_equal(page.count, expected == 0 ? 0 : 1);
            assert_true(expected == 0 || page.rows[0].id == expected);
        }
    }
}

/* Skipping leaves out the newest matches, and nothing else. */
static void test_skipping(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_audit_filter filter = {.account = fixture->account, .decision = BH_AUDIT_ALLOWED};
    struct bh_audit_page all = list(fixture, &filter, 0, 0, ROWS);
    struct bh_audit_page page = list(fixture, &filter, 0, 10, 5);
    assert_int_equal(page.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(page.rows[i].id, all.rows[10 + i].id);
    assert_int_equal(list(fixture, &filter, 0, all.count - 1, 5).count, 1);
    assert_int_equal(list(fixture, &filter, 0, all.count, 5).count, 0);
}

/* One call looks at a limited number of rows, says so, and the cursor goes on from there. */
static void test_a_long_walk_is_cut(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t total;
    bool exact;
    for (int i = 0; i < BH_AUDIT_WALK_LIMIT / 500; i++)
        fixture_append(fixture, 500, NOON + ROWS * STEP);
    const struct bh_audit_filter filter = {.account = fixture->account, .action = BH_SPAN("deploy")};
    struct bh_audit_page page = list(fixture, &filter, 0, 0, 10);
    assert_int_equal(page.count, 0);
    assert_true(page.partial);
    assert_int_equal(page.next_before, ROWS + 1);
    page = list(fixture, &filter, page.next_before, 0, 10);
    assert_int_equal(page.count, 10);
    assert_false(page.partial);
    ok(bh_audit_count(fixture->db, &filter, BH_AUDIT_WALK_LIMIT, &total, &exact));
    assert_int_equal(total, 0);
    assert_false(exact);
    ok(bh_audit_count(fixture->db, &filter, BH_AUDIT_WALK_LIMIT + ROWS, &total, &exact));
    assert_int_equal(total, 133);
    assert_true(exact);
    ok(bh_audit_count(fixture->db, &filter, BH_AUDIT_WALK_LIMIT + ROWS - 1, &total, &exact));
    assert_false(exact);
}

/*
 * A cursor between the rows of an agent that is rare, far away from any of them, still finds the next one: by
 * its days, also when its newest row lies on the cursor's day or on later ones.
 */
static void test_a_rare_agent_is_found_by_day(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_row rare = fixture_row(fixture, 2, NOON + ROWS * STEP);
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &rare));
    int64_t first = rare.id;
    for (int i = 0; i < 5000; i++) {
        struct bh_audit_row row = fixture_row(fixture, 0, NOON + ROWS * STEP + 1);
        ok(bh_audit_append(fixture->log, &row));
    }
    fixture_commit(fixture);
    for (int day = 0; day < 3; day++) {
        fixture_begin(fixture);
        rare = fixture_row(fixture, 2, NOON + ROWS * STEP + 2 + day * BH_MS_PER_DAY);
        ok(bh_audit_append(fixture->log, &rare));
        fixture_commit(fixture);
        const struct bh_audit_filter filter = {.account = fixture->account, .agent = fixture->agents[2]};
        for (int64_t before = first + 2500; before <= first + 5000; before += 500) {
            struct bh_audit_page page = list(fixture, &filter, before, 0, 1);
            assert_int_equal(page.count, 1);
            assert_int_equal(page.rows[0].id, first);
        }
    }
}

int main(void)
{
#define list_test(function) cmocka_unit_test_setup_teardown(function, setup, store_teardown)
    const struct CMUnitTest tests[] = {
        list_test(test_rows_read_back),
        list_test(test_accounts_are_apart),
        list_test(test_filters),
        list_test(test_text),
        list_test(test_request_id),
        list_test(test_times_are_inclusive),
        list_test(test_a_cursor_gives_each_row_once),
        list_test(test_any_number_is_a_cursor),
        list_test(test_skipping),
        list_test(test_a_long_walk_is_cut),
        list_test(test_a_rare_agent_is_found_by_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
