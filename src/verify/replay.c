// SPDX-License-Identifier: Apache-2.0
/*
 * Idempotency keys: the answer of a call is stored in its transaction, and given again to a repeat of the
 * call.
 */
#include "verify/verify.h"

/*
 * What is stored for an idempotency key: the permission and time of the decision, then the answer as it was
 * sent:
 * "<permission id or -> <milliseconds>\n<answer>".
 */
enum bh_err bh_verify_replay_store(
    struct bh_verification *verification, const struct bh_commit_context *context)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    const struct bh_permission *permission = verification->decision.permission;
    bh_buf_init(&text, 4096);
    bh_buf_add(&text, permission == NULL ? BH_SPAN("-") : permission->permission_id);
    bh_buf_add_char(&text, ' ');
    bh_buf_add_int(&text, verification->now_ms);
    bh_buf_add_char(&text, '\n');
    bh_verify_answer_write(&verification->answer, &text);
    if (text.failed)
        return BH_ERR_NO_MEMORY;
    return bh_idempotency_put(context->db, verification->snapshot->agent, &verification->idempotency_key,
        &verification->body_hash, verification->recorded_at, verification->request_row, bh_buf_span(&text));
}

struct stored_answer {
    struct bh_span permission_id;
    int64_t decided_at;
    struct bh_span answer;
};

static bool read_stored(struct bh_span text, struct stored_answer *ret_stored)
{
    size_t blank = bh_span_find(text, BH_SPAN(" "));
    size_t end = bh_span_find(text, BH_SPAN("\n"));
    if (blank == SIZE_MAX || end == SIZE_MAX || end < blank)
        return false;
    ret_stored->permission_id = (struct bh_span){text.data, blank};
    ret_stored->decided_at = 0;
    for (size_t i = blank + 1; i < end; i++)
        ret_stored->decided_at = ret_stored->decided_at * 10 + (text.data[i] - '0');
    ret_stored->answer = bh_span_from_index(text, end + 1);
    return true;
}

static bool contains(struct bh_span text, const char *part)
{
    return bh_span_find(text, bh_span_from(part)) != SIZE_MAX;
}

/*
 * May the stored answer be given again? Revocation takes effect at once, for repeats too: an allow is
 * repeated only where the policy still gives it; one that spent a grant only while that grant could still
 * have been used.
 */
static bool still_holds(
    const struct bh_verification *verification, const struct stored_answer *stored, int64_t now_ms)
{
    const struct bh_decision *decision = &verification->decision;
    if (verification->request.shadow || !contains(stored->answer, "\"allowed\":true"))
        return true;
    if (decision->outcome != BH_NEEDS_APPROVAL)
        return decision->outcome == BH_ALLOW;
    return contains(stored->answer, bh_reason_text(BH_REASON_ALLOWED_BY_GRANT)) &&
           now_ms - stored->decided_at < decision->permission->grant_minutes * INT64_C(60000) &&
           bh_span_equal(stored->permission_id, decision->permission->permission_id);
}

enum bh_err bh_verify_replay_find(
    struct bh_verification *verification, const struct bh_commit_context *context)
{
    struct bh_span text = BH_ABSENT;
    struct stored_answer stored;
    enum bh_err err =
        bh_idempotency_find(context->db, verification->snapshot->agent, &verification->idempotency_key,
            &verification->body_hash, context->now_ms, &verification->exchange->arena, &text);
    if (err != BH_OK)
        return err;
    if (!read_stored(text, &stored) || !still_holds(verification, &stored, verification->now_ms))
        return BH_ERR_NOT_FOUND;
    verification->replay = stored.answer;
    return BH_OK;
}
