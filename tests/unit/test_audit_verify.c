// SPDX-License-Identifier: Apache-2.0
/* What verification of the audit log finds, and what erasing and retention leave behind. */
#include "audit_fixture.h"

#include <fcntl.h>

#include "store/audit_row.h"

#define FINDINGS 32

struct findings {
    size_t count;
    struct bh_audit_finding items[FINDINGS];
    int64_t progress_done, progress_total;
};

static void keep_finding(void *context, const struct bh_audit_finding *finding)
{
    struct findings *findings = context;
    assert_in_range(findings->count, 0, FINDINGS - 1);
    findings->items[findings->count++] = *finding;
}

static void keep_progress(void *context, int64_t done, int64_t total)
{
    struct findings *findings = context;
    findings->progress_done = done;
    findings->progress_total = total;
}

/* A pass in steps finds what one in one go has found, whatever it is, and begins with the same. */
static void assert_steps_agree(
    const struct store_fixture *fixture, const struct bh_audit_report *whole, const struct findings *findings)
{
    static const size_t limits[] = {1, 7, 1000};
    struct bh_audit_finding expected = {.first = 0};
    for (size_t i = 0; i < findings->count; i++)
        keep_first(&expected, &findings->items[i]);
    for (size_t i = 0; i < BH_COUNT(limits); i++) {
        struct bh_audit_finding first;
        struct bh_audit_report report;
        struct bh_audit_pass *pass = start_pass(fixture, &first);
        while (!step(fixture, pass, limits[i]))
            continue;
        bh_audit_pass_report(pass, &report);
        bh_audit_pass_destroy(pass);
        assert_int_equal(first.kind, expected.kind);
        assert_int_equal(first.first, expected.first);
        assert_memory_equal(&report, whole, sizeof(report));
    }
}

static struct bh_audit_report verify(struct store_fixture *fixture, struct findings *ret_findings)
{
    struct bh_audit_report report;
    struct bh_db *reader;
    *ret_findings = (struct findings){.count = 0};
    ok(bh_store_reader_borrow(fixture->store, &reader));
    ok(bh_audit_verify(reader, &fixture->key, NULL, keep_finding, keep_progress, ret_findings, &report));
    bh_store_reader_return(fixture->store, reader);
    assert_steps_agree(fixture, &report, ret_findings);
    return report;
}

static struct bh_audit_report assert_intact(struct store_fixture *fixture)
{
    struct findings findings;
    struct bh_audit_report report = verify(fixture, &findings);
    assert_true(report.intact);
    for (size_t i = 0; i < findings.count; i++)
        assert_int_equal(findings.items[i].kind, BH_AUDIT_ERASED);
    return report;
}

static void assert_finding(const struct findings *findings, size_t index, enum bh_audit_finding_kind kind,
    int64_t first, int64_t last)
{
    assert_in_range(index, 0, findings->count - 1);
    assert_int_equal(findings->items[index].kind, kind);
    assert_int_equal(findings->items[index].first, first);
    assert_int_equal(findings->items[index].last, last);
}

/* The only finding. */
static void assert_finds(
    struct store_fixture *fixture, enum bh_audit_finding_kind kind, int64_t first, int64_t last)
{
    struct findings findings;
    struct bh_audit_report report = verify(fixture, &findings);
    assert_false(report.intact);
    assert_int_equal(findings.count, 1);
    assert_finding(&findings, 0, kind, first, last);
}

/* ---- an honest log --------------------------------------------------------------------------------------
 */

/* A log that nobody touched is intact, empty or not, and the report says what is there. */
static void test_an_untouched_log_is_intact(void **state)
{
    struct store_fixture *fixture = *state;
    struct findings findings;
    struct bh_audit_report report = assert_intact(fixture);
    assert_int_equal(report.rows, 0);
    assert_int_equal(report.first, 0);
    fixture_append(fixture, 30, NOON);
    report = verify(fixture, &findings);
    assert_true(report.intact);
    assert_int_equal(findings.count, 0);
    assert_int_equal(report.rows, 30);
    assert_int_equal(report.first, 1);
    assert_int_equal(report.last, 30);
    assert_int_equal(report.erased + report.removed + report.missing + report.altered, 0);
    assert_int_equal(strlen(report.chain), BH_SHA256_HEX);
    assert_int_equal(findings.progress_done, 30);
    assert_int_equal(findings.progress_total, 30);
}

