// SPDX-License-Identifier: Apache-2.0
#include "verify/verify.h"

#include "app/app.h"

#define METADATA_LIMIT (64u << 10)

/* The metadata as it is recorded: compact JSON. */
static enum bh_err render_metadata(struct bh_verification *verification)
{
    if (verification->request.metadata == NULL || !verification->app->config->log_metadata ||
        !bh_span_is_absent(verification->metadata))
        return BH_OK;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, METADATA_LIMIT);
    bh_json_add_value(&text, verification->request.metadata);
    if (text.failed ||
        !bh_arena_copy(&verification->exchange->arena, bh_buf_span(&text), &verification->metadata))
        return BH_ERR_NO_MEMORY;
    return BH_OK;
}

/* The next expiry of any permission; until then time alone cannot change the decision. */
static int64_t next_expiry(const struct bh_policy *policy, int64_t now_ms)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < policy->count; i++) {
        const struct bh_permission *permission = &policy->permissions[i];
        if (permission->has_expires_at && permission->expires_at_ms > now_ms &&
            permission->expires_at_ms < next)
            next = permission->expires_at_ms;
    }
    return next;
}

enum bh_err bh_verify_evaluate(struct bh_verification *verification, int64_t now_ms)
{
    struct bh_arena *arena = &verification->exchange->arena;
    const struct bh_policy *policy = &verification->snapshot->policy;
    const struct bh_facts *facts = &verification->request.facts;
    verification->now_ms = now_ms;
    verification->valid_until = next_expiry(policy, now_ms);
    verification->decision = bh_decide(policy, facts, now_ms, arena);
    /* Before the gate, so that no grant is spent and nobody is asked for what will not be done. */
    if (verification->unsupported && verification->decision.outcome != BH_DENY) {
        verification->decision.outcome = BH_DENY;
        verification->decision.risk = BH_RISK_HIGH;
        verification->decision.reason = BH_REASON_GATEWAY_UNSUPPORTED;
    }
    if (verification->decision.outcome == BH_NEEDS_APPROVAL &&
        !bh_fingerprint(facts, arena, &verification->target))
        return BH_ERR_NO_MEMORY;
    return render_metadata(verification);
}
