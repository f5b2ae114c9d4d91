// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include <math.h>
#include <string.h>

#include "app/agents.h"
#include "core/path.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/timefmt.h"
#include "store/reader.h"

#define CONSTRAINTS_LIMIT (2u << 20)

/* A request to create a permission, while its fields are read. */
struct draft {
    struct bh_arena *arena;
    struct bh_span agent_id;
    struct bh_permission_record permission;
    struct bh_span detail; /* names the field of an error */
};

static enum bh_err fail(struct draft *draft, enum bh_err err, const char *field)
{
    draft->detail = bh_span_from(field);
    return err;
}

/* ---- constraints ---- */

struct list_rule {
    const char *key;
    size_t units;
    bool is_path;
};

static const struct list_rule constraint_lists[] = {
    {"allowedVendors", 200, false},
    {"allowedPaths", 500, true},
    {"deniedPaths", 500, true},
    {"deniedCommands", 500, false},
    {"allowedBranches", 200, false},
    {"deniedBranches", 200, false},
    {"allowedEnvironments", 80, false},
    {"deniedEnvironments", 80, false},
    {"allowedRepositories", 240, false},
    {"deniedRepositories", 240, false},
};

static enum bh_err check_path_patterns(struct draft *draft, const json_t *array, const char *key)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!bh_path_pattern_is_usable(bh_span_trim(bh_json_text(json_array_get(array, i)))))
            return fail(draft, BH_ERR_PATH_PATTERN, key);
    }
    return BH_OK;
}

static enum bh_err add_list(
    struct draft *draft, const json_t *constraints, const struct list_rule *rule, struct bh_buf *out)
{
    struct bh_span list;
    enum bh_err err =
        bh_fields_string_list(constraints, rule->key, rule->units, draft->arena, &list, &draft->detail);
    if (err == BH_OK && rule->is_path)
        err = check_path_patterns(draft, json_object_get(constraints, rule->key), rule->key);
    if (err != BH_OK || bh_span_is_absent(list))
        return err;
    bh_json_add_key(out, rule->key);
    bh_buf_add(out, list);
    return BH_OK;
}

static enum bh_err add_max_amount(const json_t *constraints, struct bh_buf *out)
{
    const json_t *value = json_object_get(constraints, "maxAmount");
    if (value == NULL || json_is_null(value))
        return BH_OK;
    double amount = json_number_value(value);
    if (!json_is_number(value) || !isfinite(amount) || amount < 0)
        return BH_ERR_AMOUNT;
    bh_json_add_key(out, "maxAmount");
    bh_json_add_number(out, amount);
    return BH_OK;
}

/* Stored in the one form that we write everywhere, whatever form it was sent in. */
static enum bh_err add_expires_at(const json_t *constraints, int64_t now_ms, struct bh_buf *out)
{
    const json_t *value = json_object_get(constraints, "expiresAt");
    int64_t expires_at;
    if (value == NULL || json_is_null(value))
        return BH_OK;
    if (!json_is_string(value))
        return BH_ERR_EXPIRES_TYPE;
    if (!bh_time_parse(bh_span_trim(bh_json_text(value)), &expires_at))
        return BH_ERR_EXPIRES_INVALID;
    if (expires_at <= now_ms)
        return BH_ERR_EXPIRES_PAST;
    bh_json_add_key(out, "expiresAt");
    bh_json_add_time_or_null(out, expires_at);
    return BH_OK;
}

