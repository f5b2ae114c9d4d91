// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

#include "core/coverage.h"
#include "core/overlap.h"

#define NOW 1000000
#define PERMISSIONS_MAX 8

static void read_permissions(
    struct bh_arena *arena, const char *text, struct bh_permission *list, size_t *count)
{
    json_t *array = fixture_json(text);
    *count = json_array_size(array);
    assert_in_range(*count, 0, PERMISSIONS_MAX);
    for (size_t i = 0; i < *count; i++)
        assert_int_equal(bh_permission_read(json_array_get(array, i), arena, &list[i]), BH_OK);
    bh_json_release(&array);
}

static void find(struct bh_arena *arena, const char *draft, const char *permissions,
    struct bh_permission *ret_draft, struct bh_overlap **ret_overlaps, size_t *ret_count)
{
    static struct bh_permission list[PERMISSIONS_MAX];
    struct bh_policy policy = {.agent_active = true, .permissions = list};
    json_t *json = fixture_json(draft);
    assert_int_equal(bh_permission_read(json, arena, ret_draft), BH_OK);
    bh_json_release(&json);
    read_permissions(arena, permissions, list, &policy.count);
    assert_int_equal(bh_overlap_find(&policy, ret_draft, NOW, arena, ret_overlaps, ret_count), BH_OK);
}

/* `members` of the draft and of the one permission "p", both active and for the action "a" unless they say
 * otherwise; `expected` names the kinds, with a blank between. */
static void assert_kinds(
    struct bh_arena *arena, const char *draft, const char *permission, const char *expected)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf of_draft = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf of_permission = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf kinds = {0};
    struct bh_permission read;
    struct bh_overlap *overlaps = NULL;
    size_t count = 0;
    bh_buf_init(&of_draft, 100000);
    bh_buf_init(&of_permission, 100000);
    bh_buf_init(&kinds, 1000);
    bh_buf_addf(&of_draft, "{'permissionId':'draft','status':'active'%s,%s}%c",
        strstr(draft, "'action'") == NULL ? ",'action':'a'" : "", draft, 0);
    bh_buf_addf(&of_permission, "[{'permissionId':'p'%s%s,%s}]%c",
        strstr(permission, "'status'") == NULL ? ",'status':'active'" : "",
        strstr(permission, "'action'") == NULL ? ",'action':'a'" : "", permission, 0);
    find(arena, of_draft.data, of_permission.data, &read, &overlaps, &count);
    for (size_t i = 0; i < count; i++) {
        assert_span_equal(overlaps[i].permission->permission_id, "p");
        bh_buf_addf(&kinds, "%s%s", i == 0 ? "" : " ", bh_overlap_kind_text(overlaps[i].kind));
    }
    bh_buf_add_char(&kinds, 0);
    assert_string_equal(kinds.data, expected);
}

#define PLAIN "'scope':'x'"
#define ASKS "'requiresApproval':true"
#define LIMITED(members) "'constraints':{" members "}"

/* A draft that allows everything about an action leaves nothing to an older permission for it. */
static void test_wider_draft_shadows(void **state)
{
    assert_kinds(*state, PLAIN, LIMITED("'allowedVendors':['x']"), "shadows");
    assert_kinds(*state, PLAIN, ASKS, "shadows loosens");
    assert_kinds(*state, PLAIN, PLAIN, "shadows already_allowed");
    assert_kinds(*state, PLAIN, "'allowedActions':['b']", "already_allowed");
    assert_kinds(*state, "'allowedActions':['b']", "'allowedActions':['b'],'resource':'x'", "shadows");
    assert_kinds(*state, "'blockedActions':['a']", PLAIN, "shadows");
    assert_kinds(*state, "'blockedActions':['a']", "'blockedActions':['a']", "shadows");
}

/* What the permission still decides after a while, or by itself, is not shadowed. */
static void test_narrower_draft_does_not_shadow(void **state)
{
    assert_kinds(*state, LIMITED("'allowedVendors':['x']"), "'requiresApproval':true", "loosens");
    assert_kinds(*state, ASKS, LIMITED("'allowedVendors':['x']"), "overlaps");
    assert_kinds(*state, LIMITED("'expiresAt':'2100-01-01'"), LIMITED("'allowedVendors':['x']"), "overlaps");
    assert_kinds(*state, LIMITED("'expiresAt':'2100-01-01'"),
        LIMITED("'allowedVendors':['x'],'expiresAt':'2099-01-01'"), "shadows");
    assert_kinds(*state, LIMITED("'maxAmount':5"), LIMITED("'maxAmount':6"), "already_allowed");
}