/* A log can be verified while it is written to: what is seen is one state of it. */
static void test_verifying_while_writing(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 10, NOON);
    struct bh_audit_row row = fixture_row(fixture, 0, NOON + 20);
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &row));
    assert_int_equal(assert_intact(fixture).rows, 10);
    fixture_commit(fixture);
    assert_int_equal(assert_intact(fixture).rows, 11);
}

/* ---- tampering ------------------------------------------------------------------------------------------
 */

/* Any change of any stored value of a row is found at that row. */
static void test_an_altered_row_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    static const char *const changes[] = {"agent = 1", "account = 77", "created_at = created_at + 1",
        "back_agent = back_agent + 1", "back_account = 0", "flags = flags - 1", "flags = flags + 2",
        "flags = flags + 4", "flags = flags - 32", "flags = flags + 256", "salt = salt + 1",
        "action = 'other'", "vendor = ''", "amount = 1", "permission_id = NULL", "approval_id = 'apr_x'",
        "metadata = '{}'", "content_hash = zeroblob(32)", "chain = zeroblob(32)", "chain = x'00'"};
    fixture_append(fixture, 12, NOON);
    fixture_sql(fixture, "CREATE TABLE kept AS SELECT * FROM audit");
    for (size_t i = 0; i < BH_COUNT(changes); i++) {
        char sql[256];
        struct findings findings;
        snprintf(sql, sizeof(sql), "UPDATE audit SET %s WHERE id = 5", changes[i]);
        fixture_sql(fixture, sql);
        struct bh_audit_report report = verify(fixture, &findings);
        assert_false(report.intact);
        assert_in_range(report.altered, 1, 2); /* a changed chain breaks the row after it too */
        assert_int_equal(findings.count, 1);
        assert_finding(&findings, 0, BH_AUDIT_ALTERED, 5, 4 + report.altered);
        fixture_sql(fixture, "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept");
        assert_intact(fixture);
    }
}

/* The public id of an agent is part of what is signed: another name for the agent is found. */
static void test_a_renamed_agent_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 3, NOON);
    fixture_sql(
        fixture, "UPDATE agent SET agent_id = 'agent_other' WHERE agent_id = 'agent_bbbbbbbbbbbbbbbb'");
    assert_finds(fixture, BH_AUDIT_ALTERED, 2, 2);
}

/* Removed rows are found as ranges of missing ids. */
static void test_removed_rows_are_found(void **state)
{
    struct store_fixture *fixture = *state;
    struct findings findings;
    fixture_append(fixture, 30, NOON);
    fixture_sql(fixture, "DELETE FROM audit WHERE id IN (1, 2, 7, 20, 21, 22)");
    struct bh_audit_report report = verify(fixture, &findings);
    assert_false(report.intact);
    assert_int_equal(report.missing, 6);
    assert_int_equal(report.altered, 0);
    assert_int_equal(findings.count, 3);
    assert_finding(&findings, 0, BH_AUDIT_MISSING, 1, 2);
    assert_finding(&findings, 1, BH_AUDIT_MISSING, 7, 7);
    assert_finding(&findings, 2, BH_AUDIT_MISSING, 20, 22);
}

/* A tail that was cut off is found, and so it is after the log has gone on behind it. */
static void test_a_cut_off_tail_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    struct findings findings;
    fixture_append(fixture, 10, NOON);
    fixture_sql(fixture, "DELETE FROM audit WHERE id > 7");
    struct bh_audit_report report = verify(fixture, &findings);
    assert_false(report.intact);
    assert_int_equal(findings.count, 2);
    assert_finding(&findings, 0, BH_AUDIT_MISSING, 8, 10);
    assert_finding(&findings, 1, BH_AUDIT_HEAD_BROKEN, 10, 10);
    fixture_reopen(fixture);
    fixture_append(fixture, 2, NOON + 100);
    report = verify(fixture, &findings);
    assert_false(report.intact);
    assert_finding(&findings, 0, BH_AUDIT_MISSING, 8, 10);
    assert_int_equal(report.last, 12);
}

/* A log that was emptied altogether is found. */
static void test_an_emptied_log_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    struct findings findings;
    fixture_append(fixture, 10, NOON);
    fixture_sql(fixture, "DELETE FROM audit");
    assert_false(verify(fixture, &findings).intact);
    assert_finding(&findings, 0, BH_AUDIT_MISSING, 1, 10);
    fixture_sql(fixture, "DELETE FROM audit_state");
    assert_false(verify(fixture, &findings).intact);
    assert_finding(&findings, 0, BH_AUDIT_HEAD_BROKEN, 0, 0);
}

