// SPDX-License-Identifier: Apache-2.0
#include "http/present.h"

#include "core/preview.h"
#include "core/redact.h"
#include "store/request_id.h"

#define ARGUMENT_LIMIT (1u << 20)

static void add_text(struct bh_buf *out, const char *key, struct bh_span text)
{
    bh_json_add_key(out, key);
    bh_json_add_string_or_null(out, text);
}

static void add_time(struct bh_buf *out, const char *key, int64_t ms)
{
    bh_json_add_key(out, key);
    bh_json_add_time_or_null(out, ms);
}

static void add_bool(struct bh_buf *out, const char *key, bool value)
{
    bh_json_add_key(out, key);
    bh_json_add_bool(out, value);
}

/* The call that opened it; unknown once its entry in the log is erased or has gone. */
static void add_request_id(const struct bh_approval_record *approval, struct bh_buf *out)
{
    char request_id[BH_REQUEST_ID_TEXT];
    if (approval->has_request)
        bh_request_id_encode(approval->request_row, approval->request_salt, request_id);
    add_text(out, "requestId", approval->has_request ? bh_span_from(request_id) : BH_ABSENT);
}

static void add_what(const struct bh_approval_record *approval, struct bh_buf *out)
{
    add_text(out, "approvalId", approval->approval_id);
    add_request_id(approval, out);
    add_text(out, "kind", BH_SPAN("agent_action"));
    add_text(out, "agentId", approval->agent_id);
    add_text(out, "agentName", approval->agent_name);
    add_text(out, "permissionId", approval->permission_id);
    bh_present_redacted(out, "action", approval->action);
    bh_present_redacted(out, "vendor", approval->vendor);
    bh_json_add_key(out, "amount");
    if (approval->has_amount)
        bh_json_add_number(out, approval->amount);
    else
        bh_buf_add_text(out, "null");
}

static void add_state(const struct bh_approval_record *approval, struct bh_buf *out)
{
    bool used = bh_span_equal(approval->status, BH_SPAN("used"));
    add_text(out, "status", approval->status);
    add_text(out, "displayStatus", used ? BH_SPAN("consumed") : approval->status);
    add_text(out, "resolvedBy", approval->resolved_by);
    add_time(out, "resolvedAt", approval->resolved_at);
    add_time(out, "usedAt", approval->used_at);
    add_time(out, "grantExpiresAt", approval->grant_expires_at);
    add_time(out, "expiresAt", approval->expires_at);
    bh_json_add_key(out, "approvalGrantMinutes");
    bh_buf_add_int(out, approval->grant_minutes);
    add_time(out, "createdAt", approval->created_at);
}

static void add_people(const struct bh_approval_record *approval, struct bh_buf *out)
{
    add_text(out, "requiredAuthorityLevel", BH_ABSENT);
    add_text(out, "requiredRoleLabel", bh_span_from(bh_role_label(BH_ROLE_APPROVER)));
    add_text(out, "developerUserId", approval->owner_user_id);
    add_text(out, "requesterName", approval->owner_email);
}

static void add_preview(const struct bh_approval_record *approval, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf preview = {0};
    bool cut = false;
    bh_buf_init(&preview, ARGUMENT_LIMIT);
    if (!bh_span_is_absent(approval->target))
        cut = bh_preview_write(approval->target, &preview);
    if (preview.failed)
        out->failed = true;
    add_text(out, "argumentKind", approval->target_kind);
    add_text(out, "argumentPreview", bh_span_is_absent(approval->target) ? BH_ABSENT : bh_buf_span(&preview));
    add_bool(out, "argumentPreviewTruncated", cut);
    add_bool(out, "legacyUnbound", bh_approval_is_unbound(approval));
}

static void add_verdicts(
    const struct bh_approval_record *approval, const struct bh_approver *viewer, struct bh_buf *out)
{
    enum bh_approval_bar approve = bh_approval_judge(approval, viewer, true);
    enum bh_approval_bar deny = bh_approval_judge(approval, viewer, false);
    add_bool(out, "canApprove", approve == BH_BAR_NONE);
    add_bool(out, "canDeny", deny == BH_BAR_NONE);
    add_text(out, "approveBlockReason", bh_span_from(bh_approval_bar_text(approve)));
    add_text(out, "denyBlockReason", bh_span_from(bh_approval_bar_text(deny)));
}

static void add_members(
    const struct bh_approval_record *approval, const struct bh_approver *viewer, struct bh_buf *out)
{
    add_what(approval, out);
    add_state(approval, out);
    add_people(approval, out);
    add_preview(approval, out);
    add_verdicts(approval, viewer, out);
}

void bh_present_approval(
    const struct bh_approval_record *approval, const struct bh_approver *viewer, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    add_members(approval, viewer, out);
    bh_buf_add_char(out, '}');
}

void bh_present_approval_whole(
    const struct bh_approval_record *approval, const struct bh_approver *viewer, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    struct bh_span argument = approval->target;
    bool exact = viewer->signed_in && bh_role_allows(viewer->role, BH_MAY_APPROVE);
    bh_buf_init(&clean, ARGUMENT_LIMIT);
    if (!exact && !bh_span_is_absent(argument)) {
        bh_redact(argument, &clean);
        argument = bh_buf_span(&clean);
    }
    bh_buf_add_char(out, '{');
    add_members(approval, viewer, out);
    add_text(out, "argument", argument);
    add_bool(out, "argumentRedacted", !exact);
    bh_buf_add_char(out, '}');
    if (clean.failed)
        out->failed = true;
}