/* Only active permissions are in anybody's way. */
static void test_inactive_permissions_are_left_out(void **state)
{
    assert_kinds(*state, PLAIN, "'status':'revoked'", "");
    assert_kinds(*state, PLAIN, LIMITED("'expiresAt':'1970-01-01T00:16:40.000Z'"), "");
    assert_kinds(*state, PLAIN, LIMITED("'expiresAt':'1970-01-01T00:16:40.001Z'"), "shadows");
}

/* Permissions that never accept the same request have nothing to do with each other. */
static void test_apart(void **state)
{
    assert_kinds(*state, PLAIN, "'action':'b'", "");
    assert_kinds(*state, "'resource':'x'", "'resource':'y'", "");
    assert_kinds(*state, "'resource':'x, y'", "'resource':'y, z'", "overlaps");
    assert_kinds(
        *state, "'resource':'x,y'," LIMITED("'allowedVendors':['y']"), LIMITED("'allowedVendors':['x']"), "");
    assert_kinds(*state, LIMITED("'allowedBranches':['main']"), LIMITED("'allowedBranches':['dev']"), "");
    assert_kinds(
        *state, LIMITED("'allowedBranches':['main']"), LIMITED("'allowedBranches':['release/*']"), "");
    assert_kinds(
        *state, LIMITED("'allowedBranches':['re*']"), LIMITED("'allowedBranches':['release/*']"), "overlaps");
    assert_kinds(
        *state, LIMITED("'allowedEnvironments':['Prod']"), LIMITED("'deniedEnvironments':['pr*']"), "");
}

/* Blocking wins, whoever blocks. */
static void test_blocking(void **state)
{
    assert_kinds(*state, PLAIN, "'action':'b','blockedActions':['a']", "shadowed blocked_elsewhere");
    assert_kinds(
        *state, "'allowedActions':['b']", "'action':'c','blockedActions':['b']", "blocked_elsewhere");
    assert_kinds(*state, "'blockedActions':['b']", "'action':'b','allowedActions':['c']", "overlaps");
    assert_kinds(*state, LIMITED("'expiresAt':'2100-01-01'"),
        "'action':'b','blockedActions':['a']," LIMITED("'expiresAt':'2099-01-01'"), "blocked_elsewhere");
}

/* A draft that asks for approval is idle where everything is allowed anyway. */
static void test_shadowed(void **state)
{
    assert_kinds(*state, ASKS, PLAIN, "shadowed already_allowed");
    assert_kinds(*state, ASKS, "'resource':'x'", "overlaps");
    assert_kinds(*state, ASKS ",'resource':'x'", "'resource':'x'", "already_allowed");
    assert_kinds(*state, ASKS ",'allowedActions':['b']", PLAIN, "already_allowed");
}

/* Less approval and more amount are told apart from more of either. */
static void test_loosening(void **state)
{
    assert_kinds(*state, LIMITED("'maxAmount':6"), LIMITED("'maxAmount':5"), "shadows loosens");
    assert_kinds(*state, LIMITED("'maxAmount':5"), LIMITED("'maxAmount':5"), "shadows already_allowed");
    assert_kinds(*state, ASKS "," LIMITED("'maxAmount':6"), LIMITED("'maxAmount':5"), "overlaps");
    assert_kinds(
        *state, ASKS "," LIMITED("'maxAmount':6"), ASKS "," LIMITED("'maxAmount':5"), "shadows loosens");
    assert_kinds(*state, ASKS, LIMITED("'maxAmount':5"), "overlaps");
    assert_kinds(*state, "'resource':'x'", ASKS ",'resource':'y'", "");
    assert_kinds(*state, "'blockedActions':['b'],'allowedActions':['b']", "'action':'b'," ASKS, "shadows");
}

