// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/db.h"
#include "store/migrate.h"

static mode_t mode_of(const struct store_fixture *fixture, const char *name)
{
    char path[128];
    struct stat status;
    fixture_path(fixture, name, path);
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

/* Folder, database and its companions are readable by their owner alone. */
static void test_files_are_private(void **state)
{
    struct store_fixture *fixture = *state;
    assert_int_equal(mode_of(fixture, "."), 0700);
    assert_int_equal(mode_of(fixture, "behalf.db"), 0600);
    assert_int_equal(mode_of(fixture, "behalf.db-wal"), 0600);
    assert_int_equal(mode_of(fixture, "behalf.db-shm"), 0600);
}

/* Every commit is flushed to the disk: the log is a WAL and the writer's synchronous level FULL, on every
 * opening. */
static void test_commits_are_durable(void **state)
{
    struct store_fixture *fixture = *state;
    for (int i = 0; i < 2; i++) {
        int64_t level;
        sqlite3_stmt *mode;
        assert_int_equal(
            sqlite3_prepare_v2(fixture->db->handle, "PRAGMA journal_mode", -1, &mode, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(mode), SQLITE_ROW);
        assert_string_equal((const char *)sqlite3_column_text(mode, 0), "wal");
        sqlite3_finalize(mode);
        ok(bh_stmt_one_int(bh_db_statement(fixture->db, "PRAGMA synchronous"), &level));
        assert_int_equal(level, 2);
        fixture_reopen(fixture);
    }
}

/* A missing data folder is made, and a file in its place is an error. */
static void test_the_folder_is_made(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_fixture other = *fixture;
    struct bh_store *store;
    snprintf(other.dir, sizeof(other.dir), "%.53s/new", fixture->dir);
    ok(fixture_open_with(&other, &fixture->key, true, &store));
    assert_int_equal(mode_of(&other, "."), 0700);
    bh_store_close(store);
    fixture_remove(other.dir);
    snprintf(other.dir, sizeof(other.dir), "%.53s/behalf.db", fixture->dir);
    assert_int_equal(fixture_open_with(&other, &fixture->key, false, &store), BH_ERR_IO);
}

/* A database is opened only with the key it was made with, and a refused key leaves it usable with the right
 * one. */
static void test_a_foreign_key_is_refused(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_server_key foreign = fixture->key;
    struct bh_store *store;
    foreign.bytes[31] ^= 1;
    assert_int_equal(fixture_open_with(fixture, &foreign, false, &store), BH_ERR_SECRET_KEY);
    fixture_close(fixture);
    assert_int_equal(fixture_open_with(fixture, &foreign, true, &store), BH_ERR_SECRET_KEY);
    fixture_open(fixture);
}

/* What is no database is reported as damaged. */
static void test_a_damaged_file_is_refused(void **state)
{
    struct store_fixture *fixture = *state;
    char path[128];
    struct bh_store *store;
    fixture_close(fixture);
    fixture_path(fixture, "behalf.db", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database. ", file);
    fclose(file);
    assert_int_equal(fixture_open_with(fixture, &fixture->key, false, &store), BH_ERR_STORE_CORRUPT);
    unlink(path);
    fixture_open(fixture);
}

static pid_t start_server(const struct store_fixture *fixture, int *ret_ready)
{
    int channel[2];
    assert_int_equal(pipe(channel), 0);
    pid_t child = fork();
    if (child == 0) {
        struct bh_store *store;
        if (fixture_open_with(fixture, &fixture->key, true, &store) == BH_OK)
            (void)!write(channel[1], "x", 1);
        for (;;)
            pause();
    }
    close(channel[1]);
    *ret_ready = channel[0];
    return child;
}

/* A second server on the folder is refused as long as the first one lives; admin commands are not. */
static void test_one_server_at_a_time(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_store *store;
    int ready;
    char byte;
    fixture_close(fixture);
    pid_t server = start_server(fixture, &ready);
    assert_int_equal(read(ready, &byte, 1), 1);
    close(ready);
    assert_int_equal(fixture_open_with(fixture, &fixture->key, true, &store), BH_ERR_STORE_LOCKED);
    ok(fixture_open_with(fixture, &fixture->key, false, &store));
    bh_store_close(store);
    char path[128], text[32] = "";
    fixture_path(fixture, "server.lock", path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    assert_int_equal(strtol(text, NULL, 10), server);
    assert_int_equal(kill(server, SIGKILL), 0);
    assert_int_equal(waitpid(server, NULL, 0), server);
    ok(fixture_open_with(fixture, &fixture->key, true, &store));
    bh_store_close(store);
    fixture_open(fixture);
}

/* Processes that open a fresh folder at once all succeed, and share one database. */
static void test_opening_a_fresh_folder_at_once(void **state)
{
    struct store_fixture *fixture = *state;
    enum { PROCESSES = 6 };
    fixture_close(fixture);
    char path[128];
    fixture_path(fixture, "behalf.db", path);
    unlink(path);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            int64_t id;
            char name[32];
            struct bh_store *store;
            snprintf(name, sizeof(name), "acct_%d", i);
            bool opened = fixture_open_with(fixture, &fixture->key, false, &store) == BH_OK;
            struct bh_db *db = opened ? bh_store_writer(store) : NULL;
            _exit(opened && bh_db_begin(db) == BH_OK &&
                          bh_account_create(db, name, BH_SPAN("n"), 1, &id) == BH_OK &&
                          bh_db_commit(db) == BH_OK
                      ? 0
                      : 1);
        }
    }
    int status;
    while (wait(&status) > 0)
        assert_int_equal(status, 0);
    fixture_open(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM account"), PROCESSES);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM meta"), 1);
}

/* ---- migrations -----------------------------------------------------------------------------------------
 */

#define MIGRATIONS_MAX 64

/* The program's own migrations and one more behind them; returns how many. */
static size_t with_one_more(const char *name, const char *sql, struct bh_migration ret_all[MIGRATIONS_MAX])
{
    assert_true(bh_migration_count < MIGRATIONS_MAX);
    memcpy(ret_all, bh_migrations, bh_migration_count * sizeof(*ret_all));
    ret_all[bh_migration_count] = (struct bh_migration){(int)bh_migration_count + 1, name, sql};
    return bh_migration_count + 1;
}

/* Each migration is applied once, however often the database is opened. */
static void test_migrations_apply_once(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_migration more[MIGRATIONS_MAX];
    size_t count =
        with_one_more("extra", "CREATE TABLE extra (n INTEGER); INSERT INTO extra VALUES (1);", more);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM schema_migration"), bh_migration_count);
    ok(bh_migrate(fixture->db, bh_migrations, bh_migration_count));
    ok(bh_migrate(fixture->db, more, count));
    ok(bh_migrate(fixture->db, more, count));
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM extra"), 1);
    assert_int_equal(fixture_sql_int(fixture, "SELECT max(version) FROM schema_migration"), count);
}

/* A migration that fails in its middle leaves nothing behind. */
static void test_a_failed_migration_leaves_no_trace(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_migration bad[MIGRATIONS_MAX];
    size_t count = with_one_more("bad", "CREATE TABLE extra (n INTEGER); SELECT nothing;", bad);
    assert_int_equal(bh_migrate(fixture->db, bad, count), BH_ERR_INTERNAL);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM sqlite_master WHERE name = 'extra'"), 0);
    assert_int_equal(
        fixture_sql_int(fixture, "SELECT max(version) FROM schema_migration"), bh_migration_count);
    ok(bh_db_begin(fixture->db));
    bh_db_rollback(fixture->db);
}

/* A database of a newer program is left alone. */
static void test_a_newer_database_is_refused(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_store *store;
    fixture_sql(fixture, "INSERT INTO schema_migration VALUES (999, 'future')");
    assert_int_equal(fixture_open_with(fixture, &fixture->key, false, &store), BH_ERR_STORE_VERSION);
}

/* ---- transactions ---------------------------------------------------------------------------------------
 */

static enum bh_err create_account(struct bh_db *db, const char *account_id)
{
    int64_t id;
    return bh_account_create(db, account_id, BH_SPAN("n"), 1, &id);
}

static int64_t count_accounts(const struct store_fixture *fixture)
{
    return fixture_sql_int(fixture, "SELECT count(*) FROM account");
}

/* Nothing is written outside a transaction, nor when it is rolled back. */
static void test_only_commits_write(void **state)
{
    struct store_fixture *fixture = *state;
    assert_int_equal(create_account(fixture->db, "acct_outside"), BH_ERR_INTERNAL);
    assert_int_equal(bh_db_commit(fixture->db), BH_ERR_INTERNAL);
    ok(bh_db_begin(fixture->db));
    assert_int_equal(bh_db_begin(fixture->db), BH_ERR_INTERNAL);
    ok(create_account(fixture->db, "acct_undone"));
    bh_db_rollback(fixture->db);
    bh_db_rollback(fixture->db);
    assert_int_equal(count_accounts(fixture), 1);
    ok(bh_db_begin(fixture->db));
    ok(create_account(fixture->db, "acct_done"));
    assert_int_equal(count_accounts(fixture), 1);
    ok(bh_db_commit(fixture->db));
    assert_int_equal(count_accounts(fixture), 2);
}

/* What is undone to a savepoint is gone; what came before and after it is committed. */
static void test_a_savepoint_isolates(void **state)
{
    struct store_fixture *fixture = *state;
    ok(bh_db_begin(fixture->db));
    ok(create_account(fixture->db, "acct_before"));
    ok(bh_db_savepoint(fixture->db));
    ok(create_account(fixture->db, "acct_inside"));
    assert_int_equal(create_account(fixture->db, "acct_before"), BH_ERR_CONFLICT);
    ok(bh_db_savepoint_rollback(fixture->db));
    ok(bh_db_savepoint(fixture->db));
    ok(create_account(fixture->db, "acct_after"));
    ok(bh_db_savepoint_release(fixture->db));
    ok(bh_db_commit(fixture->db));
    assert_int_equal(count_accounts(fixture), 3);
    assert_int_equal(
        fixture_sql_int(fixture, "SELECT count(*) FROM account WHERE account_id = 'acct_inside'"), 0);
}

/* While another process holds the write transaction, ours waits as long as it was told, then says so. */
static void test_a_busy_database_is_reported(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_store *other;
    const struct bh_store_options impatient = {
        .data_dir = fixture->dir, .key = &fixture->key, .busy_timeout_ms = 10};
    ok(bh_store_open(&impatient, &other));
    ok(bh_db_begin(fixture->db));
    assert_int_equal(bh_db_begin(bh_store_writer(other)), BH_ERR_STORE_BUSY);
    ok(bh_db_commit(fixture->db));
    ok(bh_db_begin(bh_store_writer(other)));
    bh_db_rollback(bh_store_writer(other));
    bh_store_close(other);
}

/* When the disk is full the transaction fails as a whole, and once there is room the connection works again.
 */
static void test_a_full_disk_leaves_no_trace(void **state)
{
    struct store_fixture *fixture = *state;
    enum bh_err err = BH_OK;
    ok(bh_db_run_script(fixture->db, "PRAGMA max_page_count = 1")); /* that is: no more than there are */
    ok(bh_db_begin(fixture->db));
    for (int i = 0; i < 10000 && err == BH_OK; i++) {
        char account_id[64];
        snprintf(account_id, sizeof(account_id), "acct_%050d", i);
        err = create_account(fixture->db, account_id);
    }
    assert_int_equal(err, BH_ERR_STORE_FULL);
    if (bh_db_commit(fixture->db) == BH_OK) /* the failed statement alone may have been undone */
        assert_true(count_accounts(fixture) > 1);
    else
        assert_int_equal(count_accounts(fixture), 1);
    int64_t before = count_accounts(fixture);
    ok(bh_db_run_script(fixture->db, "PRAGMA max_page_count = 1073741823"));
    ok(bh_db_begin(fixture->db));
    ok(create_account(fixture->db, "acct_later"));
    ok(bh_db_commit(fixture->db));
    assert_int_equal(count_accounts(fixture), before + 1);
}

/* When SQLite rolls back by itself, nothing more is written by that transaction, and its commit fails. */
static void test_a_lost_transaction_writes_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    ok(bh_db_begin(fixture->db));
    ok(create_account(fixture->db, "acct_lost"));
    ok(bh_db_run_script(fixture->db, "ROLLBACK")); /* as SQLite does after an I/O error */
    assert_int_equal(create_account(fixture->db, "acct_stray"), BH_ERR_STORE_UNAVAILABLE);
    assert_int_equal(bh_db_savepoint(fixture->db), BH_ERR_STORE_UNAVAILABLE);
    assert_int_equal(bh_db_commit(fixture->db), BH_ERR_STORE_UNAVAILABLE);
    assert_int_equal(count_accounts(fixture), 1);
    ok(bh_db_begin(fixture->db));
    ok(bh_db_commit(fixture->db));
}

