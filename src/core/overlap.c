// SPDX-License-Identifier: Apache-2.0
#include "core/overlap.h"

#include "core/coverage.h"
#include "lib/json.h"

/* Of comparing, for all permissions of a policy together, in characters: a fraction of a second. */
#define OVERLAP_STEPS ((size_t)32000000)

/* An action that the draft is about. */
struct subject {
    struct bh_span action;
    bool draft_blocks;
    bool blocked;                           /* by an active permission */
    const struct bh_permission *settled_by; /* by which the draft can never decide it, or NULL */
};

struct search {
    const struct bh_policy *policy;
    const struct bh_permission *draft;
    int64_t now_ms;
    size_t steps;
    struct subject *subjects;
    size_t subject_count;
    struct bh_overlap *found;
    size_t count;
};

/* ---- actions ---- */

static size_t count_actions(const struct bh_permission *permission)
{
    return (size_t)1 + permission->allowed_actions.count + permission->blocked_actions.count;
}

static struct bh_span action_at(const struct bh_permission *permission, size_t index)
{
    if (index == 0)
        return permission->action;
    index--;
    if (index < permission->allowed_actions.count)
        return permission->allowed_actions.items[index];
    return permission->blocked_actions.items[index - permission->allowed_actions.count];
}

static bool blocks(const struct bh_permission *permission, struct bh_span action)
{
    return bh_span_list_has(permission->blocked_actions, action);
}

static bool grants(const struct bh_permission *permission, struct bh_span action)
{
    return !permission->malformed && !blocks(permission, action) &&
           (bh_span_equal(permission->action, action) ||
               bh_span_list_has(permission->allowed_actions, action));
}

/* ---- the draft's actions ---- */

static bool outlives(const struct bh_permission *a, const struct bh_permission *b)
{
    return !a->has_expires_at || (b->has_expires_at && b->expires_at_ms <= a->expires_at_ms);
}

/*
 * As the newest one the draft decides whatever no other allows, unless another blocks the action. So it is
 * idle only where it is blocked, or where it has nothing but approval to give and another allows everything.
 */
static bool settles(
    const struct bh_permission *other, const struct bh_permission *draft, const struct subject *subject)
{
    if (subject->draft_blocks || !outlives(other, draft))
        return false;
    if (blocks(other, subject->action))
        return true;
    return draft->requires_approval && !other->requires_approval && grants(other, subject->action) &&
           bh_coverage_is_unlimited(other, subject->action);
}

static void judge_subject(const struct search *search, struct subject *subject)
{
    for (size_t i = 0; i < search->policy->count; i++) {
        const struct bh_permission *other = &search->policy->permissions[i];
        if (!bh_permission_is_active(other, search->now_ms))
            continue;
        subject->blocked = subject->blocked || blocks(other, subject->action);
        if (subject->settled_by == NULL && settles(other, search->draft, subject))
            subject->settled_by = other;
    }
}

static bool has_subject(const struct search *search, struct bh_span action)
{
    for (size_t i = 0; i < search->subject_count; i++) {
        if (bh_span_equal(search->subjects[i].action, action))
            return true;
    }
    return false;
}

static bool read_subjects(struct search *search, struct bh_arena *arena)
{
    size_t actions = count_actions(search->draft);
    search->subjects = bh_arena_alloc(arena, actions * sizeof(*search->subjects));
    if (search->subjects == NULL)
        return false;
    for (size_t i = 0; i < actions; i++) {
        struct subject subject = {.action = action_at(search->draft, i)};
        if (has_subject(search, subject.action))
            continue;
        subject.draft_blocks = blocks(search->draft, subject.action);
        judge_subject(search, &subject);
        search->subjects[search->subject_count++] = subject;
    }
    return true;
}

static bool draft_never_decides(const struct search *search)
{
    for (size_t i = 0; i < search->subject_count; i++) {
        if (search->subjects[i].settled_by == NULL)
            return false;
    }
    return true;
}

/* ---- the draft and one active permission ---- */

struct pair {
    struct search *search;
    const struct bh_permission *other;
    struct bh_coverage draft_covers, other_covers;
    bool compared, disjoint;
    struct bh_overlap notes[BH_OVERLAP_KINDS];
};

static void note(struct pair *pair, enum bh_overlap_kind kind, struct bh_span action)
{
    struct bh_overlap *overlap = &pair->notes[kind];
    if (overlap->actions++ == 0)
        overlap->action = action;
}