/* Rules count for the actions that they are about; the same ones are known to say the same. */
static void test_rules_of_single_actions(void **state)
{
    const char *paths = LIMITED("'allowedPaths':['src/**'],'deniedPaths':['src/x']");
    const char *commands = LIMITED("'deniedCommands':['rm -rf']");
    assert_kinds(*state, paths, PLAIN, "shadows already_allowed");
    assert_kinds(*state, "'action':'read_file'," LIMITED("'allowedPaths':['src/**']"), "'action':'read_file'",
        "already_allowed");
    assert_kinds(*state, "'action':'read_file'," LIMITED("'allowedPaths':['src/**','b']"),
        "'action':'read_file'," LIMITED("'allowedPaths':['b']"), "shadows");
    assert_kinds(*state, "'action':'read_file'," LIMITED("'deniedPaths':['b']"),
        "'action':'read_file'," LIMITED("'deniedPaths':['b','c']"), "shadows");
    assert_kinds(*state, "'action':'read_file'," LIMITED("'deniedPaths':['b']"),
        "'action':'read_file'," LIMITED("'allowedPaths':['c']"), "overlaps");
    assert_kinds(*state, commands, PLAIN, "shadows already_allowed");
    assert_kinds(*state, "'action':'execute_command'," LIMITED("'deniedCommands':['rm -rf',' ']"),
        "'action':'execute_command'," LIMITED("'deniedCommands':['rm']"), "shadows");
    assert_kinds(*state, "'action':'execute_command'," LIMITED("'deniedCommands':['rm']"),
        "'action':'execute_command'," LIMITED("'deniedCommands':['rm -rf']"), "already_allowed");
}

/* A permission that cannot be understood grants nothing, but what it blocks is blocked. */
static void test_malformed(void **state)
{
    assert_kinds(*state, PLAIN, "'allowedActions':'b'", "");
    assert_kinds(*state, PLAIN, "'allowedActions':'b','blockedActions':['a']", "shadowed blocked_elsewhere");
    assert_kinds(*state, "'blockedActions':['a']", "'allowedActions':'b','blockedActions':['a']", "shadows");
}

static void assert_text(
    struct bh_arena *arena, const char *draft, const char *permissions, const char *expected)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_permission read;
    struct bh_overlap *overlaps = NULL;
    size_t count = 0;
    bh_buf_init(&text, 10000);
    find(arena, draft, permissions, &read, &overlaps, &count);
    for (size_t i = 0; i < count; i++) {
        bh_overlap_write_text(&overlaps[i], &read, &text);
        bh_buf_add_char(&text, '|');
    }
    assert_span_equal(bh_buf_span(&text), expected);
}

/* The sentences name the first action and count the others. */
static void test_texts(void **state)
{
    assert_text(*state, "{'permissionId':'d','action':'a','allowedActions':['b','c'],'status':'active'}",
        "[{'permissionId':'p','action':'z','allowedActions':['a','b'],'requiresApproval':true,'status':'"
        "active',"
        "'constraints':{'maxAmount':5}}]",
        "This permission asks for approval of a and 1 other action; the draft allows that without. For a and "
        "1 other "
        "action it takes amounts up to 5; the draft takes any.|");
    assert_text(*state, "{'permissionId':'d','action':'a','allowedActions':['b','c'],'status':'active'}",
        "[{'permissionId':'p','action':'z','blockedActions':['a','b','c'],'status':'active'}]",
        "The draft would never decide: this permission settles a and 2 other actions before it.|"
        "This permission blocks a and 2 other actions. Blocking wins, whatever the draft says about it.|");
}

/* Comparing has an end: lists that take too much work are not known to cover each other. */
static void test_work_is_bounded(void **state)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_permission list[PERMISSIONS_MAX];
    size_t count = 0;
    bh_buf_init(&text, 1000000);
    bh_buf_add_text(
        &text, "[{'permissionId':'p','action':'a','status':'active','constraints':{'allowedVendors':[");
    for (int i = 0; i < 100; i++)
        bh_buf_addf(&text, "%s'v%d,w%d'", i == 0 ? "" : ",", i, i);
    bh_buf_addf(&text, "]}}]%c", 0);
    read_permissions(*state, text.data, list, &count);
    size_t steps = 1000000;
    assert_true(bh_coverage_read(&list[0], &list[0], &steps).values);
    assert_in_range(steps, 1, 999999);
    steps = 1000;
    assert_false(bh_coverage_read(&list[0], &list[0], &steps).values);
    assert_int_equal(steps, 0);
    assert_false(bh_coverage_is_disjoint(&list[0], &list[0], &steps));
}

/* ---- against the decision ---- */

#define ROUNDS 6000
#define REQUESTS 60
#define OTHERS 3

static uint64_t seed = 20240817;

static unsigned draw(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % below;
}

static const char *const actions[] = {"a", "b", "read_file", "execute_command"};
static const char *const vendors[] = {"x", "y", "x,y", "y, z"};
static const char *const branches[] = {"main", "dev", "re/*", "**"};
static const char *const paths[] = {"src/**", "src/a", "/etc/**"};
static const char *const commands[] = {"rm", "rm -rf", "ls"};
static const double amounts[] = {0, 5, 10, 50};

