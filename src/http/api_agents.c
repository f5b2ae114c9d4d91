// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/agents.h"
#include "core/boundary.h"
#include "http/agent_fields.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"

#define SHOWN_PERMISSIONS 50

/* ---- create ---- */

/* Who may make agents, and in whose account. Who is no person has just that. */
static enum bh_err find_creator(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_principal *ret_principal)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_account_record account;
    if (bh_credential_is_personal(exchange))
        return bh_credential_require_caller(app, exchange, ret_principal);
    if (!app->config->public_agent_creation && !bh_credential_is_setup_token(app, exchange))
        return BH_ERR_AGENT_CREATION_DISABLED;
    exchange->authenticated = true;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_account_first(reader.db, &exchange->arena, &account);
    if (err == BH_OK)
        *ret_principal = (struct bh_principal){.account = account.id};
    return err;
}

static void reply_with_key(struct bh_exchange *exchange, int status, const struct bh_agent_record *agent,
    const char *key, bool is_new)
{
    struct bh_buf *body = bh_reply_json(exchange, status);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "agentId", agent->agent_id);
    bh_json_add_text_member(body, "apiKey", bh_span_from(key));
    if (is_new) {
        bh_json_add_text_member(body, "agentType", agent->agent_type);
        bh_json_add_text_member(body, "provider", agent->provider);
    }
    bh_buf_add_char(body, '}');
}

struct new_agent {
    char agent_id[BH_ID_TEXT];
    char key[BH_SECRET_TEXT];
};

/* Reads the body and makes the agent. */
static enum bh_err create(struct bh_app *app, struct bh_exchange *exchange,
    const struct bh_principal *principal, struct bh_agent_record *agent, json_t **ret_object,
    struct new_agent *ret_new, struct bh_span *ret_detail)
{
    static const char *const keys[] = {"name", "agentType", "provider", "connectionStatus", "externalAgentId",
        "externalAgentLabel", "description", NULL};
    agent->account = principal->account;
    agent->status = BH_SPAN("active");
    agent->guidelines = BH_SPAN("[]");
    enum bh_err err = bh_fields_parse(exchange, keys, ret_object, ret_detail);
    if (err == BH_OK)
        err = bh_agent_fields_read(*ret_object, agent, ret_detail);
    if (err == BH_OK)
        err = bh_agents_create(
            app, bh_credential_authority(exchange, principal), agent, ret_new->agent_id, ret_new->key);
    return err;
}

void bh_api_agent_create(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_principal principal;
    struct bh_agent_record agent = {0};
    struct new_agent made;
    enum bh_err err = find_creator(app, exchange, &principal);
    if (err == BH_OK)
        err = create(app, exchange, &principal, &agent, &object, &made, &detail);
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, detail);
    else
        reply_with_key(exchange, 201, &agent, made.key, true);
    bh_wipe(made.key, sizeof(made.key));
}

/* As above, by people alone, who get the whole agent back. */
void bh_api_dashboard_agent_create(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_principal principal;
    struct bh_agent_record agent = {0};
    struct new_agent made;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = create(app, exchange, &principal, &agent, &object, &made, &detail);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 201);
    bh_buf_add_text(body, "{\"agent\":");
    agent.updated_at = agent.created_at;
    bh_present_agent(&agent, body);
    bh_json_add_text_member(body, "apiKey", bh_span_from(made.key));
    bh_buf_add_char(body, '}');
    bh_wipe(made.key, sizeof(made.key));
}

/* ---- read ---- */

struct agent_view {
    struct bh_agent_record agent;
    struct bh_permission_record *permissions;
    size_t permission_count;
};

static enum bh_err load_view(
    struct bh_app *app, struct bh_exchange *exchange, size_t limit, struct agent_view *view)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_agent(app, exchange, reader.db, exchange->params[0], &view->agent);
    if (err == BH_OK)
        err = bh_permission_list(
            reader.db, view->agent.id, limit, &exchange->arena, &view->permissions, &view->permission_count);
    return err;
}

void bh_api_agent_read(struct bh_app *app, struct bh_exchange *exchange)
{
    struct agent_view view = {0};
    enum bh_err err = load_view(app, exchange, SHOWN_PERMISSIONS, &view);
    if (err != BH_OK) {
        bh_reply_refusal(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_key(body, "agent");
    bh_present_agent(&view.agent, body);
    bh_json_add_key(body, "permissions");
    bh_present_permissions(view.permissions, view.permission_count, body);
    bh_buf_add_char(body, '}');
}

/* ---- rotate ---- */

void bh_api_agent_rotate_key(struct bh_app *app, struct bh_exchange *exchange)
{
    struct agent_view view = {0};
    char key[BH_SECRET_TEXT];
    enum bh_err err = load_view(app, exchange, 0, &view);
    if (err == BH_OK)
        err = bh_agents_rotate_key(app, NULL, &view.agent, key);
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, BH_ABSENT);
    else
        reply_with_key(exchange, 200, &view.agent, key, false);
    bh_wipe(key, sizeof(key));
}

/* ---- boundary ---- */

static enum bh_err load_boundary(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_agent_record *agent, struct bh_boundary_input *input)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_permission *permissions = NULL;
    struct bh_token_record token;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_agent(app, exchange, reader.db, exchange->params[0], agent);
    if (err == BH_OK && !bh_span_is_absent(bh_credential_developer_token(exchange))) {
        err = bh_credential_find_token(exchange, reader.db, &token);
        if (err == BH_OK && token.account != agent->account)
            err = BH_ERR_ACCOUNT_MISMATCH;
    }
    if (err == BH_OK)
        err = bh_permission_load_policy(
            reader.db, agent->id, &exchange->arena, &permissions, &input->permission_count);
    input->permissions = permissions;
    return err;
}

void bh_api_agent_boundary(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_agent_record agent;
    struct bh_boundary_input input = {0};
    BH_CLEANUP(bh_json_release) json_t *guidelines = NULL;
    enum bh_err err = load_boundary(app, exchange, &agent, &input);
    if (err == BH_OK && agent.guidelines.len > 0)
        err = bh_json_parse(agent.guidelines, &guidelines);
    if (err == BH_OK)
        err = bh_permission_read_list(guidelines, &exchange->arena, &input.guidelines);
    if (err != BH_OK) {
        bh_reply_refusal(exchange, err, BH_ABSENT);
        return;
    }
    input.agent_id = agent.agent_id;
    input.status = agent.status;
    input.name = agent.name;
    input.description = agent.description;
    bh_boundary_write(&input, bh_clock_wall_ms(), bh_reply_json(exchange, 200));
}
