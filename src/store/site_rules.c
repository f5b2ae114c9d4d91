// SPDX-License-Identifier: Apache-2.0
#include "core/permission.h"
#include "lib/json.h"
#include "store/db.h"
#include "store/sites.h"

#define COLUMNS                                                                                              \
    "id, site, rule_id, name, status, agent_identifier, user_agent_pattern, verified_agent, notes, "         \
    "allowed_paths, blocked_paths, requires_approval, created_at, updated_at "
#define SELECT_RULES "SELECT " COLUMNS "FROM site_rule WHERE "
#define NEWEST_FIRST "ORDER BY created_at DESC, rule_id DESC "

static enum bh_err read_rule(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_rule)
{
    struct bh_site_rule_record rule = {.id = bh_stmt_int(stmt, 0),
        .site = bh_stmt_int(stmt, 1),
        .requires_approval = bh_stmt_int(stmt, 11) != 0,
        .created_at = bh_stmt_int(stmt, 12),
        .updated_at = bh_stmt_int(stmt, 13)};
    struct bh_span *const texts[] = {&rule.rule_id, &rule.name, &rule.status, &rule.agent_identifier,
        &rule.user_agent_pattern, &rule.verified_agent, &rule.notes, &rule.allowed_paths,
        &rule.blocked_paths};
    enum bh_err err = bh_stmt_copy_texts(stmt, 2, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_site_rule_record *)ret_rule = rule;
    return err;
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

enum bh_err bh_site_rule_find(struct bh_db *db, int64_t site, struct bh_span rule_id, struct bh_arena *arena,
    struct bh_site_rule_record *ret_rule)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_RULES "rule_id = $1 AND site = $2");
    bh_stmt_bind_text(stmt, 1, rule_id);
    bh_stmt_bind_int(stmt, 2, site);
    enum bh_err err = bh_stmt_read_one(stmt, read_rule, arena, ret_rule);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_SITE_RULE_NOT_FOUND : err;
}

static enum bh_err read_all(struct bh_stmt *stmt, size_t limit, struct bh_arena *arena,
    struct bh_site_rule_record **ret_rules, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_site_rule_record), read_rule};
    void *rules = NULL;
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &rules, ret_count);
    if (err == BH_OK)
        *ret_rules = rules;
    return err;
}

enum bh_err bh_site_rule_list(struct bh_db *db, int64_t site, size_t limit, struct bh_arena *arena,
    struct bh_site_rule_record **ret_rules, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_RULES "site = $1 " NEWEST_FIRST "LIMIT $2");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    return read_all(stmt, limit, arena, ret_rules, ret_count);
}

enum bh_err bh_site_rule_count(struct bh_db *db, int64_t site, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT count(*) FROM site_rule WHERE site = $1");
    bh_stmt_bind_int(stmt, 1, site);
    return bh_stmt_one_size(stmt, ret_count);
}

enum bh_err bh_site_rule_size(struct bh_db *db, int64_t site, size_t *ret_bytes)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT coalesce(sum(length(CAST(name AS BLOB)) + length(CAST(allowed_paths AS BLOB)) + "
        "length(CAST(blocked_paths AS BLOB)) + coalesce(length(CAST(notes AS BLOB)), 0) + "
        "coalesce(length(CAST(agent_identifier AS BLOB)), 0) + "
        "coalesce(length(CAST(user_agent_pattern AS BLOB)), 0) + "
        "coalesce(length(CAST(verified_agent AS BLOB)), 0)), 0) FROM site_rule WHERE site = $1");
    bh_stmt_bind_int(stmt, 1, site);
    return bh_stmt_one_size(stmt, ret_bytes);
}

/* ---- for checks -----------------------------------------------------------------------------------------
 */

static enum bh_err read_paths(struct bh_span json, struct bh_arena *arena, struct bh_span_list *ret_paths)
{
    BH_CLEANUP(bh_json_release) json_t *array = NULL;
    enum bh_err err = bh_json_parse(json, &array);
    /* What is no list of texts was not written by us: no rule, so no check, is made of it. */
    if (err != BH_OK || !json_is_array(array))
        return BH_ERR_STORE_CORRUPT;
    err = bh_permission_read_list(array, arena, ret_paths);
    return err == BH_OK && ret_paths->count != json_array_size(array) ? BH_ERR_STORE_CORRUPT : err;
}