/* One in `rarity` times a list of one or two of them. */
static void add_list(
    struct bh_buf *out, const char *key, const char *const *items, unsigned count, unsigned rarity)
{
    if (draw(rarity) != 0)
        return;
    bh_buf_addf(out, "%s'%s':['%s'", out->data[out->len - 1] == '{' ? "" : ",", key, items[draw(count)]);
    if (draw(2) == 0)
        bh_buf_addf(out, ",'%s'", items[draw(count)]);
    bh_buf_add_char(out, ']');
}

static void add_permission(struct bh_buf *out, const char *permission_id)
{
    bh_buf_addf(out, "{'permissionId':'%s','status':'active','action':'%s','requiresApproval':%s",
        permission_id, actions[draw(BH_COUNT(actions))], draw(2) == 0 ? "true" : "false");
    add_list(out, "allowedActions", actions, BH_COUNT(actions), 2);
    add_list(out, "blockedActions", actions, BH_COUNT(actions), 6);
    if (draw(4) == 0)
        bh_buf_addf(out, ",'resource':'%s'", vendors[draw(BH_COUNT(vendors))]);
    bh_buf_add_text(out, ",'constraints':{");
    if (draw(4) == 0)
        bh_buf_addf(out, "'maxAmount':%d", (int)amounts[draw(BH_COUNT(amounts))]);
    add_list(out, "allowedVendors", vendors, BH_COUNT(vendors), 4);
    add_list(out, "allowedBranches", branches, BH_COUNT(branches), 5);
    add_list(out, "deniedBranches", branches, BH_COUNT(branches) - 1, 6);
    add_list(out, "allowedPaths", paths, BH_COUNT(paths), 4);
    add_list(out, "deniedPaths", paths, BH_COUNT(paths), 5);
    add_list(out, "deniedCommands", commands, BH_COUNT(commands), 4);
    if (draw(4) == 0)
        bh_buf_addf(out, "%s'expiresAt':'1970-01-01T00:%02u:00.000Z'",
            out->data[out->len - 1] == '{' ? "" : ",", 17 + draw(3));
    bh_buf_add_text(out, "}}");
}

static struct bh_span draw_text(const char *const *texts, unsigned count)
{
    unsigned index = draw(count + 1);
    return index == count ? BH_ABSENT : bh_span_from(texts[index]);
}

static struct bh_facts draw_facts(void)
{
    static const char *const asked_vendors[] = {"x", "y", "z"};
    static const char *const asked_branches[] = {"main", "DEV", "re/1", "other"};
    static const char *const asked_paths[] = {"/w/src/a", "src/b", "/etc/passwd"};
    static const char *const asked_commands[] = {"rm -rf /", "rm x", "ls"};
    struct bh_facts facts = {.action = bh_span_from(actions[draw(BH_COUNT(actions))])};
    facts.vendor = draw_text(asked_vendors, BH_COUNT(asked_vendors));
    facts.branch = draw_text(asked_branches, BH_COUNT(asked_branches));
    facts.path = draw_text(asked_paths, BH_COUNT(asked_paths));
    facts.command = draw_text(asked_commands, BH_COUNT(asked_commands));
    facts.cwd = draw(3) == 0 ? BH_ABSENT : BH_SPAN("/w");
    facts.has_amount = draw(4) != 0;
    facts.amount = facts.has_amount ? amounts[draw(BH_COUNT(amounts))] + draw(2) : 0;
    return facts;
}

struct round {
    struct bh_permission permissions[PERMISSIONS_MAX]; /* the draft first */
    size_t count;
    struct bh_overlap *overlaps;
    size_t overlap_count;
    struct bh_arena *arena;
    int64_t at_ms;
    struct bh_facts facts;
    size_t *seen;
};

static struct bh_decision decide(const struct round *round, size_t from, size_t count)
{
    struct bh_policy policy = {true, &round->permissions[from], count};
    return bh_decide(&policy, &round->facts, round->at_ms, round->arena);
}

static bool is_warned(
    const struct round *round, const struct bh_permission *permission, enum bh_overlap_kind kind)
{
    for (size_t i = 0; i < round->overlap_count; i++) {
        if (round->overlaps[i].permission == permission &&
            (kind == BH_OVERLAP_KINDS || round->overlaps[i].kind == kind))
            return true;
    }
    return false;
}