/* Computes the hashes of a row anew, as anybody can who has the file but not the key. */
static void recompute(struct store_fixture *fixture, int64_t id, struct bh_sha256 *chain)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf scratch = {.limit = 65536};
    struct bh_stored_row stored;
    struct bh_stmt *stmt;
    struct bh_sha256 content;
    char content_hex[BH_SHA256_HEX + 1], chain_hex[BH_SHA256_HEX + 1], sql[256];
    ok(bh_stored_row_fetch(fixture->db, id, &stored, &stmt));
    stored.row.agent_id = bh_span_from(fixture_agent_ids[(id - 1) % AGENTS]);
    ok(bh_audit_content_hash(&stored, &scratch, &content));
    bh_stmt_end(stmt);
    *chain = bh_sha256_two(bh_sha256_span(chain), bh_sha256_span(&content));
    bh_hex_encode(bh_sha256_span(&content), content_hex);
    bh_hex_encode(bh_sha256_span(chain), chain_hex);
    snprintf(sql, sizeof(sql), "UPDATE audit SET content_hash = x'%s', chain = x'%s' WHERE id = %lld",
        content_hex, chain_hex, (long long)id);
    fixture_sql(fixture, sql);
}

/* A chain that was computed anew from a changed row to the end fits itself, but not the signed head; for
 * good. */
static void test_a_recomputed_chain_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_sha256 chain = {{0}};
    struct findings findings;
    fixture_append(fixture, 10, NOON);
    for (int64_t id = 1; id <= 10; id++) /* without a change the same hashes come out */
        recompute(fixture, id, &chain);
    assert_intact(fixture);
    fixture_sql(fixture, "UPDATE audit SET action = 'harmless' WHERE id = 5");
    chain = (struct bh_sha256){{0}};
    for (int64_t id = 1; id <= 10; id++)
        recompute(fixture, id, &chain);
    assert_finds(fixture, BH_AUDIT_HEAD_BROKEN, 10, 10);
    fixture_reopen(fixture);
    fixture_append(fixture, 5, NOON + 100);
    assert_false(verify(fixture, &findings).intact);
    assert_finding(
        &findings, 0, BH_AUDIT_ALTERED, 11, 11); /* the first row that follows from the true chain */
}

/* A head that was signed by somebody without the key is found, and for good: the log's own signature covers
 * it. */
static void test_a_forged_head_is_found_for_good(void **state)
{
    struct store_fixture *fixture = *state;
    struct findings findings;
    fixture_append(fixture, 5, NOON);
    fixture_sql(fixture, "DELETE FROM audit WHERE id = 5;"
                         "UPDATE audit_state SET head = 4, chain = (SELECT chain FROM audit WHERE id = 4)");
    assert_finds(fixture, BH_AUDIT_HEAD_BROKEN, 4, 4);
    fixture_reopen(fixture);
    fixture_append(fixture, 5, NOON + 100);
    assert_finds(fixture, BH_AUDIT_HEAD_BROKEN, 4, 4);
    fixture_reopen(fixture);
    fixture_append(fixture, 5, NOON + 200);
    assert_false(verify(fixture, &findings).intact);
}

/* Another key does not accept the log. */
static void test_another_key_does_not_verify(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_report report;
    struct bh_server_key other = fixture->key;
    other.bytes[0] ^= 1;
    fixture_append(fixture, 5, NOON);
    struct bh_db *reader;
    ok(bh_store_reader_borrow(fixture->store, &reader));
    ok(bh_audit_verify(reader, &other, NULL, NULL, NULL, NULL, &report));
    bh_store_reader_return(fixture->store, reader);
    assert_false(report.intact);
}

