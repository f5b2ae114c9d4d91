// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "store/copy.h"
#include "store/db.h"
#include "store/replace.h"

#define ROWS 100000
#define BATCH 1000

struct target {
    char path[128];
};

/* An empty file beside the data, as the commands make it. */
static struct target make_target(const struct store_fixture *fixture)
{
    struct target target;
    snprintf(target.path, sizeof(target.path), "%s.copy", fixture->dir);
    unlink(target.path);
    FILE *file = fopen(target.path, "w");
    assert_non_null(file);
    fclose(file);
    return target;
}

static enum bh_err make_copy(const struct store_fixture *fixture, const struct target *target)
{
    char source[128];
    fixture_path(fixture, "behalf.db", source);
    return bh_copy_make(source, target->path, 5000, NULL, NULL);
}

static struct bh_copy_facts examine(const struct target *target)
{
    struct bh_copy_facts facts;
    struct bh_db *db;
    ok(bh_db_open(target->path, true, 0, &db));
    ok(bh_copy_examine(db, &facts));
    bh_db_close(db);
    return facts;
}

static bool log_is_intact(const struct store_fixture *fixture, const struct target *target, int64_t *ret_rows)
{
    struct bh_audit_report report;
    struct bh_db *db;
    ok(bh_db_open(target->path, true, 0, &db));
    ok(bh_audit_verify(db, &fixture->key, NULL, NULL, NULL, NULL, &report));
    bh_db_close(db);
    *ret_rows = report.rows;
    return report.intact;
}

struct load {
    struct store_fixture *fixture;
    atomic_bool stop;
    atomic_llong appended;
};

static void *append_for_ever(void *context)
{
    struct load *load = context;
    while (!atomic_load(&load->stop)) {
        fixture_append(load->fixture, 8, NOON + ROWS + atomic_load(&load->appended));
        atomic_fetch_add(&load->appended, 8);
    }
    return NULL;
}

/* A copy ends while another connection commits all the time, has all that was committed before it began, and
 * its log is whole. */
static void test_a_copy_under_load_is_of_one_moment(void **state)
{
    struct store_fixture *fixture = *state;
    struct target target = make_target(fixture);
    struct load load = {.fixture = fixture};
    pthread_t thread;
    int64_t rows;
    for (int i = 0; i < ROWS / BATCH; i++)
        fixture_append(fixture, BATCH, NOON + (int64_t)i * BATCH);
    assert_int_equal(pthread_create(&thread, NULL, append_for_ever, &load), 0);
    while (atomic_load(&load.appended) == 0)
        usleep(1000);
    int64_t before = atomic_load(&load.appended);
    ok(make_copy(fixture, &target));
    int64_t after = atomic_load(&load.appended) + 8; /* one may be committed and not be counted yet */
    assert_true(log_is_intact(fixture, &target, &rows));
    atomic_store(&load.stop, true);
    pthread_join(thread, NULL);
    assert_true(rows >= ROWS + before);
    assert_true(rows <= ROWS + after);
    assert_true(after > before);
    unlink(target.path);
}

/* A copy is one file: it needs no log beside it, and tells what it is. */
static void test_a_copy_says_what_it_is(void **state)
{
    struct store_fixture *fixture = *state;
    struct target target = make_target(fixture);
    char check[BH_KEY_CHECK_TEXT];
    char beside[160];
    fixture_append(fixture, 3, NOON);
    ok(make_copy(fixture, &target));
    struct bh_copy_facts facts = examine(&target);
    bh_copy_key_check(&fixture->key, check);
    assert_string_equal(facts.key_check, check);
    assert_int_equal(facts.version, bh_copy_newest_version());
    assert_int_equal(facts.last_row, 3);
    assert_int_equal(facts.last_at, NOON + 2);
    snprintf(beside, sizeof(beside), "%s-wal", target.path);
    assert_int_not_equal(access(beside, F_OK), 0);
    struct stat about;
    assert_int_equal(stat(target.path, &about), 0);
    assert_int_equal(about.st_size, facts.bytes);
    unlink(target.path);
}

/* Other keys have other check values. */
static void test_check_values_tell_keys_apart(void **state)
{
    struct store_fixture *fixture = *state;
    char mine[BH_KEY_CHECK_TEXT], others[BH_KEY_CHECK_TEXT];
    struct bh_server_key other = fixture->key;
    other.bytes[31] ^= 1;
    bh_copy_key_check(&fixture->key, mine);
    bh_copy_key_check(&other, others);
    assert_string_not_equal(mine, others);
    assert_int_equal(strlen(mine), BH_KEY_CHECK_TEXT - 1);
}