static enum bh_err read_constraints(struct draft *draft, const json_t *body)
{
    const json_t *constraints = json_object_get(body, "constraints");
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, CONSTRAINTS_LIMIT);
    if (constraints != NULL && !json_is_null(constraints) && !json_is_object(constraints))
        return BH_ERR_CONSTRAINTS;
    bh_buf_add_char(&text, '{');
    enum bh_err err = add_max_amount(constraints, &text);
    if (err == BH_OK)
        err = add_expires_at(constraints, bh_clock_wall_ms(), &text);
    for (size_t i = 0; i < BH_COUNT(constraint_lists) && err == BH_OK; i++)
        err = add_list(draft, constraints, &constraint_lists[i], &text);
    bh_buf_add_char(&text, '}');
    if (err == BH_OK &&
        (text.failed || !bh_arena_copy(draft->arena, bh_buf_span(&text), &draft->permission.constraints)))
        err = BH_ERR_NO_MEMORY;
    return err;
}

/* ---- fields ---- */

static enum bh_err read_description(struct draft *draft, const json_t *body)
{
    const json_t *value = json_object_get(body, "description");
    if (value == NULL)
        return BH_OK;
    draft->permission.description = bh_span_trim(bh_json_text(value));
    if (draft->permission.description.len == 0)
        return fail(draft, BH_ERR_FIELD_EMPTY, "description");
    if (bh_span_utf16_length(draft->permission.description) > 240)
        return fail(draft, BH_ERR_TEXT_TOO_LONG_240, "description");
    return BH_OK;
}

static enum bh_err read_texts(struct draft *draft, const json_t *body)
{
    static const char *const templates[] = {
        "access_data", "create_content", "schedule", "purchase", "custom", NULL};
    struct bh_permission_record *permission = &draft->permission;
    enum bh_err err = read_description(draft, body);
    if (err == BH_OK)
        err = bh_fields_optional_text(
            body, "resource", 240, BH_ERR_TEXT_TOO_LONG_240, &permission->resource, &draft->detail);
    if (err == BH_OK)
        err = bh_fields_optional_text(
            body, "scope", 500, BH_ERR_TEXT_TOO_LONG_500, &permission->scope, &draft->detail);
    if (err == BH_OK)
        err = bh_fields_optional_text(
            body, "notes", 800, BH_ERR_TEXT_TOO_LONG_800, &permission->notes, &draft->detail);
    if (err == BH_OK)
        err =
            bh_fields_choice(body, "template", templates, NULL, BH_ERR_TEMPLATE, &permission->template_name);
    return err;
}

static enum bh_err read_lists(struct draft *draft, const json_t *body)
{
    struct bh_permission_record *permission = &draft->permission;
    const json_t *requires_approval = json_object_get(body, "requiresApproval");
    enum bh_err err = bh_fields_string_list(
        body, "allowedActions", 160, draft->arena, &permission->allowed_actions, &draft->detail);
    if (err == BH_OK)
        err = bh_fields_string_list(
            body, "blockedActions", 160, draft->arena, &permission->blocked_actions, &draft->detail);
    if (err == BH_OK && requires_approval != NULL && !json_is_boolean(requires_approval))
        err = fail(draft, BH_ERR_BOOLEAN, "requiresApproval");
    permission->requires_approval = json_is_true(requires_approval);
    if (bh_span_is_absent(permission->allowed_actions))
        permission->allowed_actions = BH_SPAN("[]");
    if (bh_span_is_absent(permission->blocked_actions))
        permission->blocked_actions = BH_SPAN("[]");
    return err;
}

/* How long an approved request may be used. */
static enum bh_err read_grant_minutes(struct draft *draft, const json_t *body)
{
    const json_t *value = json_object_get(body, "approvalGrantMinutes");
    double minutes = json_number_value(value);
    if (value == NULL || json_is_null(value))
        return BH_OK;
    if (!json_is_number(value) || !(minutes >= 1 && minutes <= BH_GRANT_MINUTES_MAX) ||
        minutes != floor(minutes))
        return BH_ERR_GRANT_MINUTES;
    draft->permission.grant_minutes = (int64_t)minutes;
    return BH_OK;
}

/* ---- who may ---- */