/* A row put in front of the log or behind it is found. */
static void test_added_rows_are_found(void **state)
{
    struct store_fixture *fixture = *state;
    struct findings findings;
    fixture_append(fixture, 5, NOON);
    fixture_sql(fixture, "CREATE TABLE copy AS SELECT * FROM audit WHERE id = 3; UPDATE copy SET id = -4;"
                         "INSERT INTO audit SELECT * FROM copy");
    struct bh_audit_report report = verify(fixture, &findings);
    assert_false(report.intact);
    assert_finding(&findings, 0, BH_AUDIT_ALTERED, -4, -4);
    assert_int_equal(report.missing, 0);
    fixture_sql(fixture,
        "DELETE FROM audit WHERE id = -4; UPDATE copy SET id = 6; INSERT INTO audit SELECT * FROM copy");
    assert_false(verify(fixture, &findings).intact);
    assert_finding(&findings, 0, BH_AUDIT_ALTERED, 6, 6);
    assert_finding(&findings, 1, BH_AUDIT_HEAD_BROKEN, 5, 5);
}

/* ---- erasing --------------------------------------------------------------------------------------------
 */

/* Erased rows no longer appear, no longer count, and the log still verifies and says so. */
static void test_erased_rows_verify(void **state)
{
    struct store_fixture *fixture = *state;
    struct findings findings;
    struct bh_audit_counts counts;
    struct bh_audit_page page;
    fixture_append(fixture, 12, NOON);
    fixture_append(fixture, 3, NOON + 2 * BH_MS_PER_DAY);
    static const int64_t erased[] = {5, 6, 9, 15};
    for (size_t i = 0; i < BH_COUNT(erased); i++)
        erase(fixture, erased[i]);
    struct bh_audit_report report = verify(fixture, &findings);
    assert_true(report.intact);
    assert_int_equal(report.erased, 4);
    assert_int_equal(findings.count, 3);
    assert_finding(&findings, 0, BH_AUDIT_ERASED, 5, 6);
    assert_finding(&findings, 1, BH_AUDIT_ERASED, 9, 9);
    assert_finding(&findings, 2, BH_AUDIT_ERASED, 15, 15);
    ok(bh_audit_count_days(fixture->db, fixture->account, 0, 0, 0, true, &counts));
    assert_int_equal(counts.allowed, 11);
    ok(bh_audit_count_days(fixture->db, fixture->account, 0, NOON, NOON, true, &counts));
    assert_int_equal(counts.allowed, 9);
    ok(bh_audit_count_days(fixture->db, fixture->account, fixture->agents[2], NOON, 0, true, &counts));
    assert_int_equal(counts.allowed, 2); /* it had 3, 6, 9, 12 and 15 */
    ok(bh_audit_count_days(fixture->db, fixture->account, 0, 0, 0, false, &counts));
    assert_int_equal(counts.allowed, 15); /* the days remember how much was decided */
    const struct bh_audit_filter filter = {.account = fixture->account};
    ok(bh_audit_list(fixture->db, &filter, 0, 0, 100, &fixture->arena, &page));
    assert_int_equal(page.count, 11);
    fixture_reopen(fixture);
    fixture_append(fixture, 3, NOON + 3 * BH_MS_PER_DAY);
    assert_int_equal(assert_intact(fixture).rows, 18);
}

/* Only a row of the account, by its true request id, and only once. */
static void test_erasing_needs_the_true_id(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 3, NOON);
    uint64_t salt = salt_of(fixture, 2);
    fixture_begin(fixture);
    assert_int_equal(erase_row(fixture, fixture->account + 1, 2, salt), BH_ERR_NOT_FOUND);
    assert_int_equal(erase_row(fixture, fixture->account, 2, salt + 1), BH_ERR_NOT_FOUND);
    assert_int_equal(erase_row(fixture, fixture->account, 4, salt), BH_ERR_NOT_FOUND);
    assert_int_equal(bh_audit_erase(fixture->log, fixture->account, BH_SPAN("req_"), BH_SPAN("user_x"), NOON),
        BH_ERR_NOT_FOUND);
    ok(erase_row(fixture, fixture->account, 2, salt));
    assert_int_equal(erase_row(fixture, fixture->account, 2, salt), BH_ERR_NOT_FOUND);
    fixture_commit(fixture);
    assert_intact(fixture);
}

/* Erasing is undone with its transaction. */
static void test_an_undone_erasure(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_counts counts;
    fixture_append(fixture, 3, NOON);
    uint64_t salt = salt_of(fixture, 2);
    fixture_begin(fixture);
    ok(erase_row(fixture, fixture->account, 2, salt));
    bh_db_rollback(fixture->db);
    fixture_append(fixture, 3, NOON + 10);
    ok(bh_audit_count_days(fixture->db, fixture->account, 0, 0, 0, true, &counts));
    assert_int_equal(counts.allowed, 6);
    assert_int_equal(assert_intact(fixture).erased, 0);
}

