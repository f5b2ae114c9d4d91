// SPDX-License-Identifier: Apache-2.0
#include "commit/announce.h"

#include "core/preview.h"
#include "lib/json.h"

#define DATA_LIMIT 32768

static void add_text(struct bh_buf *out, const char *key, struct bh_span value)
{
    if (bh_span_is_absent(value))
        return;
    bh_json_add_key(out, key);
    bh_json_add_string(out, value);
}

static enum bh_err add(const struct bh_commit_context *context, int64_t account, int64_t agent,
    int64_t request_row, enum bh_event_type type, const struct bh_buf *data)
{
    return data->failed ? BH_ERR_NO_MEMORY
                        : bh_outbox_add(context, account, agent, request_row, type, bh_buf_span(data));
}

static void add_preview(struct bh_buf *out, struct bh_span target)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf preview = {0};
    if (bh_span_is_absent(target))
        return;
    bh_buf_init(&preview, DATA_LIMIT);
    (void)bh_preview_write(target, &preview);
    add_text(out, "argumentPreview", bh_buf_span(&preview));
}

static void add_dashboard_url(struct bh_buf *out, const char *base_url, struct bh_span approval_id)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf url = {0};
    bh_buf_init(&url, DATA_LIMIT);
    bh_buf_addf(&url, "%s/dashboard/approvals?approvalId=", base_url);
    bh_buf_add(&url, approval_id);
    add_text(out, "dashboardUrl", bh_buf_span(&url));
}

enum bh_err bh_announce_approval(const struct bh_commit_context *context, enum bh_event_type type,
    const struct bh_approval_record *approval, int64_t request_row, struct bh_span request_id,
    const char *base_url)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf data = {0};
    bool wanted = false;
    enum bh_err err = bh_outbox_wants(context, approval->account, type, &wanted);
    if (err != BH_OK || !wanted)
        return err;
    bh_buf_init(&data, DATA_LIMIT);
    bh_buf_add_char(&data, '{');
    add_text(&data, "approvalId", approval->approval_id);
    add_text(&data, "kind", BH_SPAN("agent_action"));
    add_text(&data, "status", approval->status);
    add_text(&data, "action", approval->action);
    add_dashboard_url(&data, base_url, approval->approval_id);
    add_text(&data, "agentId", approval->agent_id);
    add_text(&data, "permissionId", approval->permission_id);
    add_text(&data, "vendor", approval->vendor);
    if (approval->has_amount) {
        bh_json_add_key(&data, "amount");
        bh_json_add_number(&data, approval->amount);
    }
    add_preview(&data, approval->target);
    if (approval->grant_expires_at != 0) {
        bh_json_add_time_member(&data, "grantExpiresAt", approval->grant_expires_at);
    }
    add_text(&data, "resolvedBy", approval->resolved_by);
    add_text(&data, "requestId", request_id);
    bh_buf_add_char(&data, '}');
    return add(context, approval->account, approval->agent, request_row, type, &data);
}

enum bh_err bh_announce_agent(
    const struct bh_commit_context *context, enum bh_event_type type, const struct bh_agent_record *agent)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf data = {0};
    bool wanted = false;
    enum bh_err err = bh_outbox_wants(context, agent->account, type, &wanted);
    if (err != BH_OK || !wanted)
        return err;
    bh_buf_init(&data, DATA_LIMIT);
    bh_buf_add_char(&data, '{');
    add_text(&data, "agentId", agent->agent_id);
    if (type == BH_EVENT_AGENT_CREATED) {
        add_text(&data, "name", agent->name);
        add_text(&data, "agentType", agent->agent_type);
        add_text(&data, "provider", agent->provider);
    }
    bh_buf_add_char(&data, '}');
    return add(context, agent->account, agent->id, 0, type, &data);
}

enum bh_err bh_announce_permission(const struct bh_commit_context *context, enum bh_event_type type,
    const struct bh_agent_record *agent, const struct bh_permission_record *permission,
    struct bh_span counterpart)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf data = {0};
    bool wanted = false;
    enum bh_err err = bh_outbox_wants(context, agent->account, type, &wanted);
    if (err != BH_OK || !wanted)
        return err;
    bh_buf_init(&data, DATA_LIMIT);
    bh_buf_add_char(&data, '{');
    add_text(&data, "permissionId", permission->permission_id);
    add_text(&data, "agentId", agent->agent_id);
    add_text(&data, "action", permission->action);
    add_text(&data, type == BH_EVENT_PERMISSION_CREATED ? "replacesPermissionId" : "replacedByPermissionId",
        counterpart);
    bh_buf_add_char(&data, '}');
    return add(context, agent->account, agent->id, 0, type, &data);
}
