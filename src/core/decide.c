// SPDX-License-Identifier: Apache-2.0
#include "core/decide.h"

#include "core/match.h"
#include "core/path.h"

#define CONTEXT_UNITS 200
#define DECISION_STEPS (4 * BH_MATCH_STEPS)
#define READ_PER_STEP 8

/* One question, and what is worked out at most once for it. */
struct question {
    const struct bh_facts *facts;
    int64_t now_ms;
    struct bh_arena *scratch;
    struct bh_path_forms forms;
    bool forms_tried, forms_known;
    size_t steps; /* matching work that is left for all permissions together; without any they deny */
    size_t read;  /* characters of commands that were looked through, which only a shared bound counts */
};

static bool concerns(const struct bh_permission *permission, struct bh_span action)
{
    return bh_span_equal(permission->action, action) ||
           bh_span_list_has(permission->allowed_actions, action) ||
           bh_span_list_has(permission->blocked_actions, action);
}

static bool any_entry_matches(struct bh_span_list list, struct bh_span vendor)
{
    for (uint32_t i = 0; i < list.count; i++) {
        if (bh_match_entry(list.items[i], vendor))
            return true;
    }
    return false;
}

/* BH_MATCH_TOO_COSTLY unless one pattern matches for certain or none does. */
static enum bh_match match_any(struct bh_span_list patterns, struct bh_span value, size_t *steps)
{
    enum bh_match result = BH_MATCH_NO;
    for (uint32_t i = 0; i < patterns.count; i++) {
        enum bh_match match = bh_match_context(patterns.items[i], value, steps);
        if (match == BH_MATCH_YES)
            return BH_MATCH_YES;
        if (match == BH_MATCH_TOO_COSTLY)
            result = match;
    }
    return result;
}

struct context_rule {
    struct bh_span value;
    struct bh_span_list allowed, denied;
    enum bh_reason not_allowed, is_denied;
};

/*
 * A list that exists wants to know the value: one that is absent, too long to compare or too costly to match
 * is outside every allowed list and inside every denied one. ALLOWED means that the rule has no objection.
 */
static enum bh_reason judge_context(const struct context_rule *rule, size_t *steps)
{
    bool comparable = !bh_span_is_absent(rule->value) && bh_span_utf16_length(rule->value) <= CONTEXT_UNITS;
    if (rule->allowed.count > 0 &&
        (!comparable || match_any(rule->allowed, rule->value, steps) != BH_MATCH_YES))
        return rule->not_allowed;
    if (rule->denied.count > 0 && (!comparable || match_any(rule->denied, rule->value, steps) != BH_MATCH_NO))
        return rule->is_denied;
    return BH_REASON_ALLOWED;
}

static enum bh_reason judge_contexts(const struct bh_permission_rules *rules, struct question *question)
{
    const struct bh_facts *facts = question->facts;
    const struct context_rule contexts[] = {
        {facts->branch, rules->allowed_branches, rules->denied_branches, BH_REASON_BRANCH_NOT_ALLOWED,
            BH_REASON_BRANCH_DENIED},
        {facts->environment, rules->allowed_environments, rules->denied_environments,
            BH_REASON_ENVIRONMENT_NOT_ALLOWED, BH_REASON_ENVIRONMENT_DENIED},
        {facts->repository, rules->allowed_repositories, rules->denied_repositories,
            BH_REASON_REPOSITORY_NOT_ALLOWED, BH_REASON_REPOSITORY_DENIED},
    };
    for (size_t i = 0; i < BH_COUNT(contexts); i++) {
        enum bh_reason reason = judge_context(&contexts[i], &question->steps);
        if (reason != BH_REASON_ALLOWED)
            return reason;
    }
    return BH_REASON_ALLOWED;
}

static bool path_is_permitted(const struct bh_permission_rules *rules, struct question *question)
{
    const struct bh_facts *facts = question->facts;
    if (!bh_span_equal(facts->action, BH_SPAN("read_file")) &&
        !bh_span_equal(facts->action, BH_SPAN("write_file")))
        return true;
    if (rules->allowed_paths.count == 0 && rules->denied_paths.count == 0)
        return true;
    if (bh_span_is_absent(facts->path))
        return false;
    if (!question->forms_tried) {
        question->forms_tried = true;
        question->forms_known =
            bh_path_forms(facts->path, facts->cwd, facts->home, question->scratch, &question->forms);
    }
    return question->forms_known && bh_path_forms_permitted(rules->allowed_paths, rules->denied_paths,
                                        &question->forms, &question->steps);
}

/* A plain substring test: a tripwire, not a fence. */
static bool command_is_permitted(const struct bh_permission_rules *rules, struct question *question)
{
    const struct bh_facts *facts = question->facts;
    if (!bh_span_equal(facts->action, BH_SPAN("execute_command")))
        return true;
    for (uint32_t i = 0; i < rules->denied_commands.count; i++) {
        struct bh_span entry = rules->denied_commands.items[i];
        if (bh_span_is_blank(entry))
            continue;
        question->read += facts->command.len;
        if (bh_span_is_absent(facts->command) || bh_span_find(facts->command, entry) != SIZE_MAX)
            return false;
    }
    return true;
}

static enum bh_reason judge_values(const struct bh_permission *permission, const struct bh_facts *facts)
{
    if (!bh_span_is_absent(permission->resource) && !bh_match_entry(permission->resource, facts->vendor))
        return BH_REASON_RESOURCE;
    if (permission->has_max_amount && !facts->has_amount)
        return BH_REASON_AMOUNT_MISSING;
    if (permission->has_max_amount && !(facts->amount <= permission->max_amount))
        return BH_REASON_AMOUNT_EXCEEDED;
    if (permission->allowed_vendors.count > 0 &&
        !any_entry_matches(permission->allowed_vendors, facts->vendor))
        return BH_REASON_VENDOR;
    return BH_REASON_ALLOWED;
}

