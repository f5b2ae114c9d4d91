// SPDX-License-Identifier: Apache-2.0
#include "verify/verify.h"

#include "app/app.h"
#include "commit/account_facts.h"
#include "commit/announce.h"
#include "commit/touches.h"

/* Is the policy that was evaluated still the one in force, in this transaction? */
static enum bh_err is_current(
    struct bh_snapshot *snapshot, const struct bh_commit_context *context, bool *ret_current)
{
    const struct bh_account_facts *account;
    int64_t agent_version = 0;
    enum bh_err err = bh_account_facts_find(context, snapshot->account, &account);
    if (err != BH_OK)
        return err;
    *ret_current = account->policy_version == atomic_load(&snapshot->account_version);
    if (*ret_current)
        return BH_OK;
    err = bh_agent_policy_version(context->db, snapshot->agent, &agent_version);
    if (err != BH_OK)
        return err;
    *ret_current = agent_version == snapshot->agent_version;
    if (*ret_current &&
        !context->policy_changed) /* only other agents of the account have changed, for good */
        atomic_store(&snapshot->account_version, account->policy_version);
    return BH_OK;
}

/* The transaction's time, unless the clock went back since the evaluation. */
static int64_t decision_time(
    const struct bh_verification *verification, const struct bh_commit_context *context)
{
    return context->now_ms > verification->now_ms ? context->now_ms : verification->now_ms;
}

/*
 * Loads the policy inside the transaction, where it cannot change any more, and decides on it.
 * INVARIANT: a snapshot read inside an open transaction never enters the cache: should the transaction be
 * rolled back, its version number would be given to another policy.
 */
static enum bh_err decide_again(struct bh_verification *verification, const struct bh_commit_context *context)
{
    struct bh_snapshot *fresh = NULL;
    bh_cache_drop(verification->app->snapshots, &verification->key_hash);
    enum bh_err err = bh_snapshot_load(context->db, &verification->key_hash, &fresh);
    if (err != BH_OK)
        return err;
    bh_snapshot_release(verification->snapshot);
    verification->snapshot = fresh;
    verification->decided_in_transaction = true;
    return bh_verify_evaluate(verification, decision_time(verification, context));
}

/* Waiting for the transaction may take long, if another process writes; the policy and the time must be
 * today's. */
static enum bh_err ensure_current(
    struct bh_verification *verification, const struct bh_commit_context *context)
{
    bool current = false;
    enum bh_err err = BH_OK;
    if (!verification->decided_in_transaction)
        err = is_current(verification->snapshot, context, &current);
    if (err == BH_OK && !current)
        return decide_again(verification, context);
    int64_t now_ms = decision_time(verification, context);
    if (err == BH_OK && now_ms >= verification->valid_until)
        err = bh_verify_evaluate(verification, now_ms);
    return err;
}

static struct bh_approval_record wanted_approval(
    const struct bh_verification *verification, int64_t request_row)
{
    const struct bh_facts *facts = &verification->request.facts;
    const struct bh_target *target = &verification->target;
    bool bound = target->kind != BH_TARGET_NONE;
    return (struct bh_approval_record){
        .account = verification->snapshot->account,
        .agent = verification->snapshot->agent,
        .agent_id = verification->snapshot->agent_id,
        .permission_id = verification->decision.permission->permission_id,
        .action = facts->action,
        .vendor = facts->vendor,
        .amount = facts->amount,
        .has_amount = facts->has_amount,
        .fingerprint = bound ? bh_span_from(target->fingerprint) : BH_ABSENT,
        .target_kind = bh_span_from(bh_target_kind_text(target->kind)),
        .target = bound ? target->value : BH_ABSENT,
        .request_row = request_row,
        .grant_minutes = verification->decision.permission->grant_minutes,
    };
}

/* The gate: spends the grant of exactly this request, or leaves a pending request for a person. */
static enum bh_err pass_approval_gate(
    struct bh_verification *verification, const struct bh_commit_context *context)
{
    struct bh_verify_answer *answer = &verification->answer;
    struct bh_arena *arena = &verification->exchange->arena;
    if (bh_action_is_bindable(verification->request.facts.action) &&
        verification->target.kind == BH_TARGET_NONE) {
        *answer = (struct bh_verify_answer){
            .outcome = BH_DENY, .risk = BH_RISK_HIGH, .reason = BH_REASON_TARGET_REQUIRED};
        return BH_OK;
    }
    int64_t now_ms = decision_time(verification, context);
    struct bh_approval_record wanted = wanted_approval(verification, bh_audit_next_id(context->audit));
    enum bh_err err = bh_approval_consume(context->db, &wanted, now_ms, arena, &answer->approval_id);
    *context->changed |= BH_CHANGED_APPROVALS;
    if (err == BH_OK) {
        answer->outcome = BH_ALLOW;
        answer->risk = BH_RISK_LOW;
        answer->reason = BH_REASON_ALLOWED_BY_GRANT;
        verification->approval_event = BH_EVENT_APPROVAL_USED;
        return BH_OK;
    }
    if (err != BH_ERR_NOT_FOUND)
        return err;
    char approval_id[BH_ID_TEXT];
    bool created = false;
    bh_random_id("apr", approval_id);
    wanted.approval_id = bh_span_from(approval_id);
    err = bh_approval_request(context->db, &wanted, now_ms, arena, &answer->approval_id, &created);
    if (err == BH_OK && created)
        verification->approval_event = BH_EVENT_APPROVAL_REQUESTED;
    /* A person has just said no: it stays denied, there is nothing to approve, and the record says which
     * denial. */
    if (err == BH_ERR_APPROVAL_COOLDOWN)
        return bh_approval_find_denied(context->db, &wanted, now_ms, arena, &verification->denied_approval);
    return err == BH_ERR_APPROVAL_LIMIT ? BH_OK : err; /* too many wait already */
}

