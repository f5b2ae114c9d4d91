// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/agents.h"
#include "http/credentials.h"
#include "http/present.h"
#include "http/reply.h"
#include "store/reader.h"

#define SHOWN_AGENTS 1000
#define SHOWN_PERMISSIONS 250

/* The agent of the path, if it is in the caller's account; another account's looks like none. */
static enum bh_err find_own_agent(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_agent_record *ret_agent)
{
    struct bh_principal principal;
    struct bh_agent_record agent;
    enum bh_err err = bh_credential_require_person(app, exchange, db, &principal);
    if (err != BH_OK)
        return err;
    err = bh_agent_find(db, exchange->params[0], &exchange->arena, &agent);
    if (err == BH_ERR_NOT_FOUND || (err == BH_OK && agent.account != principal.account))
        return BH_ERR_AGENT_NOT_FOUND;
    if (err == BH_OK)
        *ret_agent = agent;
    return err;
}

static enum bh_err load_own_agent(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_agent_record *ret_agent)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? find_own_agent(app, exchange, reader.db, ret_agent) : err;
}

void bh_api_dashboard_agent_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    struct bh_agent_record *agents = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = bh_agent_list(reader.db, principal.account, SHOWN_AGENTS, &exchange->arena, &agents, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"agents\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        bh_present_agent(&agents[i], body);
    }
    bh_buf_add_text(body, "]}");
}

void bh_api_dashboard_agent_read(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_agent_record agent;
    struct bh_permission_record *permissions = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = find_own_agent(app, exchange, reader.db, &agent);
    if (err == BH_OK)
        err = bh_permission_list(
            reader.db, agent.id, SHOWN_PERMISSIONS, &exchange->arena, &permissions, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_key(body, "agent");
    bh_present_agent(&agent, body);
    bh_json_add_key(body, "permissions");
    bh_present_permissions(permissions, count, body);
    bh_buf_add_char(body, '}');
}

static void set_status(
    struct bh_app *app, struct bh_exchange *exchange, const char *status, const char *answer)
{
    struct bh_agent_record agent;
    enum bh_err err = load_own_agent(app, exchange, &agent);
    if (err == BH_OK)
        err = bh_agents_set_status(app, &agent, status);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), answer);
}

void bh_api_dashboard_agent_enable(struct bh_app *app, struct bh_exchange *exchange)
{
    set_status(app, exchange, "active", "{\"enabled\":true}");
}

void bh_api_dashboard_agent_disable(struct bh_app *app, struct bh_exchange *exchange)
{
    set_status(app, exchange, "disabled", "{\"disabled\":true}");
}

void bh_api_dashboard_agent_rotate_key(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_agent_record agent;
    char key[BH_SECRET_TEXT];
    enum bh_err err = load_own_agent(app, exchange, &agent);
    if (err == BH_OK)
        err = bh_agents_rotate_key(app, &agent, key);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_key(body, "agentId");
    bh_json_add_string(body, agent.agent_id);
    bh_json_add_key(body, "apiKey");
    bh_json_add_string(body, bh_span_from(key));
    bh_buf_add_char(body, '}');
    bh_wipe(key, sizeof(key));
}
