// SPDX-License-Identifier: Apache-2.0
#include "http/present.h"

#include "core/preview.h"
#include "core/redact.h"
#include "store/request_id.h"

#define ARGUMENT_LIMIT (1u << 20)

/* The call that opened it; unknown once its entry in the log is erased or has gone. */
static void add_request_id(const struct bh_approval_record *approval, struct bh_buf *out)
{
    char request_id[BH_REQUEST_ID_TEXT];
    if (approval->has_request)
        bh_request_id_encode(approval->request_row, approval->request_salt, request_id);
    bh_json_add_text_member(out, "requestId", approval->has_request ? bh_span_from(request_id) : BH_ABSENT);
}

static void add_what(const struct bh_approval_record *approval, struct bh_buf *out)
{
    bh_json_add_text_member(out, "approvalId", approval->approval_id);
    add_request_id(approval, out);
    bh_json_add_text_member(out, "kind", BH_SPAN("agent_action"));
    bh_json_add_text_member(out, "agentId", approval->agent_id);
    bh_json_add_text_member(out, "agentName", approval->agent_name);
    bh_json_add_text_member(out, "permissionId", approval->permission_id);
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
    bh_json_add_text_member(out, "status", approval->status);
    bh_json_add_text_member(out, "displayStatus", used ? BH_SPAN("consumed") : approval->status);
    bh_json_add_text_member(out, "resolvedBy", approval->resolved_by);
    bh_json_add_time_member(out, "resolvedAt", approval->resolved_at);
    bh_json_add_time_member(out, "usedAt", approval->used_at);
    bh_json_add_time_member(out, "grantExpiresAt", approval->grant_expires_at);
    bh_json_add_time_member(out, "expiresAt", approval->expires_at);
    bh_json_add_key(out, "approvalGrantMinutes");
    bh_buf_add_int(out, approval->grant_minutes);
    bh_json_add_time_member(out, "createdAt", approval->created_at);
}

static void add_people(const struct bh_approval_record *approval, struct bh_buf *out)
{
    bh_json_add_text_member(out, "requiredAuthorityLevel", BH_ABSENT);
    bh_json_add_text_member(out, "requiredRoleLabel", bh_span_from(bh_role_label(BH_ROLE_APPROVER)));
    bh_json_add_text_member(out, "developerUserId", approval->owner_user_id);
    bh_json_add_text_member(out, "requesterName", approval->owner_email);
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
    bh_json_add_text_member(out, "argumentKind", approval->target_kind);
    bh_json_add_text_member(
        out, "argumentPreview", bh_span_is_absent(approval->target) ? BH_ABSENT : bh_buf_span(&preview));
    bh_json_add_bool_member(out, "argumentPreviewTruncated", cut);
    bh_json_add_bool_member(out, "legacyUnbound", bh_approval_is_unbound(approval));
}

static void add_verdicts(
    const struct bh_approval_record *approval, const struct bh_approver *viewer, struct bh_buf *out)
{
    enum bh_approval_bar approve = bh_approval_judge(approval, viewer, true);
    enum bh_approval_bar deny = bh_approval_judge(approval, viewer, false);
    bh_json_add_bool_member(out, "canApprove", approve == BH_BAR_NONE);
    bh_json_add_bool_member(out, "canDeny", deny == BH_BAR_NONE);
    bh_json_add_text_member(out, "approveBlockReason", bh_span_from(bh_approval_bar_text(approve)));
    bh_json_add_text_member(out, "denyBlockReason", bh_span_from(bh_approval_bar_text(deny)));
}

void bh_present_approval_begin(const struct bh_approval_record *approval, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    add_what(approval, out);
    add_state(approval, out);
    add_people(approval, out);
    add_preview(approval, out);
}

void bh_present_approval_end(
    const struct bh_approval_record *approval, const struct bh_approver *viewer, struct bh_buf *out)
{
    add_verdicts(approval, viewer, out);
    bh_buf_add_char(out, '}');
}

void bh_present_approval(
    const struct bh_approval_record *approval, const struct bh_approver *viewer, struct bh_buf *out)
{
    bh_present_approval_begin(approval, out);
    bh_present_approval_end(approval, viewer, out);
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
    bh_present_approval_begin(approval, out);
    add_verdicts(approval, viewer, out);
    bh_json_add_text_member(out, "argument", argument);
    bh_json_add_bool_member(out, "argumentRedacted", !exact);
    bh_buf_add_char(out, '}');
    if (clean.failed)
        out->failed = true;
}
