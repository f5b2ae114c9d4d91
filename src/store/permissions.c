// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

#include "lib/json.h"

#define COLUMNS                                                                                              \
    "id, account, agent, permission_id, action, status, resource, scope, description, notes, "               \
    "template_name, "                                                                                        \
    "allowed_actions, blocked_actions, constraints, requires_approval, last_used_at, created_at, "           \
    "updated_at, grant_minutes"

enum bh_err bh_permission_create(
    struct bh_db *db, const struct bh_permission_record *permission, int64_t *ret_id)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO permission (account, agent, permission_id, action, status, resource, scope, "
        "description, "
        "notes, template_name, allowed_actions, blocked_actions, constraints, requires_approval, created_at, "
        "updated_at, last_used_at, grant_minutes) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, 0, $16) RETURNING "
        "id");
    bh_stmt_bind_int(stmt, 1, permission->account);
    bh_stmt_bind_int(stmt, 2, permission->agent);
    const struct bh_span texts[] = {permission->permission_id, permission->action, permission->status,
        permission->resource, permission->scope, permission->description, permission->notes,
        permission->template_name, permission->allowed_actions, permission->blocked_actions,
        permission->constraints};
    for (size_t i = 0; i < BH_COUNT(texts); i++)
        bh_stmt_bind_text(stmt, 3 + (int)i, texts[i]);
    bh_stmt_bind_int(stmt, 14, permission->requires_approval);
    bh_stmt_bind_int(stmt, 15, permission->created_at);
    bh_stmt_bind_int(stmt, 16, permission->grant_minutes);
    return bh_stmt_one_int(stmt, ret_id);
}

static enum bh_err read_record(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_permission)
{
    struct bh_permission_record permission = {
        .id = bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .agent = bh_stmt_int(stmt, 2),
        .requires_approval = bh_stmt_int(stmt, 14) != 0,
        .last_used_at = bh_stmt_int(stmt, 15),
        .created_at = bh_stmt_int(stmt, 16),
        .updated_at = bh_stmt_int(stmt, 17),
        .grant_minutes = bh_stmt_int(stmt, 18),
    };
    struct bh_span *const texts[] = {&permission.permission_id, &permission.action, &permission.status,
        &permission.resource, &permission.scope, &permission.description, &permission.notes,
        &permission.template_name, &permission.allowed_actions, &permission.blocked_actions,
        &permission.constraints};
    enum bh_err err = bh_stmt_copy_texts(stmt, 3, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_permission_record *)ret_permission = permission;
    return err;
}

enum bh_err bh_permission_find(struct bh_db *db, int64_t account, struct bh_span permission_id,
    struct bh_arena *arena, struct bh_permission_record *ret_permission)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT " COLUMNS " FROM permission WHERE permission_id = $1 AND account = $2");
    bh_stmt_bind_text(stmt, 1, permission_id);
    bh_stmt_bind_int(stmt, 2, account);
    enum bh_err err = bh_stmt_read_one(stmt, read_record, arena, ret_permission);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_PERMISSION_NOT_FOUND : err;
}

/* `sql` takes the agent and the limit. */
static enum bh_err list(struct bh_db *db, const char *sql, int64_t agent, size_t limit,
    struct bh_arena *arena, struct bh_permission_record **ret_permissions, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_permission_record), read_record};
    void *permissions = NULL;
    struct bh_stmt *stmt = bh_db_statement(db, sql);
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &permissions, ret_count);
    if (err == BH_OK)
        *ret_permissions = permissions;
    return err;
}

enum bh_err bh_permission_list(struct bh_db *db, int64_t agent, size_t limit, struct bh_arena *arena,
    struct bh_permission_record **ret_permissions, size_t *ret_count)
{
    /* Two walks along an index, so that thousands of revoked ones cost nothing. */
    return list(db,
        "SELECT " COLUMNS " FROM permission WHERE id IN (SELECT id FROM ("
        "SELECT * FROM (SELECT id, 0 AS place, created_at, permission_id FROM permission "
        "WHERE agent = $1 AND status = 'active' "
        "ORDER BY created_at DESC, permission_id DESC LIMIT $2) AS held "
        "UNION ALL "
        "SELECT * FROM (SELECT id, 1 AS place, created_at, permission_id FROM permission "
        "WHERE agent = $1 AND status <> 'active' "
        "ORDER BY created_at DESC, permission_id DESC LIMIT $2) AS gone) AS known "
        "ORDER BY place, created_at DESC, permission_id DESC LIMIT $2) "
        "ORDER BY created_at DESC, permission_id DESC",
        agent, limit, arena, ret_permissions, ret_count);
}

