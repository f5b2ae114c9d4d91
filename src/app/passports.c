// SPDX-License-Identifier: Apache-2.0
#include "app/passports.h"

#include "lib/json.h"

struct change {
    int64_t agent;
    struct bh_sha256 hash;
    struct bh_span preview;
};

static enum bh_err write_mint(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    return bh_agent_set_passport(context->db, change->agent, &change->hash, change->preview, context->now_ms);
}

enum bh_err bh_passports_mint(struct bh_app *app, const struct bh_authority *authority, int64_t agent,
    char ret_token[static BH_SECRET_TEXT], char ret_preview[static BH_TOKEN_PREVIEW_TEXT])
{
    bh_random_secret("bhf_pt_", ret_token);
    bh_bootstrap_token_preview(ret_token, ret_preview);
    struct change change = {agent, bh_sha256(bh_span_from(ret_token)), bh_span_from(ret_preview)};
    return bh_committer_run_for(app->committer, authority, write_mint, NULL, &change);
}

static enum bh_err write_revocation(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    return bh_agent_clear_passport(context->db, change->agent, context->now_ms);
}

enum bh_err bh_passports_revoke(struct bh_app *app, const struct bh_authority *authority, int64_t agent)
{
    struct change change = {.agent = agent};
    return bh_committer_run_for(app->committer, authority, write_revocation, NULL, &change);
}

/* ---- what it says ---- */

static enum bh_err read_list(struct bh_span json, struct bh_arena *arena, struct bh_span_list *ret_list)
{
    BH_CLEANUP(bh_json_release) json_t *array = NULL;
    enum bh_err err = json.len == 0 ? BH_OK : bh_json_parse(json, &array);
    return err == BH_OK ? bh_permission_read_list(array, arena, ret_list) : err;
}

/* What a decision would read from them. */
static enum bh_err read_constraints(
    struct bh_span json, struct bh_arena *arena, struct bh_permission *ret_permission)
{
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    enum bh_err err = json.len == 0 ? BH_OK : bh_json_parse_object(json, &object);
    return err == BH_OK ? bh_permission_read_constraints(object, arena, ret_permission) : err;
}

/* A vendor list that only repeats the resource says nothing more. */
static bool has_hidden_limits(const struct bh_permission *limits, struct bh_span resource)
{
    const struct bh_permission_rules *rules = limits->rules;
    const struct bh_span_list vendors = limits->allowed_vendors;
    const struct bh_span_list lists[] = {rules->allowed_branches, rules->denied_branches,
        rules->allowed_environments, rules->denied_environments, rules->allowed_repositories,
        rules->denied_repositories, rules->allowed_paths, rules->denied_paths, rules->denied_commands};
    for (size_t i = 0; i < BH_COUNT(lists); i++) {
        if (lists[i].count > 0)
            return true;
    }
    return vendors.count > 1 || (vendors.count == 1 && !bh_span_equal(vendors.items[0], resource));
}

/* *ret_counts is false for a permission that allows nothing (any more). */
static enum bh_err read_scope(const struct bh_permission_record *record, int64_t now_ms,
    struct bh_arena *arena, struct bh_passport_scope *ret_scope, bool *ret_counts)
{
    struct bh_permission limits = {0};
    struct bh_passport_scope scope = {.action = record->action,
        .resource = record->resource,
        .scope = record->scope,
        .description = record->description,
        .template_name = record->template_name,
        .requires_approval = record->requires_approval};
    enum bh_err err = read_list(record->allowed_actions, arena, &scope.allowed_actions);
    if (err == BH_OK)
        err = read_list(record->blocked_actions, arena, &scope.blocked_actions);
    if (err == BH_OK)
        err = read_constraints(record->constraints, arena, &limits);
    if (err != BH_OK) /* nor would a decision be made on it */
        return err == BH_ERR_NO_MEMORY ? err : BH_ERR_STORE_CORRUPT;
    scope.has_max_amount = limits.has_max_amount;
    scope.max_amount = limits.max_amount;
    scope.has_hidden_limits = has_hidden_limits(&limits, record->resource);
    scope.expires_at = limits.has_expires_at ? limits.expires_at_ms : 0;
    *ret_scope = scope;
    *ret_counts = !limits.malformed && !(limits.has_expires_at && limits.expires_at_ms <= now_ms);
    return BH_OK;
}

static enum bh_err load_scopes(
    struct bh_db *db, int64_t agent, int64_t now_ms, struct bh_arena *arena, struct bh_passport *passport)
{
    struct bh_permission_record *records = NULL;
    size_t count = 0;
    enum bh_err err = bh_permission_list_active(db, agent, arena, &records, &count);
    if (err != BH_OK)
        return err;
    struct bh_passport_scope *scopes = bh_arena_alloc(arena, (count + 1) * sizeof(*scopes));
    if (scopes == NULL)
        return BH_ERR_NO_MEMORY;
    for (size_t i = 0; i < count && err == BH_OK; i++) {
        bool counts = false;
        err = read_scope(&records[i], now_ms, arena, &scopes[passport->scope_count], &counts);
        passport->scope_count += err == BH_OK && counts ? 1 : 0;
    }
    passport->scopes = scopes;
    return err;
}

enum bh_err bh_passports_load(struct bh_db *db, const struct bh_agent_record *agent, int64_t now_ms,
    struct bh_arena *arena, struct bh_passport *ret_passport)
{
    struct bh_passport passport = {.agent_id = agent->agent_id,
        .name = agent->name,
        .agent_type = agent->agent_type,
        .provider = agent->provider,
        .connection_status = agent->connection_status,
        .description = agent->description};
    enum bh_err err = read_list(agent->guidelines, arena, &passport.guidelines);
    if (err == BH_OK && bh_span_equal(agent->status, BH_SPAN("active")))
        err = load_scopes(db, agent->id, now_ms, arena, &passport);
    if (err == BH_OK)
        *ret_passport = passport;
    return err;
}
