// SPDX-License-Identifier: Apache-2.0
#include "core/coverage.h"

#include "core/match.h"

/* ---- work ---- */

/* False when there is not so much left. */
static bool spend(size_t *steps, size_t cost)
{
    if (*steps < cost) {
        *steps = 0;
        return false;
    }
    *steps -= cost;
    return true;
}

static bool has_text(struct bh_span_list list, struct bh_span text, size_t *steps)
{
    for (uint32_t i = 0; i < list.count && spend(steps, text.len + 1); i++) {
        if (bh_span_equal(list.items[i], text))
            return true;
    }
    return false;
}

/* Every item of `some` is in `all`, character by character. */
static bool has_all(struct bh_span_list all, struct bh_span_list some, size_t *steps)
{
    for (uint32_t i = 0; i < some.count; i++) {
        if (!has_text(all, some.items[i], steps))
            return false;
    }
    return true;
}

/* ---- vendors: finite sets of names, or any ---- */

static bool takes_any_vendor(const struct bh_permission *permission)
{
    return bh_span_is_absent(permission->resource) && permission->allowed_vendors.count == 0;
}

static bool entry_matches(struct bh_span entry, struct bh_span vendor, size_t *steps)
{
    return spend(steps, entry.len + 1) && bh_match_entry(entry, vendor);
}

static bool takes_vendor(const struct bh_permission *permission, struct bh_span vendor, size_t *steps)
{
    if (!bh_span_is_absent(permission->resource) && !entry_matches(permission->resource, vendor, steps))
        return false;
    for (uint32_t i = 0; i < permission->allowed_vendors.count; i++) {
        if (entry_matches(permission->allowed_vendors.items[i], vendor, steps))
            return true;
    }
    return permission->allowed_vendors.count == 0;
}

/* Of the vendors that `a` takes and that this entry names: do all, or does any, occur in `b`? */
struct vendor_walk {
    const struct bh_permission *a, *b;
    size_t *steps;
    bool all, any;
};

static void walk_entry(struct vendor_walk *walk, struct bh_span entry)
{
    for (size_t start = 0; start <= entry.len;) {
        struct bh_span rest = bh_span_from_index(entry, start);
        size_t comma = bh_span_find(rest, BH_SPAN(","));
        struct bh_span item = bh_span_trim((struct bh_span){rest.data, comma == SIZE_MAX ? rest.len : comma});
        if (item.len > 0 && takes_vendor(walk->a, item, walk->steps)) {
            bool taken = takes_vendor(walk->b, item, walk->steps);
            walk->all = walk->all && taken;
            walk->any = walk->any || taken;
        }
        if (comma == SIZE_MAX || *walk->steps == 0)
            return;
        start += comma + 1;
    }
}

static struct vendor_walk walk_vendors(
    const struct bh_permission *a, const struct bh_permission *b, size_t *steps)
{
    struct vendor_walk walk = {a, b, steps, true, false};
    if (a->allowed_vendors.count == 0)
        walk_entry(&walk, a->resource);
    for (uint32_t i = 0; i < a->allowed_vendors.count; i++)
        walk_entry(&walk, a->allowed_vendors.items[i]);
    return walk;
}

static bool vendors_cover(const struct bh_permission *outer, const struct bh_permission *inner, size_t *steps)
{
    if (takes_any_vendor(outer))
        return true;
    return !takes_any_vendor(inner) && walk_vendors(inner, outer, steps).all && *steps > 0;
}

static bool vendors_are_disjoint(const struct bh_permission *a, const struct bh_permission *b, size_t *steps)
{
    if (takes_any_vendor(a) || takes_any_vendor(b))
        return false;
    return !walk_vendors(a, b, steps).any && *steps > 0;
}

/* ---- branch, environment, repository: patterns ---- */

struct patterns {
    struct bh_span_list allowed, denied;
};

static bool is_literal(struct bh_span pattern)
{
    return bh_span_find(pattern, BH_SPAN("*")) == SIZE_MAX;
}

/* What a pattern makes of the only value that a literal stands for; letters' case plays no part. */
static enum bh_match match(struct bh_span pattern, struct bh_span literal, size_t *steps)
{
    return spend(steps, pattern.len + literal.len + 1) ? bh_match_path_within(pattern, literal, true, steps)
                                                       : BH_MATCH_TOO_COSTLY;
}

