// SPDX-License-Identifier: Apache-2.0
#include "verify/verify.h"

#include "app/app.h"
#include "commit/announce.h"

#define DATA_LIMIT 32768

static enum bh_event_type type_of(const struct bh_verify_answer *answer)
{
    if (answer->shadow)
        return BH_EVENT_VERIFICATION_SHADOW;
    if (answer->outcome == BH_ALLOW)
        return BH_EVENT_VERIFICATION_ALLOWED;
    return answer->outcome == BH_NEEDS_APPROVAL ? BH_EVENT_VERIFICATION_APPROVAL_REQUIRED
                                                : BH_EVENT_VERIFICATION_DENIED;
}

static void add_shadow_decision(const struct bh_verify_answer *answer, struct bh_buf *out)
{
    bh_buf_addf(out, ",\"shadow\":true,\"shadowDecision\":{\"allowed\":%s,\"reason\":",
        answer->outcome == BH_ALLOW ? "true" : "false");
    bh_json_add_string(out, bh_span_from(bh_reason_text(answer->reason)));
    bh_buf_addf(out, ",\"risk\":\"%s\"}", bh_risk_text(answer->risk));
}

/* What the caller was told, without what the request said of itself beyond its action. */
static void write_data(const struct bh_verification *verification, struct bh_buf *out)
{
    const struct bh_verify_answer *answer = &verification->answer;
    const struct bh_permission *permission = verification->decision.permission;
    bool asks = answer->outcome == BH_NEEDS_APPROVAL && !answer->shadow;
    bh_buf_addf(out, "{\"requestId\":\"%s\",\"agentId\":", answer->request_id);
    bh_json_add_string(out, verification->snapshot->agent_id);
    bh_buf_add_text(out, ",\"action\":");
    bh_json_add_string(out, verification->request.facts.action);
    bh_buf_addf(out, ",\"allowed\":%s,\"approvalRequired\":%s",
        answer->outcome == BH_ALLOW || answer->shadow ? "true" : "false", asks ? "true" : "false");
    if (asks && !bh_span_is_absent(answer->approval_id)) {
        bh_buf_add_text(out, ",\"approvalId\":");
        bh_json_add_string(out, answer->approval_id);
    }
    bh_buf_addf(out, ",\"risk\":\"%s\",\"permissionId\":", bh_risk_text(answer->risk));
    bh_json_add_string_or_null(out, permission == NULL ? BH_ABSENT : permission->permission_id);
    if (answer->shadow)
        add_shadow_decision(answer, out);
    bh_buf_add_char(out, '}');
}

enum bh_err bh_verify_announce(
    const struct bh_verification *verification, const struct bh_commit_context *context)
{
    enum bh_event_type type = type_of(&verification->answer);
    const struct bh_snapshot *snapshot = verification->snapshot;
    bool wanted = false;
    enum bh_err err = bh_outbox_wants(context, snapshot->account, type, &wanted);
    if (err != BH_OK || !wanted)
        return err;
    BH_CLEANUP(bh_buf_finish) struct bh_buf data = {0};
    bh_buf_init(&data, DATA_LIMIT);
    write_data(verification, &data);
    if (data.failed)
        return BH_ERR_NO_MEMORY;
    return bh_outbox_add(
        context, snapshot->account, snapshot->agent, verification->request_row, type, bh_buf_span(&data));
}