static void compare(struct pair *pair)
{
    const struct bh_permission *draft = pair->search->draft;
    size_t *steps = &pair->search->steps;
    if (pair->compared)
        return;
    pair->compared = true;
    pair->draft_covers = bh_coverage_read(draft, pair->other, steps);
    pair->other_covers = bh_coverage_read(pair->other, draft, steps);
    pair->disjoint = bh_coverage_is_disjoint(draft, pair->other, steps);
}

static bool drops_approval(const struct bh_permission *draft, const struct bh_permission *other)
{
    return other->requires_approval && !draft->requires_approval;
}

static bool lifts_limit(const struct bh_permission *draft, const struct bh_permission *other)
{
    if (draft->requires_approval && !other->requires_approval)
        return false;
    return other->has_max_amount && (!draft->has_max_amount || draft->max_amount > other->max_amount);
}

/* Both grant the action. */
static void judge_granted(struct pair *pair, const struct subject *subject)
{
    const struct bh_permission *draft = pair->search->draft;
    const struct bh_permission *other = pair->other;
    compare(pair);
    if (pair->disjoint)
        return;
    if (!pair->notes[BH_OVERLAP_OVERLAPS].by_blocking)
        note(pair, BH_OVERLAP_OVERLAPS, subject->action);
    if (subject->blocked)
        return;
    if (drops_approval(draft, other) || lifts_limit(draft, other))
        note(pair, BH_OVERLAP_LOOSENS, subject->action);
    /* One that ends sooner still keeps people from being asked; but a draft that allows prolongs it. */
    if (!other->requires_approval && (draft->requires_approval || outlives(other, draft)) &&
        bh_coverage_holds(&pair->other_covers, subject->action))
        note(pair, BH_OVERLAP_ALREADY_ALLOWED, subject->action);
}

static void judge_blocked(struct pair *pair, const struct subject *subject)
{
    struct bh_overlap *overlaps = &pair->notes[BH_OVERLAP_OVERLAPS];
    if (!overlaps->by_blocking)
        *overlaps = (struct bh_overlap){.by_blocking = true};
    note(pair, BH_OVERLAP_OVERLAPS, subject->action);
}

static void judge_pair(struct pair *pair, const struct subject *subject)
{
    bool other_blocks = blocks(pair->other, subject->action);
    bool other_grants = grants(pair->other, subject->action);
    if (subject->draft_blocks && (other_blocks || other_grants))
        judge_blocked(pair, subject);
    else if (other_blocks)
        note(pair, BH_OVERLAP_BLOCKED_ELSEWHERE, subject->action);
    else if (other_grants)
        judge_granted(pair, subject);
}

/* Whatever the other could say about its action, the draft says before it. */
static bool takes_over(struct pair *pair, struct bh_span action)
{
    const struct bh_permission *draft = pair->search->draft;
    if (blocks(draft, action))
        return true;
    if (blocks(pair->other, action) || !grants(draft, action))
        return false;
    if (draft->requires_approval && !pair->other->requires_approval)
        return false;
    compare(pair);
    return bh_coverage_holds(&pair->draft_covers, action);
}

static bool is_shadowed_by_draft(struct pair *pair)
{
    size_t decided = 0;
    if (!outlives(pair->search->draft, pair->other))
        return false;
    for (size_t i = 0; i < count_actions(pair->other); i++) {
        struct bh_span action = action_at(pair->other, i);
        if (!blocks(pair->other, action) && !grants(pair->other, action))
            continue; /* a malformed one decides nothing but what it blocks */
        if (!takes_over(pair, action))
            return false;
        decided++;
    }
    return decided > 0;
}

static void keep(struct pair *pair)
{
    struct search *search = pair->search;
    size_t before = search->count;
    for (enum bh_overlap_kind kind = 0; kind < BH_OVERLAP_KINDS; kind++) {
        if (pair->notes[kind].actions == 0 || (kind == BH_OVERLAP_OVERLAPS && search->count > before))
            continue;
        pair->notes[kind].kind = kind;
        pair->notes[kind].permission = pair->other;
        search->found[search->count++] = pair->notes[kind];
    }
}

static void search_pair(struct search *search, const struct bh_permission *other, bool never_decides)
{
    struct pair pair = {.search = search, .other = other};
    for (size_t i = 0; i < search->subject_count; i++) {
        const struct subject *subject = &search->subjects[i];
        judge_pair(&pair, subject);
        if (never_decides && subject->settled_by == other)
            note(&pair, BH_OVERLAP_SHADOWED, subject->action);
    }
    if (is_shadowed_by_draft(&pair))
        note(&pair, BH_OVERLAP_SHADOWS, BH_ABSENT);
    keep(&pair);
}

