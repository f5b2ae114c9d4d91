// SPDX-License-Identifier: Apache-2.0
/* The records of what the action gateway ran: kept, signed, checked, and gone with their entries. */
#include "store_fixture.h"

#include "store/executions.h"

#define FINDINGS 8
#define ERASE_CHUNK 512

struct findings {
    size_t count;
    struct bh_audit_finding items[FINDINGS];
};

static void keep_finding(void *context, const struct bh_audit_finding *finding)
{
    struct findings *findings = context;
    assert_in_range(findings->count, 0, FINDINGS - 1);
    findings->items[findings->count++] = *finding;
}

static struct bh_audit_report verify(struct store_fixture *fixture, struct findings *ret_findings)
{
    struct bh_audit_report report;
    struct bh_db *reader;
    *ret_findings = (struct findings){.count = 0};
    ok(bh_store_reader_borrow(fixture->store, &reader));
    ok(bh_audit_verify(reader, &fixture->key, NULL, keep_finding, NULL, ret_findings, &report));
    bh_store_reader_return(fixture->store, reader);
    return report;
}

static void assert_intact(struct store_fixture *fixture, int64_t executions)
{
    struct findings findings;
    struct bh_audit_report report = verify(fixture, &findings);
    assert_true(report.intact);
    assert_int_equal(report.executions, executions);
}

/* The only finding. */
static void assert_finds(struct store_fixture *fixture, enum bh_audit_finding_kind kind, int64_t row)
{
    struct findings findings;
    struct bh_audit_report report = verify(fixture, &findings);
    assert_false(report.intact);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.items[0].kind, kind);
    assert_int_equal(findings.items[0].first, row);
    assert_int_equal(findings.items[0].last, row);
}

static struct bh_execution started(int64_t audit_row)
{
    return (struct bh_execution){.audit_row = audit_row,
        .executor = BH_SPAN("public_web_read"),
        .target = BH_SPAN("https://example.com/?..."),
        .final_target = BH_ABSENT,
        .error = BH_ABSENT};
}

static struct bh_execution ended(int64_t audit_row)
{
    struct bh_execution execution = started(audit_row);
    execution.state = BH_EXECUTION_SUCCEEDED;
    execution.final_target = BH_SPAN("https://www.example.com/");
    execution.http_status = 200;
    execution.bytes = 1256;
    execution.duration_ms = 87;
    execution.ended_at = NOON + 87;
    return execution;
}

/* An entry of an action that the gateway runs, with its record. */
static int64_t start(struct store_fixture *fixture, int64_t at)
{
    struct bh_audit_row row = fixture_row(fixture, 0, at);
    row.executes = true;
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &row));
    struct bh_execution execution = started(row.id);
    ok(bh_execution_start(fixture->log, &execution));
    fixture_commit(fixture);
    return row.id;
}

static enum bh_err end(struct store_fixture *fixture, const struct bh_execution *execution)
{
    fixture_begin(fixture);
    enum bh_err err = bh_execution_end(fixture->log, execution);
    fixture_commit(fixture);
    return err;
}

static int64_t run(struct store_fixture *fixture, int64_t at)
{
    int64_t row = start(fixture, at);
    struct bh_execution execution = ended(row);
    ok(end(fixture, &execution));
    return row;
}

static struct bh_audit_row newest(struct store_fixture *fixture)
{
    struct bh_audit_page page;
    const struct bh_audit_filter filter = {.account = fixture->account,
        .action = BH_ABSENT,
        .vendor = BH_ABSENT,
        .request_id = BH_ABSENT,
        .environment = BH_ABSENT,
        .text = BH_ABSENT};
    ok(bh_audit_list(fixture->db, &filter, 0, 0, 1, &fixture->arena, &page));
    assert_int_equal(page.count, 1);
    ok(bh_execution_attach(fixture->db, page.rows, page.count, &fixture->arena));
    return page.rows[0];
}

/* ---- keeping ---- */

/* What was started and how it ended are read back as they were recorded. */
static void test_an_execution_is_read_back_as_it_was_recorded(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t row = start(fixture, NOON);
    const struct bh_execution *shown = newest(fixture).execution;
    assert_non_null(shown);
    assert_int_equal(shown->state, BH_EXECUTION_STARTED);
    assert_text(shown->executor, "public_web_read");
    assert_text(shown->target, "https://example.com/?...");
    assert_true(bh_span_is_absent(shown->final_target) && bh_span_is_absent(shown->error));
    assert_int_equal(shown->ended_at, 0);
    struct bh_execution execution = ended(row);
    ok(end(fixture, &execution));
    fixture_reopen(fixture);
    shown = newest(fixture).execution;
    assert_int_equal(shown->audit_row, row);
    assert_int_equal(shown->state, BH_EXECUTION_SUCCEEDED);
    assert_text(shown->final_target, "https://www.example.com/");
    assert_int_equal(shown->http_status, 200);
    assert_int_equal(shown->bytes, 1256);
    assert_int_equal(shown->duration_ms, 87);
    assert_int_equal(shown->ended_at, NOON + 87);
    assert_intact(fixture, 1);
}

