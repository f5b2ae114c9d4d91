// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

#include "lib/timefmt.h"
#include "store/audit_owners.h"
#include "store/audit_state.h"

#define COLUMNS                                                                                              \
    "a.id, a.account, a.agent_id, a.name, a.status, a.agent_type, a.provider, a.connection_status, "         \
    "a.external_agent_id, a.external_agent_label, a.description, a.guidelines, a.key_hash, "                 \
    "a.policy_version, a.key_rotated_at, a.created_at, a.updated_at, o.day, o.last_ms, "                     \
    "coalesce(a.owner_person, 0), a.ollama_base_url, a.ollama_model, "                                       \
    "coalesce(a.key_person, 0), a.passport_preview, a.passport_hash, a.passport_created_at"
#define SOURCE " FROM agent a LEFT JOIN audit_owner o ON o.owner = a.id "

static void bind_person(struct bh_stmt *stmt, int index, int64_t person)
{
    if (person == 0)
        bh_stmt_bind_null(stmt, index);
    else
        bh_stmt_bind_int(stmt, index, person);
}

enum bh_err bh_agent_create(struct bh_db *db, const struct bh_agent_record *agent, int64_t *ret_id)
{
    if (agent->agent_id.len == 0 || agent->agent_id.len >= BH_ID_TEXT)
        return BH_ERR_INTERNAL;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO agent (account, agent_id, name, status, agent_type, provider, connection_status, "
        "external_agent_id, external_agent_label, description, guidelines, key_hash, created_at, updated_at, "
        "policy_version, key_rotated_at, owner_person, key_person) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, 1, 0, $14, $15) RETURNING id");
    bh_stmt_bind_int(stmt, 1, agent->account);
    bh_stmt_bind_text(stmt, 2, agent->agent_id);
    bh_stmt_bind_text(stmt, 3, agent->name);
    bh_stmt_bind_text(stmt, 4, agent->status);
    bh_stmt_bind_text(stmt, 5, agent->agent_type);
    bh_stmt_bind_text(stmt, 6, agent->provider);
    bh_stmt_bind_text(stmt, 7, agent->connection_status);
    bh_stmt_bind_text(stmt, 8, agent->external_agent_id);
    bh_stmt_bind_text(stmt, 9, agent->external_agent_label);
    bh_stmt_bind_text(stmt, 10, agent->description);
    bh_stmt_bind_text(stmt, 11, agent->guidelines);
    bh_stmt_bind_sha256(stmt, 12, &agent->key_hash);
    bh_stmt_bind_int(stmt, 13, agent->created_at);
    bind_person(stmt, 14, agent->owner_person);
    bind_person(stmt, 15, agent->key_person);
    return bh_stmt_one_int(stmt, ret_id);
}

static void note_use(struct bh_agent_record *agent, int64_t used_at)
{
    if (used_at > agent->key_rotated_at && used_at > agent->last_used_at)
        agent->last_used_at = used_at;
}

/* Preview and hash come and go together. */
static enum bh_err read_passport(struct bh_stmt *stmt, struct bh_arena *arena, struct bh_agent_record *agent)
{
    enum bh_err err = bh_stmt_copy_text(stmt, 23, arena, &agent->passport_preview);
    if (err != BH_OK || bh_span_is_absent(agent->passport_preview))
        return err;
    agent->passport_created_at = bh_stmt_int(stmt, 25);
    return bh_stmt_sha256(stmt, 24, &agent->passport_hash) ? BH_OK : BH_ERR_STORE_CORRUPT;
}