static enum bh_err to_rule(
    const struct bh_site_rule_record *record, struct bh_arena *arena, struct bh_site_rule *ret_rule)
{
    struct bh_site_rule rule = {.rule_id = record->rule_id,
        .active = true,
        .requires_approval = record->requires_approval,
        .agent_identifier = record->agent_identifier,
        .user_agent_pattern = record->user_agent_pattern,
        .verified_agent = record->verified_agent,
        .created_at_ms = record->created_at};
    enum bh_err err = read_paths(record->allowed_paths, arena, &rule.allowed_paths);
    if (err == BH_OK)
        err = read_paths(record->blocked_paths, arena, &rule.blocked_paths);
    if (err == BH_OK)
        *ret_rule = rule;
    return err;
}

enum bh_err bh_site_rule_load(struct bh_db *db, int64_t site, struct bh_arena *arena,
    struct bh_site_rule **ret_rules, size_t *ret_count)
{
    size_t count = 0;
    struct bh_site_rule_record *records = NULL;
    struct bh_stmt *stmt =
        bh_db_statement(db, SELECT_RULES "site = $1 AND status = 'active' " NEWEST_FIRST "LIMIT $2");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_int(stmt, 2, BH_SITE_RULES_MAX);
    enum bh_err err = read_all(stmt, BH_SITE_RULES_MAX, arena, &records, &count);
    if (err != BH_OK)
        return err;
    struct bh_site_rule *rules = bh_arena_alloc(arena, (count > 0 ? count : 1) * sizeof(*rules));
    if (rules == NULL)
        return BH_ERR_NO_MEMORY;
    for (size_t i = 0; i < count && err == BH_OK; i++)
        err = to_rule(&records[i], arena, &rules[i]);
    if (err != BH_OK)
        return err;
    *ret_rules = rules;
    *ret_count = count;
    return BH_OK;
}

/* ---- changes --------------------------------------------------------------------------------------------
 */

enum bh_err bh_site_rule_create(struct bh_db *db, const struct bh_site_rule_record *rule, int64_t *ret_id)
{
    size_t count;
    enum bh_err err = bh_site_rule_count(db, rule->site, &count);
    if (err == BH_OK && count >= BH_SITE_RULES_MAX)
        err = BH_ERR_SITE_RULE_LIMIT;
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO site_rule (site, rule_id, name, status, agent_identifier, user_agent_pattern, "
        "verified_agent, notes, allowed_paths, blocked_paths, requires_approval, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) RETURNING id");
    const struct bh_span texts[] = {rule->rule_id, rule->name, rule->status, rule->agent_identifier,
        rule->user_agent_pattern, rule->verified_agent, rule->notes, rule->allowed_paths,
        rule->blocked_paths};
    bh_stmt_bind_int(stmt, 1, rule->site);
    for (size_t i = 0; i < BH_COUNT(texts); i++)
        bh_stmt_bind_text(stmt, 2 + (int)i, texts[i]);
    bh_stmt_bind_int(stmt, 11, rule->requires_approval);
    bh_stmt_bind_int(stmt, 12, rule->created_at);
    return bh_stmt_one_int(stmt, ret_id);
}

enum bh_err bh_site_rule_update(struct bh_db *db, const struct bh_site_rule_record *rule, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE site_rule SET name = $2, status = $3, agent_identifier = $4, user_agent_pattern = $5, "
        "verified_agent = $6, notes = $7, allowed_paths = $8, blocked_paths = $9, requires_approval = $10, "
        "updated_at = $11 WHERE id = $1");
    const struct bh_span texts[] = {rule->name, rule->status, rule->agent_identifier,
        rule->user_agent_pattern, rule->verified_agent, rule->notes, rule->allowed_paths,
        rule->blocked_paths};
    bh_stmt_bind_int(stmt, 1, rule->id);
    for (size_t i = 0; i < BH_COUNT(texts); i++)
        bh_stmt_bind_text(stmt, 2 + (int)i, texts[i]);
    bh_stmt_bind_int(stmt, 10, rule->requires_approval);
    bh_stmt_bind_int(stmt, 11, now_ms);
    return bh_stmt_run_or(stmt, BH_ERR_SITE_RULE_NOT_FOUND);
}

enum bh_err bh_site_rule_delete(struct bh_db *db, int64_t site, struct bh_span rule_id)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM site_rule WHERE site = $1 AND rule_id = $2");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_text(stmt, 2, rule_id);
    return bh_stmt_run_or(stmt, BH_ERR_SITE_RULE_NOT_FOUND);
}
