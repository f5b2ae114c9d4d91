// SPDX-License-Identifier: Apache-2.0
/*
 * What the tests of the store share: a real database in a folder of its own, one account with three agents,
 * and the means to change the file behind the store's back.
 */
#ifndef BH_TESTS_UNIT_STORE_FIXTURE_H
#define BH_TESTS_UNIT_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "lib/timefmt.h"
#include "store/audit.h"
#include "store/request_id.h"
#include "store/store.h"
#include "folder.h"

#define AGENTS 3
#define NOON (INT64_C(20000) * BH_MS_PER_DAY + BH_MS_PER_DAY / 2)

struct store_fixture {
    char dir[64];
    struct bh_server_key key;
    struct bh_store *store;
    struct bh_db *db; /* the writer */
    struct bh_arena arena;
    int64_t account;
    int64_t agents[AGENTS];
    struct bh_audit_log *log;
};

#define ok(expression) assert_int_equal((expression), BH_OK)

static inline void assert_text(struct bh_span span, const char *expected)
{
    assert_false(bh_span_is_absent(span));
    assert_int_equal(span.len, strlen(expected));
    assert_memory_equal(span.data, expected, span.len);
}

static inline void fixture_path(
    const struct store_fixture *fixture, const char *name, char ret_path[static 128])
{
    snprintf(ret_path, 128, "%s/%s", fixture->dir, name);
}

/* Runs SQL on the file with a connection of its own, as somebody would who has access to the disk. */
static inline void fixture_sql(const struct store_fixture *fixture, const char *sql)
{
    char path[128];
    sqlite3 *raw;
    fixture_path(fixture, "behalf.db", path);
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(raw, 5000), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(raw, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static inline int64_t fixture_sql_int(const struct store_fixture *fixture, const char *sql)
{
    char path[128];
    sqlite3 *raw;
    sqlite3_stmt *stmt;
    fixture_path(fixture, "behalf.db", path);
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(raw);
    return value;
}

static inline enum bh_err fixture_open_with(const struct store_fixture *fixture,
    const struct bh_server_key *key, bool serve, struct bh_store **ret_store)
{
    const struct bh_store_options options = {
        .data_dir = fixture->dir, .key = key, .serve = serve, .busy_timeout_ms = 5000};
    return bh_store_open(&options, ret_store);
}

static inline void fixture_open(struct store_fixture *fixture)
{
    ok(fixture_open_with(fixture, &fixture->key, false, &fixture->store));
    fixture->db = bh_store_writer(fixture->store);
    ok(bh_audit_log_open(fixture->db, &fixture->key, &fixture->log));
}

static inline void fixture_close(struct store_fixture *fixture)
{
    bh_audit_log_close(fixture->log);
    bh_store_close(fixture->store);
    fixture->log = NULL;
    fixture->store = NULL;
}

/* As after the end of the process: nothing but the files is left. */
static inline void fixture_reopen(struct store_fixture *fixture)
{
    fixture_close(fixture);
    fixture_open(fixture);
}

static inline void fixture_begin(struct store_fixture *fixture)
{
    ok(bh_db_begin(fixture->db));
}

static inline void fixture_commit(struct store_fixture *fixture)
{
    ok(bh_audit_flush(fixture->log));
    ok(bh_db_commit(fixture->db));
    bh_audit_committed(fixture->log);
}

static inline int64_t fixture_agent(struct store_fixture *fixture, const char *agent_id)
{
    int64_t id;
    const struct bh_agent_record agent = {
        .account = fixture->account,
        .agent_id = bh_span_from(agent_id),
        .name = BH_SPAN("Agent"),
        .status = BH_SPAN("active"),
        .agent_type = BH_SPAN("native"),
        .provider = BH_SPAN("custom"),
        .connection_status = BH_SPAN("manual"),
        .guidelines = BH_SPAN("[]"),
        .key_hash = bh_sha256(bh_span_from(agent_id)),
        .created_at = NOON,
    };
    ok(bh_agent_create(fixture->db, &agent, &id));
    return id;
}

static const char *const fixture_agent_ids[AGENTS] = {
    "agent_aaaaaaaaaaaaaaaa", "agent_bbbbbbbbbbbbbbbb", "agent_cccccccccccccccc"};

/* A row of the agent with that index; the caller changes what matters to the test. */
static inline struct bh_audit_row fixture_row(
    const struct store_fixture *fixture, int agent, int64_t created_at)
{
    return (struct bh_audit_row){
        .salt = UINT64_C(0x9E3779B97F4A7C15) * (uint64_t)(created_at + agent + 1),
        .account = fixture->account,
        .agent = fixture->agents[agent],
        .agent_id = bh_span_from(fixture_agent_ids[agent]),
        .created_at = created_at,
        .action = BH_SPAN("purchase"),
        .permission_id = BH_SPAN("perm_0123456789abcdef"),
        .allowed = true,
        .risk = BH_RISK_LOW,
        .reason = BH_REASON_ALLOWED,
    };
}

/* Appends `count` rows, taking the agents in turn, one millisecond apart, in one transaction. */
static inline void fixture_append(struct store_fixture *fixture, int count, int64_t from_ms)
{
    fixture_begin(fixture);
    for (int i = 0; i < count; i++) {
        struct bh_audit_row row = fixture_row(fixture, i % AGENTS, from_ms + i);
        ok(bh_audit_append(fixture->log, &row));
    }
    fixture_commit(fixture);
}

static inline int store_setup(void **state)
{
    struct store_fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    make_folder(fixture->dir, sizeof(fixture->dir));
    bh_arena_init(&fixture->arena, 4096, 1u << 26);
    ok(bh_server_key_load(fixture->dir, NULL, &fixture->key));
    bh_request_id_setup(&fixture->key);
    fixture_open(fixture);
    fixture_begin(fixture);
    ok(bh_account_create(fixture->db, "acct_aaaaaaaaaaaaaaaa", BH_SPAN("Account"), NOON, &fixture->account));
    for (int i = 0; i < AGENTS; i++)
        fixture->agents[i] = fixture_agent(fixture, fixture_agent_ids[i]);
    fixture_commit(fixture);
    *state = fixture;
    return 0;
}

static inline void fixture_remove(const char *dir)
{
    static const char *const names[] = {
        "behalf.db", "behalf.db-wal", "behalf.db-shm", "server.key", "server.lock"};
    char path[256];
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

static inline int store_teardown(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_close(fixture);
    bh_arena_finish(&fixture->arena);
    fixture_remove(fixture->dir);
    free(fixture);
    return 0;
}

#define store_test(function) cmocka_unit_test_setup_teardown(function, store_setup, store_teardown)

#endif