/* Whatever `inner` matches, `outer` matches. */
static bool pattern_covers(struct bh_span outer, struct bh_span inner, size_t *steps)
{
    if (bh_span_equal(outer, inner) || bh_span_equal(outer, BH_SPAN("**")))
        return true;
    return is_literal(inner) && match(outer, inner, steps) == BH_MATCH_YES;
}

static bool any_covers(struct bh_span_list outer, struct bh_span inner, size_t *steps)
{
    for (uint32_t i = 0; i < outer.count && spend(steps, inner.len + 1); i++) {
        if (pattern_covers(outer.items[i], inner, steps))
            return true;
    }
    return false;
}

/* No value that `allowed` lets through is matched by `pattern`. */
static bool is_out_of_reach(struct bh_span pattern, struct bh_span_list allowed, size_t *steps)
{
    for (uint32_t i = 0; i < allowed.count; i++) {
        if (!is_literal(allowed.items[i]) || match(pattern, allowed.items[i], steps) != BH_MATCH_NO)
            return false;
    }
    return allowed.count > 0;
}

static bool patterns_cover(struct patterns outer, struct patterns inner, size_t *steps)
{
    if (outer.allowed.count > 0 && inner.allowed.count == 0)
        return false;
    for (uint32_t i = 0; outer.allowed.count > 0 && i < inner.allowed.count; i++) {
        if (!any_covers(outer.allowed, inner.allowed.items[i], steps))
            return false;
    }
    /* A denied list wants to know the value: only an inner one with a list of either kind can be covered. */
    for (uint32_t i = 0; i < outer.denied.count; i++) {
        if (!has_text(inner.denied, outer.denied.items[i], steps) &&
            !is_out_of_reach(outer.denied.items[i], inner.allowed, steps))
            return false;
    }
    return true;
}

static bool may_meet(struct bh_span a, struct bh_span b, size_t *steps)
{
    if (is_literal(b))
        return match(a, b, steps) != BH_MATCH_NO;
    return !is_literal(a) || match(b, a, steps) != BH_MATCH_NO;
}

static bool allowed_lists_meet(struct bh_span_list a, struct bh_span_list b, size_t *steps)
{
    for (uint32_t i = 0; i < a.count; i++) {
        for (uint32_t j = 0; j < b.count; j++) {
            if (may_meet(a.items[i], b.items[j], steps))
                return true;
        }
    }
    return a.count == 0 || b.count == 0;
}

/* `allowed` names only values that `denied` keeps out. */
static bool is_kept_out(struct bh_span_list allowed, struct bh_span_list denied, size_t *steps)
{
    for (uint32_t i = 0; i < allowed.count; i++) {
        if (!is_literal(allowed.items[i]) || !any_covers(denied, allowed.items[i], steps))
            return false;
    }
    return allowed.count > 0;
}

static bool patterns_are_disjoint(struct patterns a, struct patterns b, size_t *steps)
{
    return !allowed_lists_meet(a.allowed, b.allowed, steps) || is_kept_out(a.allowed, b.denied, steps) ||
           is_kept_out(b.allowed, a.denied, steps);
}

#define CONTEXTS 3

static void read_contexts(const struct bh_permission *permission, struct patterns ret_contexts[CONTEXTS])
{
    const struct bh_permission_rules *rules = permission->rules;
    ret_contexts[0] = (struct patterns){rules->allowed_branches, rules->denied_branches};
    ret_contexts[1] = (struct patterns){rules->allowed_environments, rules->denied_environments};
    ret_contexts[2] = (struct patterns){rules->allowed_repositories, rules->denied_repositories};
}

static bool contexts_cover(
    const struct bh_permission *outer, const struct bh_permission *inner, size_t *steps)
{
    struct patterns of_outer[CONTEXTS];
    struct patterns of_inner[CONTEXTS];
    read_contexts(outer, of_outer);
    read_contexts(inner, of_inner);
    for (size_t i = 0; i < CONTEXTS; i++) {
        if (!patterns_cover(of_outer[i], of_inner[i], steps))
            return false;
    }
    return true;
}