enum bh_err bh_overlap_find(const struct bh_policy *policy, const struct bh_permission *draft, int64_t now_ms,
    struct bh_arena *arena, struct bh_overlap **ret_overlaps, size_t *ret_count)
{
    struct search search = {.policy = policy, .draft = draft, .now_ms = now_ms, .steps = OVERLAP_STEPS};
    size_t most = policy->count * BH_OVERLAP_KINDS + 1; /* memory of no bytes is no memory */
    search.found = bh_arena_alloc(arena, most * sizeof(*search.found));
    if (search.found == NULL || !read_subjects(&search, arena))
        return BH_ERR_NO_MEMORY;
    bool never_decides = draft_never_decides(&search);
    for (size_t i = 0; i < policy->count; i++) {
        if (bh_permission_is_active(&policy->permissions[i], now_ms))
            search_pair(&search, &policy->permissions[i], never_decides);
    }
    *ret_overlaps = search.found;
    *ret_count = search.count;
    return BH_OK;
}

/* ---- for people ---- */

const char *bh_overlap_kind_text(enum bh_overlap_kind kind)
{
    static const char *const texts[BH_OVERLAP_KINDS] = {
        "shadows", "shadowed", "blocked_elsewhere", "loosens", "already_allowed", "overlaps"};
    return kind < BH_OVERLAP_KINDS ? texts[kind] : "overlaps";
}

static void add_actions(struct bh_buf *out, const struct bh_overlap *overlap)
{
    bh_buf_add(out, overlap->action);
    if (overlap->actions > 1) {
        bh_buf_add_text(out, " and ");
        bh_buf_add_int(out, (int64_t)overlap->actions - 1);
        bh_buf_add_text(out, overlap->actions == 2 ? " other action" : " other actions");
    }
}

static void add_sentence(
    struct bh_buf *out, const char *before, const struct bh_overlap *overlap, const char *after)
{
    bh_buf_add_text(out, before);
    add_actions(out, overlap);
    bh_buf_add_text(out, after);
}

static void add_loosening(
    struct bh_buf *out, const struct bh_overlap *overlap, const struct bh_permission *draft)
{
    bool unasked = drops_approval(draft, overlap->permission);
    if (unasked)
        add_sentence(
            out, "This permission asks for approval of ", overlap, "; the draft allows that without.");
    if (!lifts_limit(draft, overlap->permission))
        return;
    add_sentence(out, unasked ? " For " : "For ", overlap, " it takes amounts up to ");
    bh_json_add_number(out, overlap->permission->max_amount);
    bh_buf_add_text(out, "; the draft takes ");
    if (draft->has_max_amount) {
        bh_buf_add_text(out, "up to ");
        bh_json_add_number(out, draft->max_amount);
    } else {
        bh_buf_add_text(out, "any");
    }
    bh_buf_add_char(out, '.');
}

void bh_overlap_write_text(
    const struct bh_overlap *overlap, const struct bh_permission *draft, struct bh_buf *out)
{
    switch (overlap->kind) {
    case BH_OVERLAP_SHADOWS:
        bh_buf_add_text(
            out, "The draft settles all that this permission could: it would never decide again.");
        break;
    case BH_OVERLAP_SHADOWED:
        add_sentence(out, "The draft would never decide: this permission settles ", overlap, " before it.");
        break;
    case BH_OVERLAP_BLOCKED_ELSEWHERE:
        add_sentence(
            out, "This permission blocks ", overlap, ". Blocking wins, whatever the draft says about it.");
        break;
    case BH_OVERLAP_LOOSENS:
        add_loosening(out, overlap, draft);
        break;
    case BH_OVERLAP_ALREADY_ALLOWED:
        add_sentence(out, "This permission allows ", overlap,
            draft->requires_approval ? " wherever the draft would ask for approval: nobody would be asked."
                                     : " wherever the draft does.");
        break;
    default:
        if (overlap->by_blocking)
            add_sentence(
                out, "The draft blocks ", overlap, ", which this permission is about. Blocking wins.");
        else
            add_sentence(out, "Both are about ", overlap,
                ". What one of them allows is allowed; what one of them asks approval for, and the other "
                "does "
                "not allow, needs approval.");
        break;
    }
}
