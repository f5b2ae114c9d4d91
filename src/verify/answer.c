// SPDX-License-Identifier: Apache-2.0
#include "verify/verify.h"

#include "lib/metrics.h"

static void add_outcome(const struct bh_verify_answer *answer, struct bh_buf *out)
{
    bh_json_add_bool_member(out, "allowed", answer->outcome == BH_ALLOW);
    bh_json_add_bool_member(out, "approvalRequired", answer->outcome == BH_NEEDS_APPROVAL);
    if (!bh_span_is_absent(answer->approval_id) && answer->outcome == BH_NEEDS_APPROVAL) {
        bh_json_add_key(out, "approvalId");
        bh_json_add_string(out, answer->approval_id);
    }
    bh_json_add_key(out, "reason");
    bh_json_add_string(out, bh_span_from(bh_reason_text(answer->reason)));
    bh_json_add_key(out, "risk");
    bh_json_add_string(out, bh_span_from(bh_risk_text(answer->risk)));
}

/* In shadow mode the caller may always go on, and is told what would have been decided. */
static void add_shadow(const struct bh_verify_answer *answer, struct bh_buf *out)
{
    bool allowed = answer->outcome == BH_ALLOW;
    struct bh_verify_answer shown = *answer;
    shown.outcome = BH_ALLOW;
    shown.reason = allowed ? BH_REASON_SHADOW_ALLOWED : BH_REASON_SHADOW_DENIED;
    add_outcome(&shown, out);
    bh_json_add_bool_member(out, "shadow", true);
    bh_json_add_key(out, "shadowDecision");
    bh_buf_add_char(out, '{');
    bh_json_add_bool_member(out, "allowed", allowed);
    bh_json_add_key(out, "reason");
    bh_json_add_string(out, bh_span_from(bh_reason_text(answer->reason)));
    bh_json_add_key(out, "risk");
    bh_json_add_string(out, bh_span_from(bh_risk_text(answer->risk)));
    bh_buf_add_char(out, '}');
}

static enum bh_counter counter_of(const struct bh_verify_answer *answer)
{
    if (answer->shadow)
        return BH_COUNTER_DECISION_SHADOW;
    switch (answer->outcome) {
    case BH_ALLOW:
        return BH_COUNTER_DECISION_ALLOWED;
    case BH_NEEDS_APPROVAL:
        return BH_COUNTER_DECISION_APPROVAL;
    case BH_DENY:
    default:
        return BH_COUNTER_DECISION_DENIED;
    }
}

void bh_verify_answer_count(const struct bh_verify_answer *answer)
{
    bh_counter_add(counter_of(answer), 1);
}

void bh_verify_answer_write(const struct bh_verify_answer *answer, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_key(out, "requestId");
    bh_json_add_string(out, bh_span_from(answer->request_id));
    if (answer->shadow)
        add_shadow(answer, out);
    else
        add_outcome(answer, out);
    bh_buf_add_char(out, '}');
}