/* ---- amount, paths, commands ---- */

static bool amounts_cover(const struct bh_permission *outer, const struct bh_permission *inner)
{
    return !outer->has_max_amount || (inner->has_max_amount && inner->max_amount <= outer->max_amount);
}

static bool has_path_rules(const struct bh_permission *permission)
{
    return permission->rules->allowed_paths.count > 0 || permission->rules->denied_paths.count > 0;
}

/* Paths have several forms; only the very same patterns are sure to say the same about all of them. */
static bool paths_cover(const struct bh_permission *outer, const struct bh_permission *inner, size_t *steps)
{
    const struct bh_permission_rules *wide = outer->rules;
    const struct bh_permission_rules *narrow = inner->rules;
    if (!has_path_rules(outer))
        return true;
    if (!has_path_rules(inner) || (wide->allowed_paths.count > 0 && narrow->allowed_paths.count == 0))
        return false;
    return (wide->allowed_paths.count == 0 || has_all(wide->allowed_paths, narrow->allowed_paths, steps)) &&
           has_all(narrow->denied_paths, wide->denied_paths, steps);
}

/* A command that holds `entry` holds one of the list's entries too. */
static bool is_denied_by(struct bh_span_list list, struct bh_span entry, size_t *steps)
{
    for (uint32_t i = 0; i < list.count && spend(steps, entry.len + list.items[i].len + 1); i++) {
        if (!bh_span_is_blank(list.items[i]) && bh_span_find(entry, list.items[i]) != SIZE_MAX)
            return true;
    }
    return false;
}

static bool commands_cover(
    const struct bh_permission *outer, const struct bh_permission *inner, size_t *steps)
{
    struct bh_span_list denied = outer->rules->denied_commands;
    for (uint32_t i = 0; i < denied.count; i++) {
        if (!bh_span_is_blank(denied.items[i]) &&
            !is_denied_by(inner->rules->denied_commands, denied.items[i], steps))
            return false;
    }
    return true;
}

/* ---- all of it ---- */

struct bh_coverage bh_coverage_read(
    const struct bh_permission *outer, const struct bh_permission *inner, size_t *steps)
{
    struct bh_coverage coverage = {false, false, false};
    coverage.values = amounts_cover(outer, inner) && vendors_cover(outer, inner, steps) &&
                      contexts_cover(outer, inner, steps);
    coverage.paths = paths_cover(outer, inner, steps);
    coverage.commands = commands_cover(outer, inner, steps);
    return coverage;
}

static bool is_path_action(struct bh_span action)
{
    return bh_span_equal(action, BH_SPAN("read_file")) || bh_span_equal(action, BH_SPAN("write_file"));
}

bool bh_coverage_holds(const struct bh_coverage *coverage, struct bh_span action)
{
    return coverage->values && (coverage->paths || !is_path_action(action)) &&
           (coverage->commands || !bh_span_equal(action, BH_SPAN("execute_command")));
}

bool bh_coverage_is_disjoint(const struct bh_permission *a, const struct bh_permission *b, size_t *steps)
{
    struct patterns of_a[CONTEXTS];
    struct patterns of_b[CONTEXTS];
    if (vendors_are_disjoint(a, b, steps))
        return true;
    read_contexts(a, of_a);
    read_contexts(b, of_b);
    for (size_t i = 0; i < CONTEXTS; i++) {
        if (patterns_are_disjoint(of_a[i], of_b[i], steps))
            return true;
    }
    return false;
}

bool bh_coverage_is_unlimited(const struct bh_permission *permission, struct bh_span action)
{
    const struct bh_permission_rules *rules = permission->rules;
    if (!takes_any_vendor(permission) || permission->has_max_amount)
        return false;
    if (rules->allowed_branches.count + rules->denied_branches.count + rules->allowed_environments.count +
            rules->denied_environments.count + rules->allowed_repositories.count +
            rules->denied_repositories.count >
        0)
        return false;
    if (is_path_action(action))
        return !has_path_rules(permission);
    return !bh_span_equal(action, BH_SPAN("execute_command")) || rules->denied_commands.count == 0;
}
