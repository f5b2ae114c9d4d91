// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/agents.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/permission_fields.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/timefmt.h"
#include "store/reader.h"

#define KEY_UNITS 120

struct call {
    struct bh_app *app;
    struct bh_exchange *exchange;
    struct bh_principal principal;
    struct bh_agent_record agent;
    struct bh_replacement asked;
    json_t *body;
    struct bh_span detail; /* names the field of an error */
    char permission_id[BH_ID_TEXT];
};

static enum bh_err read_expected_time(const json_t *body, struct bh_replacement *asked)
{
    const json_t *value = json_object_get(body, "expectedUpdatedAt");
    if (value == NULL || json_is_null(value))
        return BH_OK;
    asked->has_expected_updated_at = true;
    return bh_time_parse(bh_span_trim(bh_json_text(value)), &asked->expected_updated_at)
               ? BH_OK
               : BH_ERR_EXPECTED_UPDATED_AT;
}

static enum bh_err read_key(const json_t *body, struct bh_replacement *asked)
{
    const json_t *value = json_object_get(body, "idempotencyKey");
    if (value == NULL || json_is_null(value))
        return BH_OK;
    asked->idempotency_key = bh_span_trim(bh_json_text(value));
    bool fits = asked->idempotency_key.len > 0 && bh_span_utf16_length(asked->idempotency_key) <= KEY_UNITS;
    return fits ? BH_OK : BH_ERR_REPLACEMENT_KEY_LENGTH;
}

static enum bh_err read_request(struct call *call)
{
    static const char *const keys[] = {BH_PERMISSION_KEYS, "expectedUpdatedAt", "idempotencyKey", NULL};
    enum bh_err err = bh_fields_parse(call->exchange, keys, &call->body, &call->detail);
    call->asked.permission_id = call->exchange->params[1];
    call->asked.body = call->exchange->body;
    if (err == BH_OK)
        err = read_key(call->body, &call->asked);
    return err == BH_OK ? read_expected_time(call->body, &call->asked) : err;
}

/* Who is asking and what for, and BH_ERR_NOT_FOUND unless the same was asked before. What has been done needs
 * no second look at its fields: a time that lay in the future then may have passed. */
static enum bh_err find_done(struct call *call)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(call->app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person_of_agent(
            call->app, call->exchange, reader.db, call->exchange->params[0], &call->principal, &call->agent);
    if (err == BH_OK)
        err = read_request(call);
    if (err == BH_OK)
        err = bh_permissions_find_replacement(reader.db, &call->agent, &call->asked, bh_clock_wall_ms(),
            &call->exchange->arena, call->permission_id);
    return err;
}

static enum bh_err replace(struct call *call)
{
    struct bh_permission_record permission = {0};
    enum bh_err err = find_done(call);
    if (err != BH_ERR_NOT_FOUND)
        return err;
    err = bh_permission_fields_read_action(call->body, &permission, &call->detail);
    if (err == BH_OK)
        err = bh_permission_fields_read(
            call->body, bh_clock_wall_ms(), &call->exchange->arena, &permission, NULL, &call->detail);
    if (err == BH_OK)
        err = bh_permissions_replace(call->app, bh_credential_authority(call->exchange, &call->principal),
            &call->agent, &call->asked, &permission, call->permission_id);
    return err;
}

static void reply(const struct call *call)
{
    struct bh_buf *body = bh_reply_json(call->exchange, 201);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "permissionId", bh_span_from(call->permission_id));
    bh_json_add_text_member(body, "replacedPermissionId", call->asked.permission_id);
    bh_buf_add_text(body, ",\"status\":\"active\",\"requiredAuthorityLevel\":null,\"workspaceAuthority\":");
    bh_present_authority(call->principal.role, body);
    bh_buf_add_char(body, '}');
}

void bh_api_dashboard_permission_replace(struct bh_app *app, struct bh_exchange *exchange)
{
    struct call call = {.app = app, .exchange = exchange};
    enum bh_err err = replace(&call);
    if (err == BH_OK)
        reply(&call);
    else
        bh_reply_error(exchange, err, call.detail);
    bh_json_release(&call.body);
}