/* ---- readers --------------------------------------------------------------------------------------------
 */

/* A read transaction shows one state; readers cannot write. */
static void test_a_reader_sees_one_state(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_db *reader;
    struct bh_account_record account;
    int64_t version;
    ok(bh_store_reader_borrow(fixture->store, &reader));
    ok(bh_db_begin_read(reader));
    ok(bh_db_begin(fixture->db));
    ok(bh_account_bump_policy(fixture->db, fixture->account, 0));
    ok(bh_db_commit(fixture->db));
    ok(bh_account_policy_version(reader, fixture->account, &version));
    assert_int_equal(version, 1);
    assert_int_not_equal(create_account(reader, "acct_reader"), BH_OK);
    bh_db_rollback(reader);
    ok(bh_account_first(reader, &fixture->arena, &account));
    assert_int_equal(account.policy_version, 2);
    bh_store_reader_return(fixture->store, reader);
}

/* Sixty-four readers exist at most, and a returned one can be borrowed again. */
static void test_readers_are_limited(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_db *readers[64], *one_more;
    for (int i = 0; i < 64; i++)
        ok(bh_store_reader_borrow(fixture->store, &readers[i]));
    assert_int_equal(bh_store_reader_borrow(fixture->store, &one_more), BH_ERR_STORE_BUSY);
    ok(bh_db_begin_read(readers[63]));
    bh_store_reader_return(fixture->store, readers[63]);
    ok(bh_store_reader_borrow(fixture->store, &readers[63]));
    ok(bh_db_begin_read(readers[63])); /* the returned one had left its transaction */
    for (int i = 0; i < 64; i++)
        bh_store_reader_return(fixture->store, readers[i]);
    bh_store_reader_return(fixture->store, NULL);
    ok(bh_store_ping(fixture->store));
}

