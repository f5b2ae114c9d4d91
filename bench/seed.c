// SPDX-License-Identifier: Apache-2.0
/*
 * Fills a data folder for measurements, through the store that the server uses: agents with one permission
 * each, and audit rows spread over them.
 *
 *     seed DATA_DIR AGENTS ROWS > agents.txt
 *
 * prints "agentId key" per agent. The rows are a minute apart at most and end now, so that retention keeps
 * them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/bootstrap.h"
#include "core/redact.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "store/audit.h"
#include "store/request_id.h"

#define BATCH 4096
#define DAYS_BACK 60

struct seed {
    struct bh_server_key key;
    struct bh_store *store;
    struct bh_db *db;
    struct bh_arena arena;
    int64_t account;
    int64_t agents, rows;
    int64_t *agent_rows; /* database ids */
    char (*agent_ids)[BH_ID_TEXT];
};

static void must(enum bh_err err, const char *what)
{
    if (err == BH_OK)
        return;
    fprintf(stderr, "seed: %s: %s\n", what, bh_err_info(err)->name);
    exit(1);
}

static void create_agent(struct seed *seed, int64_t index, int64_t now_ms)
{
    char key[BH_SECRET_TEXT];
    char permission_id[BH_ID_TEXT];
    int64_t permission_row;
    bh_random_id("agent", seed->agent_ids[index]);
    bh_random_secret("bhf_sk_", key);
    bh_random_id("perm", permission_id);
    const struct bh_agent_record agent = {.account = seed->account,
        .agent_id = bh_span_from(seed->agent_ids[index]),
        .name = BH_SPAN("Bench agent"),
        .status = BH_SPAN("active"),
        .agent_type = BH_SPAN("native"),
        .provider = BH_SPAN("custom"),
        .connection_status = BH_SPAN("manual"),
        .guidelines = BH_SPAN("[]"),
        .key_hash = bh_sha256(bh_span_from(key)),
        .created_at = now_ms};
    must(bh_agent_create(seed->db, &agent, &seed->agent_rows[index]), "agent");
    const struct bh_permission_record permission = {.account = seed->account,
        .agent = seed->agent_rows[index],
        .permission_id = bh_span_from(permission_id),
        .action = BH_SPAN("purchase"),
        .resource = BH_SPAN("coachella.com"),
        .allowed_actions = BH_SPAN("[]"),
        .blocked_actions = BH_SPAN("[]"),
        .constraints = BH_SPAN("{\"maxAmount\":800,\"allowedVendors\":[\"coachella.com\"]}"),
        .status = BH_SPAN("active"),
        .created_at = now_ms,
        .updated_at = now_ms};
    must(bh_permission_create(seed->db, &permission, &permission_row), "permission");
    printf("%s %s\n", seed->agent_ids[index], key);
}

static void create_agents(struct seed *seed)
{
    int64_t now_ms = bh_clock_wall_ms() - DAYS_BACK * INT64_C(86400000);
    for (int64_t done = 0; done < seed->agents;) {
        must(bh_db_begin(seed->db), "begin");
        for (int64_t i = 0; i < BATCH && done < seed->agents; i++, done++)
            create_agent(seed, done, now_ms);
        must(bh_db_commit(seed->db), "commit");
    }
}

static void append_row(struct seed *seed, struct bh_audit_log *log, int64_t index, int64_t now_ms)
{
    int64_t agent = (int64_t)((uint64_t)index * 2654435761u % (uint64_t)seed->agents);
    bool allowed = index % 7 != 0;
    struct bh_audit_row row = {.salt = (uint64_t)index * 0x9E3779B97F4A7C15u,
        .account = seed->account,
        .agent = seed->agent_rows[agent],
        .agent_id = bh_span_from(seed->agent_ids[agent]),
        .created_at = now_ms,
        .action = BH_SPAN("purchase"),
        .vendor = BH_SPAN("coachella.com"),
        .permission_id = BH_SPAN("perm_0000000000000000"),
        .amount = (double)(index % 1000),
        .has_amount = true,
        .allowed = allowed,
        .risk = allowed ? BH_RISK_LOW : BH_RISK_HIGH,
        .reason = allowed ? BH_REASON_ALLOWED : BH_REASON_AMOUNT_EXCEEDED};
    must(bh_audit_append(log, &row), "append");
}

static void create_rows(struct seed *seed)
{
    struct bh_audit_log *log = NULL;
    int64_t end = bh_clock_wall_ms();
    int64_t span = DAYS_BACK * INT64_C(86400000);
    must(bh_audit_log_open(seed->db, &seed->key, &log), "audit log");
    for (int64_t done = 0; done < seed->rows;) {
        must(bh_db_begin(seed->db), "begin");
        for (int64_t i = 0; i < BATCH && done < seed->rows; i++, done++)
            append_row(
                seed, log, done, end - span + (int64_t)((double)span * (double)done / (double)seed->rows));
        must(bh_audit_flush(log), "flush");
        must(bh_db_commit(seed->db), "commit");
        bh_audit_committed(log);
        if (done % (BATCH * 256) == 0)
            fprintf(stderr, "\rseed: %lld rows", (long long)done);
    }
    fprintf(stderr, "\rseed: %lld rows\n", (long long)seed->rows);
    bh_audit_log_close(log);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: seed DATA_DIR AGENTS ROWS\n");
        return 2;
    }
    struct seed seed = {.agents = strtoll(argv[2], NULL, 10), .rows = strtoll(argv[3], NULL, 10)};
    struct bh_account_record account;
    bool created;
    bh_log_setup(BH_LOG_WARN, BH_LOG_AUTO, bh_redact);
    bh_arena_init(&seed.arena, 4096, 1u << 20);
    must(bh_server_key_load(argv[1], NULL, &seed.key), "server key");
    bh_request_id_setup(&seed.key);
    const struct bh_store_options options = {
        .data_dir = argv[1], .key = &seed.key, .serve = true, .busy_timeout_ms = 1000};
    must(bh_store_open(&options, &seed.store), "open");
    seed.db = bh_store_writer(seed.store);
    seed.agent_rows = calloc((size_t)seed.agents, sizeof(*seed.agent_rows));
    seed.agent_ids = calloc((size_t)seed.agents, sizeof(*seed.agent_ids));
    must(bh_db_begin(seed.db), "begin");
    must(bh_bootstrap_account(seed.db, bh_clock_wall_ms(), &seed.arena, &account, &created), "account");
    must(bh_db_commit(seed.db), "commit");
    seed.account = account.id;
    create_agents(&seed);
    create_rows(&seed);
    bh_store_close(seed.store);
    bh_arena_finish(&seed.arena);
    free(seed.agent_rows);
    free(seed.agent_ids);
    return 0;
}
