// SPDX-License-Identifier: Apache-2.0
#include "verify/verify.h"

#include "app/app.h"
#include "lib/clock.h"

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

enum bh_err bh_verify_evaluate(struct bh_verification *verification)
{
    struct bh_arena *arena = &verification->exchange->arena;
    const struct bh_facts *facts = &verification->request.facts;
    verification->now_ms = bh_clock_wall_ms();
    verification->decision = bh_decide(&verification->snapshot->policy, facts, verification->now_ms, arena);
    if (verification->decision.outcome == BH_NEEDS_APPROVAL &&
        !bh_fingerprint(facts, arena, &verification->target))
        return BH_ERR_NO_MEMORY;
    return render_metadata(verification);
}