/* Triggers and views that somebody has put into a file do nothing where it is opened as a file, before it is
 * the server's own, and the settings that would let a statement break it are off. */
static void test_sql_of_the_file_never_runs(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_sql(fixture, "CREATE TRIGGER t AFTER UPDATE OF status ON agent BEGIN UPDATE agent SET status = "
                         "'active'; END;"
                         "CREATE VIEW v AS SELECT 1 AS one;");
    char path[128];
    fixture_path(fixture, "behalf.db", path);
    struct bh_db *db;
    ok(bh_db_open(path, false, 1000, &db));
    ok(bh_db_begin(db));
    ok(bh_stmt_run(bh_db_statement(db, "UPDATE agent SET status = 'disabled'")));
    ok(bh_db_commit(db));
    assert_int_equal(
        fixture_sql_int(fixture, "SELECT count(*) FROM agent WHERE status = 'disabled'"), AGENTS);
    int64_t one;
    assert_int_equal(bh_stmt_one_int(bh_db_statement(db, "SELECT one FROM v"), &one), BH_ERR_INTERNAL);
    int defensive = 0, trusted = 1;
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, -1, &defensive);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, -1, &trusted);
    assert_int_equal(defensive, 1);
    assert_int_equal(trusted, 0);
    bh_db_close(db);
}

