// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/agents.h"
#include "http/agent_fields.h"
#include "http/credentials.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/timefmt.h"
#include "store/reader.h"

#define SHOWN_AGENTS 1000
#define SHOWN_PERMISSIONS 250
#define POSTURE_DAYS 7

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

/* ---- one agent ---- */

struct view {
    struct bh_principal principal;
    struct bh_agent_record agent;
    struct bh_permission_record *permissions;
    size_t count;
    struct bh_permission_posture posture;
    struct bh_audit_counts decisions;
    int64_t since;
};

static enum bh_err load_view(struct bh_app *app, struct bh_exchange *exchange, struct view *view)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person_of_agent(
            app, exchange, reader.db, exchange->params[0], &view->principal, &view->agent);
    if (err == BH_OK)
        err = bh_permission_list(
            reader.db, view->agent.id, SHOWN_PERMISSIONS, &exchange->arena, &view->permissions, &view->count);
    if (err == BH_OK)
        err = bh_permission_read_posture(reader.db, view->agent.id, &view->posture);
    /* today and the whole days before it: what the day rows can tell without reading the log */
    view->since = (bh_clock_wall_ms() / BH_MS_PER_DAY - POSTURE_DAYS + 1) * BH_MS_PER_DAY;
    if (err == BH_OK)
        err = bh_audit_count_days(
            reader.db, view->agent.account, view->agent.id, view->since, 0, true, &view->decisions);
    return err;
}

static void add_posture(const struct view *view, struct bh_buf *out)
{
    const int64_t counts[] = {view->posture.active, view->posture.approval_gated, view->posture.revoked,
        view->decisions.denied - view->decisions.approval_required};
    static const char *const keys[] = {
        "activePermissions", "approvalGatedPermissions", "revokedPermissions", "recentDeniedActions"};
    bh_json_add_key(out, "securityPosture");
    bh_buf_add_char(out, '{');
    for (size_t i = 0; i < BH_COUNT(keys); i++) {
        bh_json_add_key(out, keys[i]);
        bh_buf_add_int(out, counts[i]);
    }
    bh_json_add_time_member(out, "recentDeniedSince", view->since);
    bh_buf_add_char(out, '}');
}

void bh_api_dashboard_agent_read(struct bh_app *app, struct bh_exchange *exchange)
{
    struct view view = {0};
    enum bh_err err = load_view(app, exchange, &view);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_key(body, "agent");
    bh_present_agent(&view.agent, body);
    bh_json_add_key(body, "permissions");
    bh_present_permissions(view.permissions, view.count, body);
    add_posture(&view, body);
    bh_json_add_key(body, "workspaceAuthority");
    bh_present_authority(view.principal.role, body);
    bh_buf_add_char(body, '}');
}

struct change {
    const json_t *object;
    struct bh_arena *arena;
    struct bh_agent_record *agent;
};

/* On what the agent is now, so that two changes at the same time do not undo each other. Decisions do not
 * depend on these fields: the policy stays what it was. */
static enum bh_err write_change(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    struct bh_agent_record agent;
    struct bh_span detail;
    enum bh_err err = bh_agent_find_by_id(context->db, change->agent->id, change->arena, &agent);
    if (err == BH_OK)
        err = bh_agent_fields_change(change->object, change->arena, &agent, &detail);
    if (err == BH_OK)
        err = bh_agent_update(context->db, &agent, context->now_ms);
    if (err != BH_OK)
        return err;
    agent.updated_at = context->now_ms;
    agent.last_used_at = change->agent->last_used_at;
    *change->agent = agent;
    return BH_OK;
}

void bh_api_dashboard_agent_change(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_principal principal;
    struct bh_agent_record agent;
    enum bh_err err =
        bh_credential_require_caller_of_agent(app, exchange, exchange->params[0], &principal, &agent);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, bh_agent_fields_changeable, &object, &detail);
    if (err == BH_OK) { /* tried here first, where an error can name the field */
        struct bh_agent_record draft = agent;
        err = bh_agent_fields_change(object, &exchange->arena, &draft, &detail);
    }
    if (err == BH_OK) {
        struct change change = {object, &exchange->arena, &agent};
        err = bh_committer_run_for(app->committer, &principal.authority, write_change, NULL, &change);
    }
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"agent\":");
    bh_present_agent(&agent, body);
    bh_buf_add_char(body, '}');
}

static void set_status(
    struct bh_app *app, struct bh_exchange *exchange, const char *status, const char *answer)
{
    struct bh_principal principal;
    struct bh_agent_record agent;
    enum bh_err err =
        bh_credential_require_caller_of_agent(app, exchange, exchange->params[0], &principal, &agent);
    if (err == BH_OK)
        err = bh_agents_set_status(app, &principal.authority, &agent, status);
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
    struct bh_principal principal;
    struct bh_agent_record agent;
    char key[BH_SECRET_TEXT];
    enum bh_err err =
        bh_credential_require_caller_of_agent(app, exchange, exchange->params[0], &principal, &agent);
    if (err == BH_OK)
        err = bh_agents_rotate_key(app, &principal.authority, &agent, key);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "agentId", agent.agent_id);
    bh_json_add_text_member(body, "apiKey", bh_span_from(key));
    bh_buf_add_char(body, '}');
    bh_wipe(key, sizeof(key));
}
