// SPDX-License-Identifier: Apache-2.0
#include "http/present.h"

#include "core/redact.h"
#include "store/request_id.h"

/* Stored JSON text goes out as it is. */
static void add_raw(struct bh_buf *out, const char *key, struct bh_span json, const char *when_absent)
{
    bh_json_add_key(out, key);
    if (json.len == 0)
        bh_buf_add_text(out, when_absent);
    else
        bh_buf_add(out, json);
}

void bh_present_agent(const struct bh_agent_record *agent, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "agentId", agent->agent_id);
    bh_json_add_text_member(out, "name", agent->name);
    bh_json_add_text_member(out, "status", agent->status);
    bh_json_add_text_member(out, "agentType", agent->agent_type);
    bh_json_add_text_member(out, "provider", agent->provider);
    bh_json_add_text_member(out, "connectionStatus", agent->connection_status);
    bh_json_add_text_member(out, "externalAgentId", agent->external_agent_id);
    bh_json_add_text_member(out, "externalAgentLabel", agent->external_agent_label);
    bh_json_add_text_member(out, "description", agent->description);
    add_raw(out, "guidelines", agent->guidelines, "[]");
    bh_json_add_text_member(out, "ollamaBaseUrl", agent->ollama_base_url);
    bh_json_add_text_member(out, "ollamaModel", agent->ollama_model);
    bh_json_add_text_member(out, "publicPassportTokenPreview", agent->passport_preview);
    bh_json_add_bool_member(out, "publicPassportEnabled", !bh_span_is_absent(agent->passport_preview));
    bh_json_add_time_member(out, "lastUsedAt", agent->last_used_at);
    bh_json_add_time_member(out, "keyRotatedAt", agent->key_rotated_at);
    bh_json_add_time_member(out, "createdAt", agent->created_at);
    bh_json_add_time_member(out, "updatedAt", agent->updated_at);
    bh_buf_add_char(out, '}');
}

/* A copy of constraints.expiresAt, where tables look for it. */
static void add_expiry(const struct bh_permission_record *permission, struct bh_buf *out)
{
    BH_CLEANUP(bh_json_release) json_t *constraints = NULL;
    struct bh_span expires_at = BH_ABSENT;
    if (permission->constraints.len > 0 &&
        bh_json_parse_object(permission->constraints, &constraints) == BH_OK)
        expires_at = bh_json_member_text(constraints, "expiresAt");
    bh_json_add_text_member(out, "expiresAt", expires_at);
}

void bh_present_permission(const struct bh_permission_record *permission, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "permissionId", permission->permission_id);
    bh_json_add_text_member(out, "action", permission->action);
    bh_json_add_text_member(out, "description", permission->description);
    bh_json_add_text_member(out, "resource", permission->resource);
    bh_json_add_text_member(out, "scope", permission->scope);
    add_raw(out, "allowedActions", permission->allowed_actions, "[]");
    add_raw(out, "blockedActions", permission->blocked_actions, "[]");
    bh_json_add_bool_member(out, "requiresApproval", permission->requires_approval);
    bh_json_add_key(out, "approvalGrantMinutes");
    bh_buf_add_int(out, permission->grant_minutes);
    bh_json_add_text_member(out, "notes", permission->notes);
    bh_json_add_text_member(out, "template", permission->template_name);
    add_raw(out, "constraints", permission->constraints, "{}");
    bh_json_add_text_member(out, "status", permission->status);
    add_expiry(permission, out);
    bh_json_add_time_member(out, "lastUsedAt", permission->last_used_at);
    bh_json_add_time_member(out, "createdAt", permission->created_at);
    bh_json_add_time_member(out, "updatedAt", permission->updated_at);
    bh_buf_add_char(out, '}');
}

void bh_present_permissions(const struct bh_permission_record *permissions, size_t count, struct bh_buf *out)
{
    bh_buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(out);
        bh_present_permission(&permissions[i], out);
    }
    bh_buf_add_char(out, ']');
}