/* The agent's own key, where the server was told to take it. Its use is logged. */
static enum bh_err find_own_agent(struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db,
    struct bh_span agent_id, struct bh_agent_record *ret_agent)
{
    struct bh_agent_record agent;
    enum bh_err err = bh_credential_require_agent(app, exchange, db, agent_id, &agent);
    if (err != BH_OK)
        return err;
    if (!app->config->agent_self_permissions) {
        exchange->authenticated = false;
        return BH_ERR_AUTHORITY;
    }
    bh_log(BH_LOG_WARN, "an agent changes its own permissions", "agentId", agent.agent_id.data, NULL);
    *ret_agent = agent;
    return BH_OK;
}

static enum bh_err find_agent_of_person(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_span agent_id, struct bh_principal *ret_principal, struct bh_agent_record *ret_agent)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err != BH_OK)
        return err;
    return bh_credential_require_person_of_agent(
        app, exchange, reader.db, agent_id, ret_principal, ret_agent);
}

/* The agent, if the caller may grant it permissions. No principal for the agent itself. */
static enum bh_err find_granted_agent(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_span agent_id, struct bh_principal *ret_principal, struct bh_agent_record *ret_agent)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    if (bh_credential_is_personal(exchange) ||
        bh_span_is_absent(bh_credential_bearer(exchange, BH_SPAN("bhf_sk_"))))
        return find_agent_of_person(app, exchange, agent_id, ret_principal, ret_agent);
    enum bh_err err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? find_own_agent(app, exchange, reader.db, agent_id, ret_agent) : err;
}

/* ---- create ---- */

#define PERMISSION_KEYS                                                                                      \
    "action", "description", "resource", "scope", "allowedActions", "blockedActions", "requiresApproval",    \
        "approvalGrantMinutes", "notes", "template", "constraints"

static enum bh_err read_action(struct draft *draft, const json_t *body)
{
    return bh_fields_required_text(
        body, "action", 80, BH_ERR_ACTION_TOO_LONG, &draft->permission.action, &draft->detail);
}

static void reply_created(struct bh_exchange *exchange, struct bh_span permission_id, enum bh_role role)
{
    struct bh_buf *body = bh_reply_json(exchange, 201);
    bh_buf_add_char(body, '{');
    bh_json_add_key(body, "permissionId");
    bh_json_add_string(body, permission_id);
    bh_buf_add_text(body, ",\"status\":\"active\",\"requiredAuthorityLevel\":null,\"workspaceAuthority\":");
    bh_present_authority(role, body);
    bh_buf_add_char(body, '}');
}

/* The fields but the agent and the action, then the permission itself. */
static enum bh_err grant(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, const json_t *body, struct draft *draft,
    char ret_permission_id[static BH_ID_TEXT])
{
    enum bh_err err = read_texts(draft, body);
    if (err == BH_OK)
        err = read_lists(draft, body);
    if (err == BH_OK)
        err = read_grant_minutes(draft, body);
    if (err == BH_OK)
        err = read_constraints(draft, body);
    return err == BH_OK ? bh_permissions_grant(app, authority, agent, &draft->permission, ret_permission_id)
                        : err;
}

void bh_api_permission_create(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"agentId", PERMISSION_KEYS, NULL};
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct draft draft = {.arena = &exchange->arena};
    struct bh_agent_record agent;
    struct bh_principal principal = {0};
    char permission_id[BH_ID_TEXT];
    enum bh_err err = bh_fields_parse(exchange, keys, &body, &draft.detail);
    if (err == BH_OK)
        err = bh_fields_required_text(
            body, "agentId", 80, BH_ERR_AGENT_ID_TOO_LONG, &draft.agent_id, &draft.detail);
    if (err == BH_OK)
        err = read_action(&draft, body);
    if (err == BH_OK)
        err = find_granted_agent(app, exchange, draft.agent_id, &principal, &agent);
    if (err == BH_OK)
        err = grant(app, bh_credential_authority(exchange, &principal), &agent, body, &draft, permission_id);
    if (err == BH_OK)
        reply_created(exchange, bh_span_from(permission_id), principal.role);
    else
        bh_reply_refusal(exchange, err, draft.detail);
}