/* What looks like a secret in an address is not stored, and the record is signed as it is stored. */
static void test_addresses_are_stored_without_secrets(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_row row = fixture_row(fixture, 0, NOON);
    row.executes = true;
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &row));
    struct bh_execution execution = ended(row.id);
    execution.target = BH_SPAN("https://example.com/bhf_sk_abcdef/x");
    execution.final_target = BH_SPAN("https://example.com/whsec_abcdef");
    ok(bh_execution_start(fixture->log, &execution));
    fixture_commit(fixture);
    for (int i = 0; i < 2; i++) {
        const struct bh_execution *shown = newest(fixture).execution;
        assert_text(shown->target, "https://example.com/bhf_sk_[redacted]");
        assert_text(shown->final_target, "https://example.com/whsec_[redacted]");
        ok(end(fixture, &execution));
    }
    assert_intact(fixture, 1);
}

/* A row of a decision that nothing runs on has no execution, and cannot get one. */
static void test_a_row_without_the_flag_has_no_execution(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_row row = fixture_row(fixture, 0, NOON);
    struct bh_execution found;
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &row));
    struct bh_execution execution = started(row.id);
    assert_int_equal(bh_execution_start(fixture->log, &execution), BH_ERR_INTERNAL);
    fixture_commit(fixture);
    assert_int_equal(end(fixture, &execution), BH_ERR_NOT_FOUND);
    assert_null(newest(fixture).execution);
    assert_int_equal(bh_execution_find(fixture->db, row.id, &fixture->arena, &found), BH_ERR_NOT_FOUND);
    assert_intact(fixture, 0);
}

/* An action that was cut short by the end of the process stays on record as started, and the log is intact.
 */
static void test_an_interrupted_execution_stays_started(void **state)
{
    struct store_fixture *fixture = *state;
    start(fixture, NOON);
    fixture_reopen(fixture);
    assert_int_equal(newest(fixture).execution->state, BH_EXECUTION_STARTED);
    assert_intact(fixture, 1);
}

/* ---- checking ---- */

/* No column of an execution can be changed behind the server's back without a finding. */
static void test_an_altered_execution_is_found(void **state)
{
    static const char *const changes[] = {"state = 2", "executor = 'x'", "target = 'https://other.example/'",
        "final_target = NULL", "final_target = 'https://other.example/'", "http_status = 404", "bytes = 0",
        "error = ''", "duration_ms = 1", "ended_at = 1", "mac = zeroblob(32)", "mac = 'x'"};
    struct store_fixture *fixture = *state;
    int64_t row = run(fixture, NOON);
    fixture_append(fixture, 3, NOON + 1);
    for (size_t i = 0; i < BH_COUNT(changes); i++) {
        char sql[256];
        fixture_sql(fixture, "CREATE TABLE kept AS SELECT * FROM execution");
        snprintf(sql, sizeof(sql), "UPDATE execution SET %s", changes[i]);
        fixture_sql(fixture, sql);
        assert_finds(fixture, BH_AUDIT_EXECUTION_ALTERED, row);
        fixture_sql(
            fixture, "DELETE FROM execution; INSERT INTO execution SELECT * FROM kept; DROP TABLE kept");
        assert_intact(fixture, 1);
    }
}

/* An execution cannot be moved to another decision. */
static void test_a_swapped_execution_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t first = run(fixture, NOON);
    int64_t second = run(fixture, NOON + 1);
    fixture_sql(fixture, "UPDATE execution SET audit_row = 3 - audit_row + 100; "
                         "UPDATE execution SET audit_row = audit_row - 100");
    struct findings findings;
    assert_false(verify(fixture, &findings).intact);
    assert_int_equal(findings.count, 2);
    assert_int_equal(findings.items[0].kind, BH_AUDIT_EXECUTION_ALTERED);
    assert_int_equal(findings.items[0].first, first);
    assert_int_equal(findings.items[1].first, second);
}

/* An execution that was removed is missing; so is one whose row says that there was none, by its hash. */
static void test_a_removed_execution_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t row = run(fixture, NOON);
    fixture_sql(fixture, "DELETE FROM execution");
    assert_finds(fixture, BH_AUDIT_EXECUTION_MISSING, row);
    fixture_sql(fixture, "UPDATE audit SET flags = flags & ~128");
    assert_finds(fixture, BH_AUDIT_ALTERED, row);
}