/* What the gateway will run on this decision, for the record of it to stand beside. */
static enum bh_err start_execution(
    const struct bh_verification *verification, const struct bh_commit_context *context)
{
    struct bh_execution execution = *verification->execution;
    execution.audit_row = verification->request_row;
    return bh_execution_start(context->audit, &execution);
}

static enum bh_err append_audit_row(
    struct bh_verification *verification, const struct bh_commit_context *context)
{
    const struct bh_facts *facts = &verification->request.facts;
    const struct bh_permission *permission = verification->decision.permission;
    struct bh_verify_answer *answer = &verification->answer;
    struct bh_audit_row row = {
        .salt = verification->salt,
        .account = verification->snapshot->account,
        .agent = verification->snapshot->agent,
        .agent_id = verification->snapshot->agent_id,
        .created_at = verification->now_ms,
        .permission_id = permission == NULL ? BH_ABSENT : permission->permission_id,
        .vendor = facts->vendor,
        .metadata = verification->metadata,
        .approval_id =
            bh_span_is_absent(answer->approval_id) ? verification->denied_approval : answer->approval_id,
        .action = facts->action,
        .amount = facts->amount,
        .has_amount = facts->has_amount,
        .allowed = answer->outcome == BH_ALLOW,
        .approval_required = answer->outcome == BH_NEEDS_APPROVAL,
        .shadow = answer->shadow,
        .executes = verification->execution != NULL && answer->outcome == BH_ALLOW,
        .risk = answer->risk,
        .reason = answer->reason,
    };
    enum bh_err err = bh_audit_append(context->audit, &row);
    if (err != BH_OK)
        return err;
    bh_request_id_encode(row.id, row.salt, answer->request_id);
    verification->request_row = row.id;
    verification->recorded_at = row.created_at;
    return row.executes ? start_execution(verification, context) : BH_OK;
}

/* What happened to the approval, once the request that did it has its id. */
static enum bh_err announce_approval(
    struct bh_verification *verification, const struct bh_commit_context *context)
{
    enum bh_event_type type = verification->approval_event;
    bool wanted = false;
    if (type == BH_EVENT_TYPES)
        return BH_OK;
    enum bh_err err = bh_outbox_wants(context, verification->snapshot->account, type, &wanted);
    if (err != BH_OK || !wanted)
        return err;
    struct bh_approval_record approval;
    err = bh_approval_find(context->db, verification->answer.approval_id,
        decision_time(verification, context), &verification->exchange->arena, &approval);
    if (err != BH_OK)
        return err;
    return bh_announce_approval(context, type, &approval, verification->request_row,
        bh_span_from(verification->answer.request_id), verification->app->base_url);
}

static enum bh_err record_decision(
    struct bh_verification *verification, const struct bh_commit_context *context)
{
    enum bh_err err = BH_OK;
    const struct bh_decision *decision = &verification->decision;
    verification->approval_event = BH_EVENT_TYPES;
    verification->denied_approval = BH_ABSENT;
    verification->answer = (struct bh_verify_answer){.outcome = decision->outcome,
        .risk = decision->risk,
        .reason = decision->reason,
        .shadow = verification->request.shadow};
    if (decision->outcome == BH_NEEDS_APPROVAL && !verification->request.shadow)
        err = pass_approval_gate(verification, context);
    if (err == BH_OK)
        err = append_audit_row(verification, context);
    if (err == BH_OK)
        err = announce_approval(verification, context);
    if (err == BH_OK)
        err = bh_verify_announce(verification, context);
    if (err == BH_OK && verification->idempotent)
        err = bh_verify_replay_store(verification, context);
    if (err == BH_OK && decision->permission != NULL)
        bh_touches_add(context->touches, decision->permission->permission_id, verification->now_ms);
    return err;
}

static enum bh_err record(struct bh_verification *verification, const struct bh_commit_context *context)
{
    enum bh_err err = ensure_current(verification, context);
    if (err == BH_OK && verification->idempotent) {
        err = bh_verify_replay_find(verification, context);
        if (err == BH_OK)
            return BH_OK; /* decided and recorded before */
        if (err == BH_ERR_NOT_FOUND)
            err = BH_OK;
    }
    return err == BH_OK ? record_decision(verification, context) : err;
}

/* What the caller did wrong is found out before the first write, so the other jobs of the batch need not
 * suffer. */
static bool is_refusal(enum bh_err err)
{
    return err == BH_ERR_IDEMPOTENCY_CONFLICT || err == BH_ERR_AGENT_AUTH_REQUIRED;
}

enum bh_err bh_verify_record(struct bh_commit_job *job, const struct bh_commit_context *context)
{
    struct bh_verification *verification = (struct bh_verification *)job;
    verification->replay = BH_ABSENT;
    verification->refused = BH_OK;
    enum bh_err err = record(verification, context);
    if (!is_refusal(err))
        return err;
    verification->refused = err;
    return BH_OK;
}