/* A file with a page that is not what SQLite wrote is refused, wherever it is. */
static void test_damage_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_copy_facts facts;
    struct bh_db *db;
    for (int i = 0; i < 20; i++)
        fixture_append(fixture, 100, NOON + i * 100);
    for (long page = 1; page < 100; page += 7) {
        struct target target = make_target(fixture);
        ok(make_copy(fixture, &target));
        FILE *file = fopen(target.path, "r+");
        assert_non_null(file);
        assert_int_equal(fseek(file, page * 4096 - 64, SEEK_SET), 0);
        for (int i = 0; i < 128; i++)
            fputc(0xa5, file);
        fclose(file);
        enum bh_err err = bh_db_open(target.path, true, 0, &db);
        if (err == BH_OK) {
            err = bh_copy_examine(db, &facts);
            bh_db_close(db);
        }
        assert_int_equal(err, BH_ERR_STORE_CORRUPT);
        unlink(target.path);
    }
}

/* What may be used once is ended, each grant with a number of its own; what was ended before is not counted.
 */
static void test_single_uses_are_ended(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_copy_ended ended;
    char text[512];
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof(text),
            "INSERT INTO approval (approval_id, account, agent, tuple, status, action, request_row, "
            "created_at, "
            "expires_at, resolved_at, grant_expires_at, used_at) VALUES ('apr_%d', %lld, %lld, x'%02d', "
            "'%s', "
            "'ship', 1, %lld, %lld, %lld, %lld, 0)",
            i, (long long)fixture->account, (long long)fixture->agents[0], i, i < 3 ? "approved" : "pending",
            (long long)NOON, (long long)(NOON + 1000), (long long)NOON,
            (long long)(i == 0 ? NOON : NOON + 60000));
        fixture_sql(fixture, text);
    }
    fixture_begin(fixture);
    ok(bh_copy_end_single_uses(fixture->db, NOON + 10, &ended));
    fixture_commit(fixture);
    assert_int_equal(ended.grants, 2);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM approval WHERE status = 'approved'"), 0);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM approval WHERE status = 'pending'"), 1);
    assert_int_equal(fixture_sql_int(fixture, "SELECT max(grant_expires_at) FROM approval WHERE status = "
                                              "'expired'"),
        NOON + 10);
    assert_int_equal(fixture_sql_int(fixture,
                         "SELECT count(DISTINCT change_number) FROM approval WHERE change_number > 0"),
        3);
    assert_int_equal(
        fixture_sql_int(fixture, "SELECT number = (SELECT max(change_number) FROM approval) FROM "
                                 "approval_change"),
        1);
}

static void read_text(const char *path, char ret_text[static 64])
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(ret_text, 1, 63, file);
    ret_text[length] = 0;
    fclose(file);
}

/* When the database cannot be replaced, the key of before is in force again, whether there was one or not; it
 * is the fresh database that is missing here. When it can be, the key of before is kept. */
static void test_key_and_database_change_together(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_server_key other = fixture->key;
    char path[128], fresh[128], database[BH_DATA_PATH] = "-", key[BH_DATA_PATH] = "-";
    char before[64], after[64];
    other.bytes[0] ^= 1;
    fixture_close(fixture);
    fixture_path(fixture, "server.key", path);
    fixture_path(fixture, BH_REPLACE_FRESH, fresh);
    unlink(path);
    assert_int_equal(bh_replace_all(fixture->dir, "T0", &other, database, key), BH_ERR_IO);
    assert_int_not_equal(access(path, F_OK), 0);
    ok(bh_server_key_write(path, &fixture->key));
    read_text(path, before);
    assert_int_equal(bh_replace_all(fixture->dir, "T1", &other, database, key), BH_ERR_IO);
    assert_string_equal(database, "-");
    read_text(path, after);
    assert_string_equal(after, before);
    FILE *file = fopen(fresh, "w");
    assert_non_null(file);
    assert_int_equal(fputs("fresh", file) >= 0, 1);
    fclose(file);
    ok(bh_replace_all(fixture->dir, "T2", &other, database, key));
    read_text(key, after);
    assert_string_equal(after, before);
    read_text(path, after);
    assert_string_not_equal(after, before);
    fixture_path(fixture, "behalf.db", path);
    read_text(path, after);
    assert_string_equal(after, "fresh");
    assert_int_equal(rename(database, path), 0);
    fixture_open(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_a_copy_under_load_is_of_one_moment),
        store_test(test_a_copy_says_what_it_is),
        store_test(test_check_values_tell_keys_apart),
        store_test(test_damage_is_found),
        store_test(test_single_uses_are_ended),
        store_test(test_key_and_database_change_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