static bool file_holds(const struct store_fixture *fixture, const char *name, const char *text)
{
    char path[128];
    fixture_path(fixture, name, path);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    static char content[8u << 20];
    ssize_t length = read(file, content, sizeof(content));
    assert_in_range(length, 0, sizeof(content) - 1);
    close(file);
    return memmem(content, (size_t)length, text, strlen(text)) != NULL;
}

/* What was erased can no longer be read in the files, while the server goes on running. */
static void test_erased_text_is_gone_from_the_files(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_row row = fixture_row(fixture, 0, NOON);
    fixture_append(fixture, 20, NOON - 1000);
    row.metadata = BH_SPAN("{\"secret\":\"zanzibar-4711\"}");
    row.vendor = BH_SPAN("zanzibar-vendor");
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &row));
    fixture_commit(fixture);
    fixture_append(fixture, 20, NOON + 1000);
    assert_true(
        file_holds(fixture, "behalf.db-wal", "zanzibar") || file_holds(fixture, "behalf.db", "zanzibar"));
    erase(fixture, row.id);
    assert_false(file_holds(fixture, "behalf.db-wal", "zanzibar"));
    assert_false(file_holds(fixture, "behalf.db", "zanzibar"));
}

/* ---- retention ------------------------------------------------------------------------------------------
 */

/* Rows older than the limit go, the one exactly at it stays; what is left verifies and lists to its end. */
static void test_retention_at_its_edge(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_page page;
    fixture_append(fixture, 10, NOON);
    assert_int_equal(retain(fixture, NOON, 100), 0);
    assert_int_equal(assert_intact(fixture).rows, 10);
    assert_int_equal(retain(fixture, NOON + 4, 100), 4);
    struct bh_audit_report report = assert_intact(fixture);
    assert_int_equal(report.rows, 6);
    assert_int_equal(report.first, 5);
    assert_int_equal(report.removed, 4);
    for (int agent = -1; agent < AGENTS; agent++) {
        const struct bh_audit_filter filter = {
            .account = fixture->account, .agent = agent < 0 ? 0 : fixture->agents[agent]};
        ok(bh_audit_list(fixture->db, &filter, 0, 0, agent < 0 ? 6 : 2, &fixture->arena, &page));
        assert_int_equal(page.count, agent < 0 ? 6 : 2);
        assert_int_equal(page.next_before, 0);
        assert_false(page.partial);
    }
}

/* Retention works in chunks, oldest first, and goes on where it was; a log it emptied goes on too. */
static void test_retention_in_chunks(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 10, NOON);
    assert_int_equal(retain(fixture, NOON + 9, 4), 4);
    assert_int_equal(assert_intact(fixture).first, 5);
    fixture_reopen(fixture);
    assert_int_equal(retain(fixture, NOON + 9, 4), 4);
    assert_int_equal(retain(fixture, NOON + 9, 4), 1);
    assert_int_equal(retain(fixture, NOON + 9, 4), 0);
    assert_int_equal(retain(fixture, NOON + 100, 4), 1);
    struct bh_audit_report report = assert_intact(fixture);
    assert_int_equal(report.rows, 0);
    assert_int_equal(report.removed, 10);
    fixture_reopen(fixture);
    assert_int_equal(bh_audit_next_id(fixture->log), 11);
    struct bh_audit_row row = fixture_row(fixture, 0, 5);
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &row));
    fixture_commit(fixture);
    assert_int_equal(row.created_at, NOON + 9); /* time does not go back behind what was removed */
    assert_int_equal(assert_intact(fixture).first, 11);
}