static void check_overlap(const struct round *round, const struct bh_overlap *overlap)
{
    const struct bh_permission *draft = &round->permissions[0];
    struct bh_decision then = decide(round, 0, round->count);
    bool about = bh_span_equal(round->facts.action, overlap->action);
    size_t index = (size_t)(overlap->permission - round->permissions);
    bool active = bh_permission_is_active(overlap->permission, round->at_ms);
    round->seen[overlap->kind]++;
    if (overlap->kind == BH_OVERLAP_SHADOWS)
        assert_ptr_not_equal(then.permission, overlap->permission);
    if (overlap->kind == BH_OVERLAP_SHADOWED)
        assert_ptr_not_equal(then.permission, draft);
    if (overlap->kind == BH_OVERLAP_BLOCKED_ELSEWHERE && about && active)
        assert_int_not_equal(then.outcome, BH_ALLOW);
    if (overlap->kind == BH_OVERLAP_ALREADY_ALLOWED && about && active &&
        decide(round, 0, 1).outcome != BH_DENY)
        assert_int_equal(decide(round, index, 1).outcome, BH_ALLOW);
}

/* The permission would accept the request, were the amount within its limit. */
static bool accepts_less(const struct round *round, const struct bh_permission *permission)
{
    struct round less = *round;
    less.facts.has_amount = true;
    less.facts.amount = permission->max_amount;
    return decide(&less, (size_t)(permission - round->permissions), 1).outcome != BH_DENY;
}

/* What happens to the request must have been told. */
static void check_told(const struct round *round)
{
    const struct bh_permission *draft = &round->permissions[0];
    struct bh_decision now = decide(round, 1, round->count - 1);
    struct bh_decision then = decide(round, 0, round->count);
    bool limited = (now.reason == BH_REASON_AMOUNT_EXCEEDED || now.reason == BH_REASON_AMOUNT_MISSING) &&
                   accepts_less(round, now.permission);
    if (then.permission == draft && then.outcome == BH_ALLOW && (now.outcome == BH_NEEDS_APPROVAL || limited))
        assert_true(is_warned(round, now.permission, BH_OVERLAP_LOOSENS));
    for (size_t i = 1; i < round->count; i++) {
        if (decide(round, 0, 1).outcome != BH_DENY && decide(round, i, 1).outcome != BH_DENY)
            assert_true(is_warned(round, &round->permissions[i], BH_OVERLAP_KINDS));
    }
}

static void play(struct bh_arena *arena, size_t *seen)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct round round = {.arena = arena, .seen = seen};
    bh_buf_init(&text, 100000);
    bh_buf_add_char(&text, '[');
    add_permission(&text, "draft");
    for (unsigned i = draw(OTHERS) + 1; i > 0; i--) {
        bh_buf_add_char(&text, ',');
        add_permission(&text, (const char *const[]){"p", "q", "r"}[i - 1]);
    }
    bh_buf_addf(&text, "]%c", 0);
    read_permissions(arena, text.data, round.permissions, &round.count);
    struct bh_policy others = {true, &round.permissions[1], round.count - 1};
    assert_int_equal(
        bh_overlap_find(&others, round.permissions, NOW, arena, &round.overlaps, &round.overlap_count),
        BH_OK);
    for (int i = 0; i < REQUESTS; i++) {
        round.facts = draw_facts();
        round.at_ms = draw(2) == 0 ? NOW : NOW + 15000 * (1 + draw(12));
        if (!bh_permission_is_active(round.permissions, round.at_ms))
            continue;
        for (size_t j = 0; j < round.overlap_count; j++)
            check_overlap(&round, &round.overlaps[j]);
        if (round.at_ms == NOW)
            check_told(&round);
    }
}

/* On random policies and requests no certain warning is belied by the decision, and no loosening is kept
 * back. */
static void test_warnings_agree_with_the_decision(void **state)
{
    size_t seen[BH_OVERLAP_KINDS] = {0};
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct bh_arena arena;
        bh_arena_init(&arena, 65536, FIXTURE_TEXT_LIMIT);
        play(&arena, seen);
        bh_arena_finish(&arena);
    }
    for (size_t i = 0; i < BH_OVERLAP_KINDS; i++)
        assert_in_range(seen[i], 1000, SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(test_wider_draft_shadows),
        fixture_test(test_narrower_draft_does_not_shadow),
        fixture_test(test_inactive_permissions_are_left_out),
        fixture_test(test_apart),
        fixture_test(test_blocking),
        fixture_test(test_shadowed),
        fixture_test(test_loosening),
        fixture_test(test_rules_of_single_actions),
        fixture_test(test_malformed),
        fixture_test(test_texts),
        fixture_test(test_work_is_bounded),
        fixture_test(test_warnings_agree_with_the_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
