// SPDX-License-Identifier: Apache-2.0
/*
 * Any policy and any request give a sound decision: nobody but an active agent gets more than a deny, a yes
 * names an active permission, blocking the action everywhere denies, and less scratch memory never gives
 * more.
 */
#include "fuzz_input.h"

#include "core/boundary.h"
#include "core/decide.h"
#include "core/fingerprint.h"
#include "lib/json.h"
#include "verify/parse.h"

#define ARENA_LIMIT ((size_t)1 << 24)
#define NOW INT64_C(1795219200000)

static void check_decision(
    const struct bh_policy *policy, const struct bh_facts *facts, struct bh_arena *arena)
{
    struct bh_decision decision = bh_decide(policy, facts, NOW, arena);
    struct bh_decision again = bh_decide(policy, facts, NOW, arena);
    require(decision.outcome == again.outcome && decision.reason == again.reason &&
            decision.permission == again.permission);
    require((decision.outcome == BH_ALLOW) == (decision.risk == BH_RISK_LOW));
    require((decision.outcome == BH_NEEDS_APPROVAL) == (decision.risk == BH_RISK_MEDIUM));
    if (decision.outcome != BH_DENY) {
        const struct bh_permission *permission = decision.permission;
        require(permission != NULL && permission->status == BH_PERMISSION_ACTIVE && !permission->malformed);
        require(!permission->has_expires_at || permission->expires_at_ms > NOW);
        require(permission->requires_approval == (decision.outcome == BH_NEEDS_APPROVAL));
    }
    struct bh_policy disabled = *policy;
    disabled.agent_active = false;
    require(bh_decide(&disabled, facts, NOW, arena).outcome == BH_DENY);

    BH_CLEANUP(bh_arena_finish) struct bh_arena none = {0};
    bh_arena_init(&none, 0, 0);
    struct bh_decision starved = bh_decide(policy, facts, NOW, &none);
    require(starved.outcome != BH_ALLOW || decision.outcome == BH_ALLOW);

    struct bh_permission block = {.permission_id = BH_SPAN("block"), .status = BH_PERMISSION_ACTIVE};
    block.blocked_actions = (struct bh_span_list){&facts->action, 1};
    const struct bh_policy blocked = {.agent_active = true, .permissions = &block, .count = 1};
    require(bh_decide(&blocked, facts, NOW, arena).reason == BH_REASON_ACTION_BLOCKED);
}

static void check_boundary(const struct bh_policy *policy)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    BH_CLEANUP(bh_json_release) json_t *manifest = NULL;
    const struct bh_boundary_input input = {.agent_id = BH_SPAN("a"),
        .status = BH_SPAN("active"),
        .name = BH_SPAN("n"),
        .permissions = policy->permissions,
        .permission_count = policy->count};
    bh_buf_init(&out, ARENA_LIMIT);
    bh_boundary_write(&input, NOW, &out);
    require(!out.failed && bh_json_parse_object(bh_buf_span(&out), &manifest) == BH_OK);
}

static void check(const json_t *line, struct bh_arena *arena)
{
    const json_t *array = json_object_get(line, "permissions");
    const json_t *body = json_object_get(line, "request");
    size_t count = json_array_size(array);
    struct bh_permission *permissions = bh_arena_alloc(arena, (count + 1) * sizeof(*permissions));
    struct bh_verify_request request;
    struct bh_target target;
    struct bh_span detail;
    if (permissions == NULL || !json_is_object(body) ||
        bh_verify_parse(body, false, &request, &detail) != BH_OK)
        return;
    struct bh_policy policy = {.agent_active = true, .permissions = permissions};
    for (size_t i = 0; i < count; i++) {
        if (bh_permission_read(json_array_get(array, i), arena, &permissions[policy.count]) == BH_OK)
            policy.count++;
    }
    bh_permission_sort(permissions, policy.count);
    check_decision(&policy, &request.facts, arena);
    check_boundary(&policy);
    if (bh_fingerprint(&request.facts, arena, &target))
        require(target.kind == BH_TARGET_NONE || bh_action_is_bindable(request.facts.action));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    BH_CLEANUP(bh_json_release) json_t *line = NULL;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 4096, ARENA_LIMIT);
    if (bh_json_parse_object((struct bh_span){(const char *)data, size}, &line) != BH_OK)
        return 0;
    check(line, &arena);
    return 0;
}