enum bh_err bh_permission_list_active(struct bh_db *db, int64_t agent, struct bh_arena *arena,
    struct bh_permission_record **ret_permissions, size_t *ret_count)
{
    size_t count = 0;
    enum bh_err err = bh_permission_count_active(db, agent, &count);
    if (err != BH_OK)
        return err;
    return list(db,
        "SELECT " COLUMNS " FROM permission WHERE agent = $1 AND status = 'active' "
        "ORDER BY created_at DESC, permission_id DESC LIMIT $2",
        agent, count, arena, ret_permissions, ret_count);
}

enum bh_err bh_permission_count_active(struct bh_db *db, int64_t agent, size_t *ret_count)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT count(*) FROM permission WHERE agent = $1 AND status = 'active'");
    bh_stmt_bind_int(stmt, 1, agent);
    return bh_stmt_one_size(stmt, ret_count);
}

enum bh_err bh_permission_read_posture(
    struct bh_db *db, int64_t agent, struct bh_permission_posture *ret_posture)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT coalesce(sum(CASE WHEN status = 'active' THEN 1 ELSE 0 END), 0), "
        "coalesce(sum(CASE WHEN status = 'active' AND requires_approval <> 0 THEN 1 ELSE 0 END), 0), "
        "coalesce(sum(CASE WHEN status = 'revoked' THEN 1 ELSE 0 END), 0) "
        "FROM permission WHERE agent = $1");
    bh_stmt_bind_int(stmt, 1, agent);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    *ret_posture =
        (struct bh_permission_posture){bh_stmt_int(stmt, 0), bh_stmt_int(stmt, 1), bh_stmt_int(stmt, 2)};
    bh_stmt_end(stmt);
    return BH_OK;
}

enum bh_err bh_permission_active_size(struct bh_db *db, int64_t agent, size_t *ret_bytes)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT coalesce(sum(length(CAST(action AS BLOB)) + coalesce(length(CAST(resource AS BLOB)), 0) + "
        "length(CAST(allowed_actions AS BLOB)) + length(CAST(blocked_actions AS BLOB)) + "
        "length(CAST(constraints AS BLOB))), 0) FROM permission WHERE agent = $1 AND status = 'active'");
    bh_stmt_bind_int(stmt, 1, agent);
    return bh_stmt_one_size(stmt, ret_bytes);
}

enum bh_err bh_permission_revoke(struct bh_db *db, int64_t permission, int64_t now_ms, bool *ret_changed)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE permission SET status = 'revoked', updated_at = $2 WHERE id = $1 AND status <> 'revoked'");
    bh_stmt_bind_int(stmt, 1, permission);
    bh_stmt_bind_int(stmt, 2, now_ms);
    enum bh_err err = bh_stmt_run(stmt);
    if (err == BH_OK)
        *ret_changed = bh_db_changes(db) > 0;
    return err;
}

enum bh_err bh_permission_touch(struct bh_db *db, struct bh_span permission_id, int64_t used_at_ms)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "UPDATE permission SET last_used_at = $2 WHERE permission_id = $1 AND last_used_at < $2");
    bh_stmt_bind_text(stmt, 1, permission_id);
    bh_stmt_bind_int(stmt, 2, used_at_ms);
    return bh_stmt_run(stmt);
}

/* ---- policy ---------------------------------------------------------------------------------------------
 */

static enum bh_err read_list(
    struct bh_stmt *stmt, int column, struct bh_arena *arena, struct bh_span_list *ret_list)
{
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    struct bh_span text = bh_stmt_text(stmt, column);
    if (bh_span_equal(text, BH_SPAN("[]"))) {
        *ret_list = (struct bh_span_list){NULL, 0};
        return BH_OK;
    }
    enum bh_err err = bh_json_parse(text, &json);
    if (err != BH_OK)
        return BH_ERR_STORE_CORRUPT;
    return bh_permission_read_list(json, arena, ret_list);
}

static enum bh_err read_constraints(
    struct bh_stmt *stmt, int column, struct bh_arena *arena, struct bh_permission *permission)
{
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    enum bh_err err = bh_json_parse_object(bh_stmt_text(stmt, column), &json);
    if (err != BH_OK) /* a permission whose limits cannot be read must not become one without limits */
        return err == BH_ERR_NO_MEMORY ? err : BH_ERR_STORE_CORRUPT;
    return bh_permission_read_constraints(json, arena, permission);
}

