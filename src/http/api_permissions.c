// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/agents.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/permission_fields.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "store/reader.h"

/* A request to create a permission, while its fields are read. */
struct draft {
    struct bh_span agent_id;
    struct bh_permission_record permission;
    struct bh_span detail; /* names the field of an error */
};

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

/* The agent, if the caller may grant it permissions. No principal for the agent itself. */
static enum bh_err find_granted_agent(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_span agent_id, struct bh_principal *ret_principal, struct bh_agent_record *ret_agent)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    if (bh_credential_is_personal(exchange) ||
        bh_span_is_absent(bh_credential_bearer(exchange, BH_SPAN("bhf_sk_"))))
        return bh_credential_require_caller_of_agent(app, exchange, agent_id, ret_principal, ret_agent);
    enum bh_err err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? find_own_agent(app, exchange, reader.db, agent_id, ret_agent) : err;
}

/* ---- create ---- */

static void reply_created(struct bh_exchange *exchange, struct bh_span permission_id, enum bh_role role)
{
    struct bh_buf *body = bh_reply_json(exchange, 201);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "permissionId", permission_id);
    bh_buf_add_text(body, ",\"status\":\"active\",\"requiredAuthorityLevel\":null,\"workspaceAuthority\":");
    bh_present_authority(role, body);
    bh_buf_add_char(body, '}');
}

/* The fields but the agent and the action, then the permission itself. */
static enum bh_err grant(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, const json_t *body, struct bh_arena *arena, struct draft *draft,
    char ret_permission_id[static BH_ID_TEXT])
{
    enum bh_err err =
        bh_permission_fields_read(body, bh_clock_wall_ms(), arena, &draft->permission, NULL, &draft->detail);
    return err == BH_OK ? bh_permissions_grant(app, authority, agent, &draft->permission, ret_permission_id)
                        : err;
}

void bh_api_permission_create(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"agentId", BH_PERMISSION_KEYS, NULL};
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct draft draft = {.agent_id = BH_ABSENT};
    struct bh_agent_record agent;
    struct bh_principal principal = {0};
    char permission_id[BH_ID_TEXT];
    enum bh_err err = bh_fields_parse(exchange, keys, &body, &draft.detail);
    if (err == BH_OK)
        err = bh_fields_required_text(
            body, "agentId", 80, BH_ERR_AGENT_ID_TOO_LONG, &draft.agent_id, &draft.detail);
    if (err == BH_OK)
        err = bh_permission_fields_read_action(body, &draft.permission, &draft.detail);
    if (err == BH_OK)
        err = find_granted_agent(app, exchange, draft.agent_id, &principal, &agent);
    if (err == BH_OK)
        err = grant(app, bh_credential_authority(exchange, &principal), &agent, body, &exchange->arena,
            &draft, permission_id);
    if (err == BH_OK)
        reply_created(exchange, bh_span_from(permission_id), principal.role);
    else
        bh_reply_refusal(exchange, err, draft.detail);
}

/* As above, by people alone, for the agent of the path. */
void bh_api_dashboard_permission_create(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {BH_PERMISSION_KEYS, NULL};
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct draft draft = {.agent_id = BH_ABSENT};
    struct bh_agent_record agent;
    struct bh_principal principal = {0};
    char permission_id[BH_ID_TEXT];
    enum bh_err err =
        bh_credential_require_caller_of_agent(app, exchange, exchange->params[0], &principal, &agent);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &body, &draft.detail);
    if (err == BH_OK)
        err = bh_permission_fields_read_action(body, &draft.permission, &draft.detail);
    if (err == BH_OK)
        err = grant(app, bh_credential_authority(exchange, &principal), &agent, body, &exchange->arena,
            &draft, permission_id);
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
    enum bh_err err =
        bh_credential_require_caller_of_agent(app, exchange, exchange->params[0], &principal, &agent);
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