/* As above, by people alone, for the agent of the path. */
void bh_api_dashboard_permission_create(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {PERMISSION_KEYS, NULL};
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct draft draft = {.arena = &exchange->arena};
    struct bh_agent_record agent;
    struct bh_principal principal = {0};
    char permission_id[BH_ID_TEXT];
    enum bh_err err = find_agent_of_person(app, exchange, exchange->params[0], &principal, &agent);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &body, &draft.detail);
    if (err == BH_OK)
        err = read_action(&draft, body);
    if (err == BH_OK)
        err = grant(app, bh_credential_authority(exchange, &principal), &agent, body, &draft, permission_id);
    if (err == BH_OK)
        reply_created(exchange, bh_span_from(permission_id), principal.role);
    else
        bh_reply_error(exchange, err, draft.detail);
}

/* ---- revoke ---- */

/* The permission of the path and its agent, if the caller may revoke it. */
static enum bh_err find_revocable(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_principal *ret_principal, struct bh_agent_record *ret_agent,
    struct bh_permission_record *ret_permission)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal = {0};
    struct bh_permission_record permission;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err != BH_OK)
        return err;
    struct bh_span key = bh_credential_bearer(exchange, BH_SPAN("bhf_sk_"));
    bool by_agent = !bh_credential_is_personal(exchange) && !bh_span_is_absent(key);
    struct bh_agent_record agent;
    if (by_agent) {
        struct bh_sha256 hash = bh_sha256(key);
        err = bh_agent_find_by_key(reader.db, &hash, &exchange->arena, &agent);
        if (err == BH_ERR_NOT_FOUND)
            return BH_ERR_AGENT_AUTH_REQUIRED;
        if (err == BH_OK)
            err = find_own_agent(app, exchange, reader.db, agent.agent_id, &agent);
        principal.account = err == BH_OK ? agent.account : 0;
    } else {
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    }
    if (err == BH_OK)
        err = bh_permission_find(
            reader.db, principal.account, exchange->params[0], &exchange->arena, &permission);
    if (err == BH_OK && by_agent && permission.agent != agent.id)
        err = BH_ERR_PERMISSION_NOT_FOUND;
    if (err == BH_OK)
        err = bh_agent_find_by_id(reader.db, permission.agent, &exchange->arena, ret_agent);
    if (err == BH_OK) {
        *ret_principal = principal;
        *ret_permission = permission;
    }
    return err;
}

void bh_api_permission_revoke(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_principal principal;
    struct bh_agent_record agent;
    struct bh_permission_record permission;
    enum bh_err err = find_revocable(app, exchange, &principal, &agent, &permission);
    if (err == BH_OK)
        err = bh_permissions_revoke(app, bh_credential_authority(exchange, &principal), &agent, &permission);
    if (err == BH_OK)
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"revoked\":true}");
    else
        bh_reply_refusal(exchange, err, BH_ABSENT);
}

/* As above, by people alone, where the path names the agent too. */
void bh_api_dashboard_permission_revoke(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_agent_record agent;
    struct bh_permission_record permission;
    struct bh_principal principal;
    enum bh_err err = find_agent_of_person(app, exchange, exchange->params[0], &principal, &agent);
    if (err == BH_OK)
        err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err =
            bh_permission_find(reader.db, agent.account, exchange->params[1], &exchange->arena, &permission);
    if (err == BH_OK && permission.agent != agent.id)
        err = BH_ERR_PERMISSION_NOT_FOUND;
    bh_reader_close(&reader);
    if (err == BH_OK)
        err = bh_permissions_revoke(app, bh_credential_authority(exchange, &principal), &agent, &permission);
    if (err == BH_OK)
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"revoked\":true}");
    else
        bh_reply_error(exchange, err, BH_ABSENT);
}