/* What was not written by this program must not become a grant without end. */
static uint16_t grant_minutes(int64_t stored)
{
    return stored < 0 || stored > BH_GRANT_MINUTES_MAX ? 0 : (uint16_t)stored;
}

static enum bh_err read_policy(
    struct bh_stmt *stmt, struct bh_arena *arena, struct bh_permission *ret_permission)
{
    struct bh_permission permission = {
        .requires_approval = bh_stmt_int(stmt, 3) != 0,
        .created_at_ms = bh_stmt_int(stmt, 4),
        .status = bh_permission_status_from(bh_stmt_text(stmt, 5)),
        .grant_minutes = grant_minutes(bh_stmt_int(stmt, 9)),
    };
    enum bh_err err = bh_stmt_copy_text(stmt, 0, arena, &permission.permission_id);
    if (err == BH_OK)
        err = bh_stmt_copy_text(stmt, 1, arena, &permission.action);
    if (err == BH_OK)
        err = bh_stmt_copy_text(stmt, 2, arena, &permission.resource);
    if (err == BH_OK)
        err = read_list(stmt, 6, arena, &permission.allowed_actions);
    if (err == BH_OK)
        err = read_list(stmt, 7, arena, &permission.blocked_actions);
    if (err == BH_OK)
        err = read_constraints(stmt, 8, arena, &permission);
    if (err == BH_OK)
        *ret_permission = permission;
    return err;
}

#define POLICY_COLUMNS                                                                                       \
    "permission_id, action, resource, requires_approval, created_at, status, allowed_actions, "              \
    "blocked_actions, constraints, grant_minutes"
#define POLICY_ROWS                                                                                          \
    "SELECT " POLICY_COLUMNS " FROM permission WHERE agent = $1 AND status = 'active' UNION ALL "            \
    "SELECT " POLICY_COLUMNS " FROM (SELECT " POLICY_COLUMNS " FROM permission WHERE agent = $1 AND "        \
    "status = 'revoked' ORDER BY created_at DESC, permission_id DESC LIMIT $2) AS revoked"

static enum bh_err count_policy(struct bh_db *db, int64_t agent, size_t *ret_count)
{
    size_t revoked;
    enum bh_err err = bh_permission_count_active(db, agent, ret_count);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT count(*) FROM (SELECT 1 FROM permission WHERE agent = "
                                               "$1 AND status = 'revoked' LIMIT $2) AS r");
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_int(stmt, 2, BH_REVOKED_KEPT);
    err = bh_stmt_one_size(stmt, &revoked);
    if (err == BH_OK)
        *ret_count += revoked;
    return err;
}

static enum bh_err read_policies(
    struct bh_db *db, int64_t agent, struct bh_arena *arena, struct bh_permission *permissions, size_t count)
{
    size_t read = 0;
    struct bh_stmt *stmt = bh_db_statement(db, POLICY_ROWS);
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_int(stmt, 2, BH_REVOKED_KEPT);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        err = read < count ? read_policy(stmt, arena, &permissions[read++]) : BH_ERR_INTERNAL;
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
    }
    if (err != BH_ERR_NOT_FOUND)
        return err;
    return read == count ? BH_OK : BH_ERR_INTERNAL;
}

/* In one view, so that counting and reading see the same permissions. */
static enum bh_err load_policy(struct bh_db *db, int64_t agent, struct bh_arena *arena,
    struct bh_permission **ret_permissions, size_t *ret_count)
{
    size_t count;
    enum bh_err err = count_policy(db, agent, &count);
    if (err != BH_OK)
        return err;
    struct bh_permission *permissions = bh_arena_alloc(arena, count * sizeof(*permissions));
    if (permissions == NULL)
        return BH_ERR_NO_MEMORY;
    err = read_policies(db, agent, arena, permissions, count);
    if (err != BH_OK)
        return err;
    bh_permission_sort(permissions, count);
    *ret_permissions = permissions;
    *ret_count = count;
    return BH_OK;
}

enum bh_err bh_permission_load_policy(struct bh_db *db, int64_t agent, struct bh_arena *arena,
    struct bh_permission **ret_permissions, size_t *ret_count)
{
    bool mine = !db->in_transaction;
    enum bh_err err = mine ? bh_db_begin_read(db) : BH_OK;
    if (err != BH_OK)
        return err;
    err = load_policy(db, agent, arena, ret_permissions, ret_count);
    if (mine)
        bh_db_rollback(db);
    return err;
}