/* A database that is a link keeps the mode of what it leads to: it may be any file of the machine. */
static void test_the_mode_of_another_file_stays(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_store *store;
    char path[128], aside[128];
    fixture_close(fixture);
    fixture_path(fixture, "behalf.db", path);
    fixture_path(fixture, "elsewhere.db", aside);
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(symlink(aside, path), 0);
    assert_int_equal(chmod(aside, 0644), 0);
    assert_int_equal(fixture_open_with(fixture, &fixture->key, false, &store), BH_ERR_DATA_MODE);
    assert_int_equal(mode_of(fixture, "elsewhere.db"), 0644);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rename(aside, path), 0);
    fixture_open(fixture);
    assert_int_equal(mode_of(fixture, "behalf.db"), 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_files_are_private),
        store_test(test_commits_are_durable),
        store_test(test_the_folder_is_made),
        store_test(test_a_foreign_key_is_refused),
        store_test(test_a_damaged_file_is_refused),
        store_test(test_one_server_at_a_time),
        store_test(test_opening_a_fresh_folder_at_once),
        store_test(test_migrations_apply_once),
        store_test(test_a_failed_migration_leaves_no_trace),
        store_test(test_a_newer_database_is_refused),
        store_test(test_only_commits_write),
        store_test(test_a_savepoint_isolates),
        store_test(test_a_busy_database_is_reported),
        store_test(test_a_full_disk_leaves_no_trace),
        store_test(test_a_lost_transaction_writes_nothing),
        store_test(test_a_reader_sees_one_state),
        store_test(test_readers_are_limited),
        store_test(test_sql_of_the_file_never_runs),
        store_test(test_the_mode_of_another_file_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