static enum bh_err read_agent(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_agent)
{
    struct bh_agent_record agent = {
        .id = bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .policy_version = bh_stmt_int(stmt, 13),
        .key_rotated_at = bh_stmt_int(stmt, 14),
        .created_at = bh_stmt_int(stmt, 15),
        .updated_at = bh_stmt_int(stmt, 16),
        .owner_person = bh_stmt_int(stmt, 19),
        .key_person = bh_stmt_int(stmt, 22),
    };
    struct bh_span *const texts[] = {&agent.agent_id, &agent.name, &agent.status, &agent.agent_type,
        &agent.provider, &agent.connection_status, &agent.external_agent_id, &agent.external_agent_label,
        &agent.description, &agent.guidelines};
    enum bh_err err = bh_stmt_copy_texts(stmt, 2, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        err = bh_stmt_copy_text(stmt, 20, arena, &agent.ollama_base_url);
    if (err == BH_OK)
        err = bh_stmt_copy_text(stmt, 21, arena, &agent.ollama_model);
    if (err != BH_OK)
        return err;
    if (!bh_stmt_sha256(stmt, 12, &agent.key_hash))
        return BH_ERR_STORE_CORRUPT;
    err = read_passport(stmt, arena, &agent);
    if (err != BH_OK)
        return err;
    note_use(&agent, bh_stmt_int(stmt, 17) * BH_MS_PER_DAY + bh_stmt_int(stmt, 18));
    *(struct bh_agent_record *)ret_agent = agent;
    return BH_OK;
}

/* The newest decisions may not be in the owners' table yet: see audit_owners.h. */
static enum bh_err note_newest_uses(struct bh_db *db, struct bh_agent_record *agents, size_t count)
{
    struct bh_audit_state state = {0};
    enum bh_err err = bh_audit_state_read(db, &state);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_OK : err;
    if (state.counted_through == state.head)
        return BH_OK;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT agent, created_at FROM audit WHERE id > $1");
    bh_stmt_bind_int(stmt, 1, state.counted_through);
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        int64_t agent = bh_stmt_int(stmt, 0);
        for (size_t i = 0; i < count; i++) {
            if (agents[i].id == agent)
                note_use(&agents[i], bh_stmt_int(stmt, 1));
        }
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

enum bh_err bh_agent_find_at_once(
    struct bh_db *db, struct bh_span agent_id, struct bh_arena *arena, struct bh_agent_record *ret_agent)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " COLUMNS SOURCE "WHERE a.agent_id = $1");
    bh_stmt_bind_text(stmt, 1, agent_id);
    return bh_stmt_read_one(stmt, read_agent, arena, ret_agent);
}

enum bh_err bh_agent_find(
    struct bh_db *db, struct bh_span agent_id, struct bh_arena *arena, struct bh_agent_record *ret_agent)
{
    struct bh_agent_record agent;
    enum bh_err err = bh_agent_find_at_once(db, agent_id, arena, &agent);
    if (err == BH_OK)
        err = note_newest_uses(db, &agent, 1);
    if (err == BH_OK)
        *ret_agent = agent;
    return err;
}

enum bh_err bh_agent_find_by_id(
    struct bh_db *db, int64_t agent, struct bh_arena *arena, struct bh_agent_record *ret_agent)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " COLUMNS SOURCE "WHERE a.id = $1");
    bh_stmt_bind_int(stmt, 1, agent);
    return bh_stmt_read_one(stmt, read_agent, arena, ret_agent);
}

/*
 * Authentication, at the first use of each key: does not look for the newest decisions, so that under load by
 * many agents last_used_at may be some thousand decisions old here.
 */
enum bh_err bh_agent_find_by_key(struct bh_db *db, const struct bh_sha256 *key_hash, struct bh_arena *arena,
    struct bh_agent_record *ret_agent)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " COLUMNS SOURCE "WHERE a.key_hash = $1");
    bh_stmt_bind_sha256(stmt, 1, key_hash);
    return bh_stmt_read_one(stmt, read_agent, arena, ret_agent);
}

enum bh_err bh_agent_policy_version(struct bh_db *db, int64_t agent, int64_t *ret_version)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT policy_version FROM agent WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, agent);
    return bh_stmt_one_int(stmt, ret_version);
}