/* An active permission that does not block the action: the first objection, else approval, else ALLOWED. */
static enum bh_reason judge(const struct bh_permission *permission, struct question *question)
{
    enum bh_reason reason = judge_values(permission, question->facts);
    if (reason == BH_REASON_ALLOWED)
        reason = judge_contexts(permission->rules, question);
    if (reason != BH_REASON_ALLOWED)
        return reason;
    if (!path_is_permitted(permission->rules, question))
        return BH_REASON_PATH;
    if (!command_is_permitted(permission->rules, question))
        return BH_REASON_COMMAND;
    return permission->requires_approval ? BH_REASON_APPROVAL_REQUIRED : BH_REASON_ALLOWED;
}

static struct bh_decision decision_of(enum bh_reason reason, const struct bh_permission *permission)
{
    struct bh_decision decision = {.reason = reason, .permission = permission};
    if (reason == BH_REASON_ALLOWED) {
        decision.outcome = BH_ALLOW;
        decision.risk = BH_RISK_LOW;
    } else if (reason == BH_REASON_APPROVAL_REQUIRED) {
        decision.outcome = BH_NEEDS_APPROVAL;
        decision.risk = BH_RISK_MEDIUM;
    }
    return decision;
}

static const struct bh_permission *find_block(const struct bh_policy *policy, const struct question *question)
{
    for (size_t i = 0; i < policy->count; i++) {
        const struct bh_permission *permission = &policy->permissions[i];
        if (bh_permission_is_active(permission, question->now_ms) &&
            bh_span_list_has(permission->blocked_actions, question->facts->action))
            return permission;
    }
    return NULL;
}

/* An allow wins over an approval, an approval over a denial, then the newer one. False: none is active. */
static bool decide_active(
    const struct bh_policy *policy, struct question *question, struct bh_decision *ret_decision)
{
    bool found = false;
    for (size_t i = 0; i < policy->count; i++) {
        const struct bh_permission *permission = &policy->permissions[i];
        if (permission->malformed || !bh_permission_is_active(permission, question->now_ms) ||
            !concerns(permission, question->facts->action))
            continue;
        struct bh_decision decision = decision_of(judge(permission, question), permission);
        if (decision.outcome == BH_ALLOW) {
            *ret_decision = decision;
            return true;
        }
        if (!found || (decision.outcome == BH_NEEDS_APPROVAL && ret_decision->outcome == BH_DENY))
            *ret_decision = decision;
        found = true;
    }
    return found;
}

/* The newest match that was revoked or has expired names the reason; other statuses are invisible. */
static struct bh_decision decide_inactive(const struct bh_policy *policy, const struct question *question)
{
    for (size_t i = 0; i < policy->count; i++) {
        const struct bh_permission *permission = &policy->permissions[i];
        if (!concerns(permission, question->facts->action))
            continue;
        if (permission->status == BH_PERMISSION_REVOKED)
            return decision_of(BH_REASON_REVOKED, permission);
        if (permission->status == BH_PERMISSION_ACTIVE &&
            bh_permission_is_expired(permission, question->now_ms))
            return decision_of(BH_REASON_EXPIRED, permission);
    }
    return decision_of(BH_REASON_NO_PERMISSION, NULL);
}

static struct bh_decision decide(const struct bh_policy *policy, struct question *question)
{
    if (!policy->agent_active)
        return decision_of(BH_REASON_AGENT_DISABLED, NULL);
    const struct bh_permission *blocking = find_block(policy, question);
    if (blocking != NULL)
        return decision_of(BH_REASON_ACTION_BLOCKED, blocking);
    struct bh_decision decision;
    if (decide_active(policy, question, &decision))
        return decision;
    return decide_inactive(policy, question);
}

struct bh_decision bh_decide(
    const struct bh_policy *policy, const struct bh_facts *facts, int64_t now_ms, struct bh_arena *scratch)
{
    struct question question = {
        .facts = facts, .now_ms = now_ms, .scratch = scratch, .steps = DECISION_STEPS};
    return decide(policy, &question);
}

struct bh_decision bh_decide_within(const struct bh_policy *policy, const struct bh_facts *facts,
    int64_t now_ms, struct bh_arena *scratch, size_t *steps)
{
    size_t most = *steps < DECISION_STEPS ? *steps : DECISION_STEPS;
    struct question question = {.facts = facts, .now_ms = now_ms, .scratch = scratch, .steps = most};
    struct bh_decision decision = decide(policy, &question);
    size_t used = most - question.steps + question.read / READ_PER_STEP;
    *steps -= used < *steps ? used : *steps;
    return decision;
}

static const char *text_or_null(int64_t number)
{
    switch (number) {
#define BH_REASON(name, number, text)                                                                        \
    case (number):                                                                                           \
        return text;
#include "core/reason_table.h"
#undef BH_REASON
    default:
        return NULL;
    }
}

const char *bh_reason_text(enum bh_reason reason)
{
    const char *text = text_or_null(reason);
    return text == NULL ? text_or_null(BH_REASON_FAILED_CLOSED) : text;
}

bool bh_reason_known(int64_t number)
{
    return text_or_null(number) != NULL;
}

const char *bh_risk_text(enum bh_risk risk)
{
    if (risk == BH_RISK_LOW)
        return "low";
    return risk == BH_RISK_MEDIUM ? "medium" : "high";
}
