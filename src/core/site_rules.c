// SPDX-License-Identifier: Apache-2.0
#include "core/site_rules.h"

#include <string.h>

#include "core/match.h"
#include "core/site_glob.h"

#define STEPS ((size_t)4000000) /* of one decision, in characters: some milliseconds */

static const struct site_reason {
    bool allowed;
    enum bh_risk risk;
    const char *text;
} reasons[] = {
#define BH_SITE_REASON(name, number, allowed, risk, text) [number] = {allowed, BH_RISK_##risk, text},
#include "core/site_reason_table.h"
#undef BH_SITE_REASON
};

/* An unknown number, perhaps out of a newer database, is a denial. */
static const struct site_reason *find_reason(enum bh_site_reason reason)
{
    return &reasons[(size_t)reason < BH_COUNT(reasons) ? (size_t)reason : BH_SITE_REASON_FAILED_CLOSED];
}

const char *bh_site_reason_text(enum bh_site_reason reason)
{
    return find_reason(reason)->text;
}

bool bh_site_reason_allows(enum bh_site_reason reason)
{
    return find_reason(reason)->allowed;
}

enum bh_risk bh_site_reason_risk(enum bh_site_reason reason)
{
    return find_reason(reason)->risk;
}

/* A visit, taken apart once for all rules. */
struct question {
    const struct bh_site_visit *visit;
    struct bh_site_text path, user_agent;
    bool has_user_agent, has_identifier;
    size_t steps;
};

static bool has_demand(const struct bh_site_rule *rule, const struct bh_site_visit *visit)
{
    if (bh_span_is_absent(rule->verified_agent))
        return true;
    if (bh_span_is_absent(visit->verified_agent))
        return false;
    return bh_span_equal(rule->verified_agent, BH_SPAN("*")) ||
           bh_span_equal(rule->verified_agent, visit->verified_agent);
}

static bool has_signal(const struct bh_site_rule *rule, struct question *question)
{
    if (bh_span_is_absent(rule->agent_identifier) && bh_span_is_absent(rule->user_agent_pattern))
        return !bh_span_is_absent(rule->verified_agent);
    if (question->has_identifier && !bh_span_is_absent(rule->agent_identifier) &&
        bh_match_equal_nocase(rule->agent_identifier, question->visit->agent_identifier))
        return true;
    return question->has_user_agent && !bh_span_is_absent(rule->user_agent_pattern) &&
           bh_site_glob(rule->user_agent_pattern, &question->user_agent, true, &question->steps);
}

static bool matches(const struct bh_site_rule *rule, struct question *question)
{
    return rule->active && has_demand(rule, question->visit) && has_signal(rule, question);
}

static bool has_path(struct bh_span_list patterns, struct question *question, bool ignore_case)
{
    for (uint32_t i = 0; i < patterns.count; i++) {
        if (bh_site_glob(patterns.items[i], &question->path, ignore_case, &question->steps))
            return true;
    }
    return false;
}

/* The first rule of each kind, in the order of the list. */
struct finding {
    const struct bh_site_rule *blocks, *asks, *allows, *matches;
};

static void keep_first(const struct bh_site_rule **slot, const struct bh_site_rule *rule)
{
    if (*slot == NULL)
        *slot = rule;
}

/* False when that is too much work. */
static bool find(const struct bh_site_policy *policy, struct question *question, struct finding *finding)
{
    for (size_t i = 0; i < policy->count; i++) {
        const struct bh_site_rule *rule = &policy->rules[i];
        if (matches(rule, question)) {
            keep_first(&finding->matches, rule);
            if (has_path(rule->blocked_paths, question, true)) {
                finding->blocks = rule;
                return true;
            }
            if (has_path(rule->allowed_paths, question, false))
                keep_first(rule->requires_approval ? &finding->asks : &finding->allows, rule);
        }
        if (question->steps > STEPS)
            return false;
    }
    return true;
}

static struct bh_site_decision conclude(const struct finding *finding)
{
    if (finding->blocks != NULL)
        return (struct bh_site_decision){BH_SITE_REASON_BLOCKED, finding->blocks};
    if (finding->asks != NULL)
        return (struct bh_site_decision){BH_SITE_REASON_APPROVAL_REQUIRED, finding->asks};
    if (finding->allows != NULL)
        return (struct bh_site_decision){BH_SITE_REASON_ALLOWED, finding->allows};
    if (finding->matches != NULL)
        return (struct bh_site_decision){BH_SITE_REASON_PATH_NOT_ALLOWED, finding->matches};
    return (struct bh_site_decision){BH_SITE_REASON_NO_RULE, NULL};
}

struct bh_site_decision bh_site_decide(const struct bh_site_policy *policy, const struct bh_site_visit *visit)
{
    const struct bh_site_decision closed = {BH_SITE_REASON_FAILED_CLOSED, NULL};
    struct question question;
    struct finding finding = {NULL, NULL, NULL, NULL};
    if (!policy->found)
        return (struct bh_site_decision){BH_SITE_REASON_NO_SITE, NULL};
    if (!policy->active)
        return (struct bh_site_decision){BH_SITE_REASON_SITE_DISABLED, NULL};
    question.visit = visit;
    question.steps = 0;
    question.has_user_agent = visit->user_agent.len > 0;
    question.has_identifier = visit->agent_identifier.len > 0;
    if (!bh_site_text_read(visit->path, &question.path) ||
        !bh_site_text_read(visit->user_agent, &question.user_agent) || !find(policy, &question, &finding))
        return closed;
    return conclude(&finding);
}

static bool is_older(const struct bh_site_rule *a, const struct bh_site_rule *b)
{
    if (a->created_at_ms != b->created_at_ms)
        return a->created_at_ms < b->created_at_ms;
    size_t common = a->rule_id.len < b->rule_id.len ? a->rule_id.len : b->rule_id.len;
    int order = common == 0 ? 0 : memcmp(a->rule_id.data, b->rule_id.data, common);
    return order != 0 ? order < 0 : a->rule_id.len < b->rule_id.len;
}

/* Insertion: a site has few rules, and they come in order from the store. */
void bh_site_rules_sort(struct bh_site_rule *rules, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct bh_site_rule moving = rules[i];
        size_t at = i;
        for (; at > 0 && is_older(&rules[at - 1], &moving); at--)
            rules[at] = rules[at - 1];
        rules[at] = moving;
    }
}