enum bh_err bh_agent_list(struct bh_db *db, int64_t account, size_t limit, struct bh_arena *arena,
    struct bh_agent_record **ret_agents, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_agent_record), read_agent};
    void *agents = NULL;
    size_t count;
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT " COLUMNS SOURCE "WHERE a.account = $1 ORDER BY a.created_at DESC, a.id DESC LIMIT $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &agents, &count);
    if (err == BH_OK)
        err = note_newest_uses(db, agents, count);
    if (err != BH_OK)
        return err;
    *ret_agents = agents;
    *ret_count = count;
    return BH_OK;
}

static enum bh_err exists(struct bh_db *db, int64_t agent)
{
    int64_t ignored;
    return bh_agent_policy_version(db, agent, &ignored);
}

enum bh_err bh_agent_set_status(
    struct bh_db *db, int64_t agent, const char *status, int64_t now_ms, bool *ret_changed)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE agent SET status = $2, updated_at = $3 WHERE id = $1 AND status <> $2");
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_text(stmt, 2, bh_span_from(status));
    bh_stmt_bind_int(stmt, 3, now_ms);
    enum bh_err err = bh_stmt_run(stmt);
    bool changed = err == BH_OK && bh_db_changes(db) > 0;
    if (err == BH_OK && !changed)
        err = exists(db, agent);
    if (err == BH_OK)
        *ret_changed = changed;
    return err;
}

enum bh_err bh_agent_update(struct bh_db *db, const struct bh_agent_record *agent, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE agent SET name = $2, provider = $3, connection_status = $4, external_agent_id = $5, "
        "external_agent_label = $6, description = $7, guidelines = $8, ollama_base_url = $9, "
        "ollama_model = $10, updated_at = $11 WHERE id = $1");
    const struct bh_span texts[] = {agent->name, agent->provider, agent->connection_status,
        agent->external_agent_id, agent->external_agent_label, agent->description, agent->guidelines,
        agent->ollama_base_url, agent->ollama_model};
    bh_stmt_bind_int(stmt, 1, agent->id);
    for (size_t i = 0; i < BH_COUNT(texts); i++)
        bh_stmt_bind_text(stmt, 2 + (int)i, texts[i]);
    bh_stmt_bind_int(stmt, 11, now_ms);
    return bh_stmt_run_or(stmt, BH_ERR_NOT_FOUND);
}

enum bh_err bh_agent_rotate_key(struct bh_db *db, int64_t agent, const struct bh_sha256 *old_hash,
    const struct bh_sha256 *new_hash, int64_t key_person, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE agent SET key_hash = $3, key_rotated_at = $4, updated_at = $4, "
                            "key_person = $5 WHERE id = $1 AND key_hash = $2");
    bind_person(stmt, 5, key_person);
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_sha256(stmt, 2, old_hash);
    bh_stmt_bind_sha256(stmt, 3, new_hash);
    bh_stmt_bind_int(stmt, 4, now_ms);
    return bh_stmt_run_or(stmt, BH_ERR_ALREADY_ROTATED);
}

enum bh_err bh_agent_set_passport(struct bh_db *db, int64_t agent, const struct bh_sha256 *token_hash,
    struct bh_span preview, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE agent SET passport_hash = $2, passport_preview = $3, "
                                               "passport_created_at = $4, updated_at = $4 "
                                               "WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_sha256(stmt, 2, token_hash);
    bh_stmt_bind_text(stmt, 3, preview);
    bh_stmt_bind_int(stmt, 4, now_ms);
    return bh_stmt_run_or(stmt, BH_ERR_NOT_FOUND);
}

enum bh_err bh_agent_clear_passport(struct bh_db *db, int64_t agent, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE agent SET passport_hash = NULL, passport_preview = NULL, passport_created_at = 0, "
        "updated_at = $2 WHERE id = $1 AND passport_hash IS NOT NULL");
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_int(stmt, 2, now_ms);
    return bh_stmt_run(stmt);
}