/* An execution of a decision that ran nothing, or of none at all, is found: in front, between and behind. */
static void test_a_stray_execution_is_found(void **state)
{
    static const char *const rows[] = {"0", "1", "3", "9"};
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 1, NOON);
    run(fixture, NOON + 1);
    fixture_append(fixture, 1, NOON + 2);
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        char sql[512];
        snprintf(sql, sizeof(sql),
            "INSERT INTO execution SELECT %s, state, executor, target, final_target, http_status, bytes, "
            "error, duration_ms, ended_at, mac FROM execution WHERE audit_row = 2",
            rows[i]);
        fixture_sql(fixture, sql);
        assert_finds(fixture, BH_AUDIT_EXECUTION_STRAY, strtol(rows[i], NULL, 10));
        fixture_sql(fixture, "DELETE FROM execution WHERE audit_row <> 2");
    }
    assert_intact(fixture, 1);
}

/* ---- leaving ---- */

/* Erasing an entry takes its execution along, and what ends later finds nothing to write to. */
static void test_an_execution_goes_with_its_erased_entry(void **state)
{
    struct store_fixture *fixture = *state;
    char request_id[BH_REQUEST_ID_TEXT];
    int64_t kept = run(fixture, NOON);
    int64_t row = start(fixture, NOON + 1);
    bh_request_id_encode(row, fixture_row(fixture, 0, NOON + 1).salt, request_id);
    fixture_begin(fixture);
    ok(bh_audit_erase(fixture->log, fixture->account, bh_span_from(request_id), BH_SPAN("user_x"), NOON + 2));
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM execution"), 1);
    assert_int_equal(fixture_sql_int(fixture, "SELECT audit_row FROM execution"), kept);
    struct bh_execution execution = ended(row);
    assert_int_equal(end(fixture, &execution), BH_ERR_NOT_FOUND);
    assert_intact(fixture, 1);
}

/* Erasing all entries of an account takes their executions along, and no other account's. */
static void test_executions_go_with_all_entries(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t entries;
    bool more = true;
    run(fixture, NOON);
    fixture_append(fixture, 5, NOON + 1);
    run(fixture, NOON + 10);
    struct store_fixture other = *fixture;
    fixture_begin(fixture);
    ok(bh_account_create(fixture->db, "acct_bbbbbbbbbbbbbbbb", BH_SPAN("Other"), NOON, &other.account));
    other.agents[0] = fixture_agent(&other, "agent_dddddddddddddddd");
    struct bh_audit_row row = fixture_row(&other, 0, NOON + 11);
    row.agent_id = BH_SPAN("agent_dddddddddddddddd");
    row.executes = true;
    ok(bh_audit_append(fixture->log, &row));
    struct bh_execution execution = started(row.id);
    ok(bh_execution_start(fixture->log, &execution));
    fixture_commit(fixture);

    fixture_begin(fixture);
    ok(bh_audit_erase_all(fixture->log, fixture->account, BH_SPAN("user_x"), NOON + 20, &entries));
    fixture_commit(fixture);
    assert_int_equal(entries, 7);
    while (more) {
        fixture_begin(fixture);
        ok(bh_audit_erase_chunk(fixture->log, ERASE_CHUNK, NOON + 20, &more));
        fixture_commit(fixture);
    }
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM execution"), 1);
    assert_int_equal(fixture_sql_int(fixture, "SELECT audit_row FROM execution"), row.id);
    assert_intact(fixture, 1);
}

/* Retention takes the executions of the entries that it removes, and those alone. */
static void test_executions_go_with_retention(void **state)
{
    struct store_fixture *fixture = *state;
    size_t removed;
    run(fixture, NOON);
    int64_t kept = run(fixture, NOON + BH_MS_PER_DAY);
    fixture_begin(fixture);
    ok(bh_audit_retain(fixture->log, NOON + BH_MS_PER_DAY, ERASE_CHUNK, &removed));
    fixture_commit(fixture);
    assert_int_equal(removed, 1);
    assert_int_equal(fixture_sql_int(fixture, "SELECT audit_row FROM execution"), kept);
    assert_intact(fixture, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_an_execution_is_read_back_as_it_was_recorded),
        store_test(test_addresses_are_stored_without_secrets),
        store_test(test_a_row_without_the_flag_has_no_execution),
        store_test(test_an_interrupted_execution_stays_started),
        store_test(test_an_altered_execution_is_found),
        store_test(test_a_swapped_execution_is_found),
        store_test(test_a_removed_execution_is_found),
        store_test(test_a_stray_execution_is_found),
        store_test(test_an_execution_goes_with_its_erased_entry),
        store_test(test_executions_go_with_all_entries),
        store_test(test_executions_go_with_retention),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
