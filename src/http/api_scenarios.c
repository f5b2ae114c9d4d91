// SPDX-License-Identifier: Apache-2.0
/*
 * The demonstration: anybody may ask, and the core decides as it does for agents. There is no account behind
 * it, so there is no log to record it in.
 */
#include "http/handlers.h"

#include "app/app.h"
#include "http/fields.h"
#include "http/reply.h"
#include "http/route.h"
#include "http/scenarios.h"
#include "lib/clock.h"
#include "lib/random.h"

#define PER_MINUTE 20

/* Goes on with an object that was begun. */
static void add_scenario(const struct bh_scenario *scenario, struct bh_buf *out)
{
    bh_json_add_text_member(out, "label", scenario->label);
    bh_json_add_text_member(out, "action", scenario->action);
    bh_json_add_text_member(out, "vendor", scenario->vendor);
    bh_json_add_text_member(out, "description", scenario->description);
    bh_buf_add_char(out, '}');
}

void bh_api_demo_scenarios(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"scenarios\":[");
    for (size_t i = 0; i < app->scenarios->count; i++) {
        bh_json_add_separator(body);
        bh_buf_add_char(body, '{');
        bh_json_add_text_member(body, "scenarioId", app->scenarios->items[i].scenario_id);
        add_scenario(&app->scenarios->items[i], body);
    }
    bh_buf_add_text(body, "]}");
    bh_reply_cache(exchange, "public, max-age=300");
    bh_reply_check(exchange);
}

static void add_permission(const struct bh_permission *permission, struct bh_buf *out)
{
    if (permission == NULL) {
        bh_buf_add_text(out, "null");
        return;
    }
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "permissionId", permission->permission_id);
    bh_json_add_text_member(out, "action", permission->action);
    bh_json_add_text_member(out, "resource", permission->resource);
    bh_json_add_bool_member(out, "requiresApproval", permission->requires_approval);
    bh_json_add_key(out, "blockedActions");
    bh_buf_add_char(out, '[');
    for (size_t i = 0; i < permission->blocked_actions.count; i++) {
        bh_json_add_separator(out);
        bh_json_add_string(out, permission->blocked_actions.items[i]);
    }
    bh_buf_add_text(out, "]}");
}

static void reply_decision(struct bh_exchange *exchange, const struct bh_scenario *scenario,
    const struct bh_decision *decision, int64_t now_ms)
{
    char request_id[BH_ID_TEXT];
    bh_random_id("req", request_id);
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "requestId", bh_span_from(request_id));
    bh_json_add_bool_member(body, "allowed", decision->outcome == BH_ALLOW);
    bh_json_add_bool_member(body, "approvalRequired", decision->outcome == BH_NEEDS_APPROVAL);
    bh_json_add_text_member(body, "reason", bh_span_from(bh_reason_text(decision->reason)));
    bh_json_add_text_member(body, "risk", bh_span_from(bh_risk_text(decision->risk)));
    bh_json_add_time_member(body, "timestamp", now_ms);
    bh_json_add_text_member(body, "scenarioId", scenario->scenario_id);
    bh_json_add_bool_member(body, "demo", true);
    bh_json_add_key(body, "scenario");
    bh_buf_add_char(body, '{');
    add_scenario(scenario, body);
    bh_json_add_key(body, "request");
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "action", scenario->action);
    bh_json_add_text_member(body, "vendor", scenario->vendor);
    bh_buf_add_char(body, '}');
    bh_json_add_key(body, "permission");
    add_permission(decision->permission, body);
    bh_buf_add_char(body, '}');
}

/* *ret_detail lives as long as `object`. */
static enum bh_err read_scenario(const struct bh_scenarios *scenarios, const json_t *object,
    const struct bh_scenario **ret_scenario, struct bh_span *ret_detail)
{
    struct bh_span id = BH_ABSENT;
    enum bh_err err =
        bh_fields_required_text(object, "scenarioId", BH_BODY_LIMIT, BH_ERR_SCENARIO, &id, ret_detail);
    if (err != BH_OK)
        return err;
    const struct bh_scenario *scenario = bh_scenarios_find(scenarios, id);
    if (scenario == NULL) {
        *ret_detail = id;
        return BH_ERR_SCENARIO;
    }
    *ret_scenario = scenario;
    return BH_OK;
}

void bh_api_demo_verify(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"scenarioId", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    const struct bh_scenario *scenario = NULL;
    if (!bh_route_within_fixed_limit(app, exchange, "demo", bh_route_caller(app, exchange), PER_MINUTE))
        return;
    enum bh_err err = bh_fields_parse(exchange, keys, &object, &detail);
    if (err == BH_OK)
        err = read_scenario(app->scenarios, object, &scenario, &detail);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    int64_t now_ms = bh_clock_wall_ms();
    struct bh_facts facts = {.action = scenario->action, .vendor = scenario->vendor};
    bh_facts_read_context(NULL, NULL, &facts);
    struct bh_decision decision = bh_decide(&app->scenarios->policy, &facts, now_ms, &exchange->arena);
    reply_decision(exchange, scenario, &decision, now_ms);
    bh_reply_check(exchange);
}