void bh_present_redacted(struct bh_buf *out, const char *key, struct bh_span text)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&clean, 16384);
    if (!bh_span_is_absent(text))
        bh_redact(text, &clean);
    bh_json_add_text_member(out, key, bh_span_is_absent(text) ? BH_ABSENT : bh_buf_span(&clean));
}

/* The first of the keys that has a text, cut to what a column can show. */
static struct bh_span environment_of(const json_t *metadata)
{
    static const char *const keys[] = {"environment", "env", "stage", "deployment", "targetEnvironment"};
    for (size_t i = 0; i < BH_COUNT(keys); i++) {
        struct bh_span value = bh_span_trim(bh_json_member_text(metadata, keys[i]));
        if (value.len > 0)
            return bh_span_utf16_prefix(value, 80);
    }
    return BH_ABSENT;
}

/* Stored metadata is compact JSON, in which a secret is replaced without touching the quotes around it. */
static void add_metadata(struct bh_buf *out, struct bh_span metadata)
{
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&clean, 16384);
    bool readable = metadata.len > 0 && bh_json_parse_object(metadata, &json) == BH_OK;
    bh_present_redacted(out, "environment", readable ? environment_of(json) : BH_ABSENT);
    if (readable)
        bh_redact(metadata, &clean);
    add_raw(out, "metadata", bh_buf_span(&clean), "null");
}

static void add_log_row(const struct bh_audit_row *row, struct bh_buf *out)
{
    char request_id[BH_REQUEST_ID_TEXT];
    bh_request_id_encode(row->id, row->salt, request_id);
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "requestId", bh_span_from(request_id));
    bh_json_add_text_member(out, "agentId", row->agent_id);
    bh_json_add_text_member(out, "permissionId", row->permission_id);
    bh_present_redacted(out, "action", row->action);
    bh_json_add_key(out, "amount");
    if (row->has_amount)
        bh_json_add_number(out, row->amount);
    else
        bh_buf_add_text(out, "null");
    bh_present_redacted(out, "vendor", row->vendor);
    bh_json_add_bool_member(out, "allowed", row->allowed);
    bh_json_add_bool_member(out, "approvalRequired", row->approval_required);
    bh_json_add_text_member(out, "reason", bh_span_from(bh_reason_text(row->reason)));
    bh_json_add_text_member(out, "risk", bh_span_from(bh_risk_text(row->risk)));
    bh_json_add_bool_member(out, "shadow", row->shadow);
    bh_json_add_time_member(out, "createdAt", row->created_at);
    const char *decision = row->allowed ? "allowed" : row->approval_required ? "approval_required" : "denied";
    bh_json_add_text_member(out, "decision", bh_span_from(decision));
    bh_json_add_text_member(out, "approvalId", row->approval_id);
    bh_present_execution(row, out);
}

void bh_present_log_row(const struct bh_audit_row *row, struct bh_buf *out)
{
    add_log_row(row, out);
    bh_json_add_text_member(out, "environment", BH_ABSENT);
    bh_json_add_text_member(out, "metadata", BH_ABSENT);
    bh_buf_add_char(out, '}');
}

void bh_present_log_row_full(const struct bh_audit_row *row, struct bh_span agent_name, struct bh_buf *out)
{
    add_log_row(row, out);
    bh_present_redacted(out, "agentName", agent_name);
    add_metadata(out, row->metadata);
    bh_buf_add_char(out, '}');
}

void bh_present_authority(enum bh_role role, struct bh_buf *out)
{
    if (role == BH_ROLE_NONE) {
        bh_buf_add_text(out, "null");
        return;
    }
    bh_buf_add_text(out, "{\"role\":\"");
    for (const char *c = bh_role_text(role); *c != 0; c++)
        bh_buf_add_char(out, (char)(*c - 'a' + 'A'));
    bh_buf_addf(out, "\",\"roleLabel\":\"%s\",\"authorityLevel\":null}", bh_role_label(role));
}