/* The days of removed rows go with the last of them; an agent keeps the time of its last use. */
static void test_days_go_with_their_rows(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_counts counts;
    struct bh_agent_record agent;
    for (int day = 0; day < 3; day++)
        fixture_append(
            fixture, day == 2 ? 1 : 6, NOON + day * BH_MS_PER_DAY); /* the last day: first agent only */
    retain(fixture, NOON + 3, 100);
    ok(bh_audit_count_days(fixture->db, fixture->account, 0, NOON, NOON, false, &counts));
    assert_int_equal(counts.allowed, 6); /* what happened on that day, while any of it is left */
    ok(bh_audit_count_days(fixture->db, fixture->account, 0, NOON, NOON, true, &counts));
    assert_int_equal(counts.allowed, 3);
    retain(fixture, NOON + 2 * BH_MS_PER_DAY, 100);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM audit_day"), 0);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM audit_gone"), 0);
    ok(bh_audit_count_days(fixture->db, fixture->account, 0, 0, 0, true, &counts));
    assert_int_equal(counts.allowed, 1);
    ok(bh_audit_count_days(fixture->db, fixture->account, fixture->agents[1], 0, 0, true, &counts));
    assert_int_equal(counts.allowed, 0);
    ok(bh_agent_find(fixture->db, bh_span_from(fixture_agent_ids[1]), &fixture->arena, &agent));
    assert_int_equal(agent.last_used_at, NOON + BH_MS_PER_DAY + 4);
    fixture_append(fixture, 3, NOON + 4 * BH_MS_PER_DAY);
    ok(bh_audit_count_days(fixture->db, fixture->account, fixture->agents[1], 0, 0, true, &counts));
    assert_int_equal(counts.allowed, 1);
    assert_intact(fixture);
}

/* Looking for old rows where there are none writes nothing. */
static void test_idle_retention_writes_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 3, NOON);
    int64_t before = sqlite3_total_changes64(fixture->db->handle);
    assert_int_equal(retain(fixture, NOON, 100), 0);
    assert_int_equal(sqlite3_total_changes64(fixture->db->handle), before);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM audit_checkpoint"), 0);
}

/* Erased rows can be removed by retention like others. */
static void test_erased_rows_are_retained_too(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 6, NOON);
    erase(fixture, 2);
    erase(fixture, 5);
    assert_int_equal(retain(fixture, NOON + 3, 100), 3);
    struct bh_audit_report report = assert_intact(fixture);
    assert_int_equal(report.erased, 1);
    assert_int_equal(report.rows, 3);
}

/* A checkpoint that does not fit its signature, or was moved to hide rows, is found. */
static void test_a_forged_checkpoint_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    struct findings findings;
    fixture_append(fixture, 10, NOON);
    retain(fixture, NOON + 4, 100);
    fixture_sql(fixture, "CREATE TABLE kept AS SELECT * FROM audit_checkpoint;"
                         "UPDATE audit_checkpoint SET removed = 5");
    assert_finds(fixture, BH_AUDIT_CHECKPOINT_BROKEN, 4, 4);
    fixture_sql(fixture,
        "UPDATE audit_checkpoint SET removed = 6, through_id = 6, chain = (SELECT chain FROM "
        "audit WHERE id = 6); DELETE FROM audit WHERE id <= 6");
    assert_finds(fixture, BH_AUDIT_CHECKPOINT_BROKEN, 6, 6);
    fixture_sql(fixture, "DELETE FROM audit_checkpoint; INSERT INTO audit_checkpoint SELECT * FROM kept");
    assert_finds(fixture, BH_AUDIT_MISSING, 5, 6);
    fixture_sql(fixture, "DELETE FROM audit_checkpoint");
    assert_false(verify(fixture, &findings).intact);
    assert_finding(&findings, 0, BH_AUDIT_MISSING, 1, 6);
    fixture_sql(fixture,
        "INSERT INTO audit_checkpoint SELECT * FROM kept; UPDATE audit_checkpoint SET signature = x'00'");
    assert_false(verify(fixture, &findings).intact);
    assert_finding(&findings, 0, BH_AUDIT_CHECKPOINT_BROKEN, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_an_untouched_log_is_intact),
        store_test(test_verifying_while_writing),
        store_test(test_an_altered_row_is_found),
        store_test(test_a_renamed_agent_is_found),
        store_test(test_removed_rows_are_found),
        store_test(test_a_cut_off_tail_is_found),
        store_test(test_an_emptied_log_is_found),
        store_test(test_a_recomputed_chain_is_found),
        store_test(test_a_forged_head_is_found_for_good),
        store_test(test_another_key_does_not_verify),
        store_test(test_added_rows_are_found),
        store_test(test_erased_rows_verify),
        store_test(test_erasing_needs_the_true_id),
        store_test(test_an_undone_erasure),
        store_test(test_erased_text_is_gone_from_the_files),
        store_test(test_retention_at_its_edge),
        store_test(test_retention_in_chunks),
        store_test(test_days_go_with_their_rows),
        store_test(test_idle_retention_writes_nothing),
        store_test(test_erased_rows_are_retained_too),
        store_test(test_a_forged_checkpoint_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
