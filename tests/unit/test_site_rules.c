// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

#include "core/site_glob.h"
#include "core/site_rules.h"

static struct bh_span path_of(struct bh_arena *arena, const char *text)
{
    struct bh_span path;
    return bh_site_path_canonical(bh_span_from(text), arena, &path) ? path : BH_ABSENT;
}

/* A path has one form, whatever spelling it comes in. */
static void test_spellings_have_one_form(void **state)
{
    static const char *const cases[][2] = {
        {"/", "/"},
        {"  /docs\n", "/docs"},
        {"//docs///a", "/docs/a"},
        {"/%64ocs/%61", "/docs/a"},
        {"/docs/../admin/x", "/admin/x"},
        {"/docs/%2e%2E/admin", "/admin"},
        {"/docs/.%2e/admin", "/admin"},
        {"/docs/.", "/docs/"},
        {"/docs/a/..", "/docs/"},
        {"/docs/./a", "/docs/a"},
        {"/a//..", "/"},
        {"/a/b//../c", "/a/c"},
        {"/..", "/"},
        {"/../../x", "/x"},
        {"/docs/", "/docs/"},
        {"/...", "/..."},
        {"/...;", "/...;"},
        {"/a;b/..", "/"},
        {"/docs/;a", "/docs/;a"},
        {"/docs/a;..", "/docs/a;.."},
        {"/..x", "/..x"},
        {"/%C3%bcn\xC3\xAF", "/\xC3\xBCn\xC3\xAF"},
        {"/my file", "/my file"},
        {"/a%20", "/a "},
        {"/100%25", "/100%"},
        {"/c%23", "/c#"},
    };
    for (size_t i = 0; i < BH_COUNT(cases); i++)
        assert_span_equal(path_of(*state, cases[i][0]), cases[i][1]);
}

/* What two servers could read differently is refused. */
static void test_odd_paths_are_refused(void **state)
{
    static const char *const cases[] = {"", " ", "docs", "./docs", "%2fdocs", "/a?x", "/a#x", "/a\\b",
        "/a%5cb", "/a%2fb", "/a%2Fb", "/%", "/%4", "/%zz", "/%4g", "/%252e", "/%25%32e", "/%ff", "/%c0%ae",
        "/%ed%a0%80", "/%f4%90%80%80", "/%e2%82", "/\xFF", "/%00", "/%0a", "/%7f", "/%C2%85", "/a\tb",
        "/a\x7f", "/%1f", "/a/.%20", "/a/.. /b", "/%20%2e%2e", "/docs/..;/admin/x", "/docs/.;/x",
        "/docs/%2e%2e%3b/admin", "/docs/..%3Ba=b/admin", "/docs/.. ;x/admin", "/..;", "/a/.;;",
        "/docs/..;..;/x"};
    for (size_t i = 0; i < BH_COUNT(cases); i++)
        assert_span_equal(path_of(*state, cases[i]), NULL);
}

/* A path has at most 500 UTF-16 units as it is sent, without the white space around it. */
static void test_path_length(void **state)
{
    char text[1100] = " /";
    memset(text + 2, 'x', 499);
    assert_int_equal(path_of(*state, text).len, 500);
    text[501] = 'x';
    assert_span_equal(path_of(*state, text), NULL);
    memcpy(text + 1, "/", 2);
    for (size_t i = 0; i < 249; i++)
        memcpy(text + 2 + 4 * i, "\xF0\x9F\x98\x80", 5);
    assert_int_equal(path_of(*state, text).len, 1 + 4 * 249); /* 499 units */
    memcpy(text + 2 + 4 * 249, "\xF0\x9F\x98\x80", 5);
    assert_span_equal(path_of(*state, text), NULL); /* 501 */
}

/* Of a pattern only runs of slashes are joined, and what no path could ever match is refused. */
static void test_patterns(void **state)
{
    static const char *const good[][2] = {{"/", "/"}, {"//a//*", "/a/*"}, {"/a/", "/a/"}, {"/*", "/*"},
        {"/a//", "/a/"}, {"/..*", "/..*"}, {"/ a", "/ a"}};
    static const char *const bad[] = {"", "a", "*", " /a", "/a?", "/a#b", "/%61", "/a\\b", "/.", "/..",
        "/a/../b", "/a/./b", "/a/..", "/a/.. ", "/a/..;", "/a/..;/*", "/.;x/*", "/a\nb", "/a\x7f",
        "/\xC2\x85", "/\xFF"};
    for (size_t i = 0; i < BH_COUNT(good); i++) {
        struct bh_span pattern = BH_ABSENT;
        assert_true(bh_site_pattern_canonical(bh_span_from(good[i][0]), *state, &pattern));
        assert_span_equal(pattern, good[i][1]);
    }
    for (size_t i = 0; i < BH_COUNT(bad); i++) {
        struct bh_span pattern;
        assert_false(bh_site_pattern_canonical(bh_span_from(bad[i]), *state, &pattern));
    }
}

static bool glob(const char *pattern, const char *value, bool ignore_case)
{
    static struct bh_site_text text;
    size_t steps = 0;
    assert_true(bh_site_text_read(bh_span_from(value), &text));
    return bh_site_glob(bh_span_from(pattern), &text, ignore_case, &steps);
}

/* A star takes anything, slashes too; the pieces around it must be there, in order, without overlap. */
static void test_glob(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *value;
        bool match;
    } cases[] = {
        {"/docs/*", "/docs/", true},
        {"/docs/*", "/docs", false},
        {"/docs/*", "/docs/a/b", true},
        {"*", "", true},
        {"**", "x", true},
        {"", "", true},
        {"", "x", false},
        {"a*a", "a", false},
        {"a*a", "aa", true},
        {"*ab*ab", "ab", false},
        {"*ab*ab", "abab", true},
        {"*aab*", "aaab", true},
        {"*abab*c", "abaababc", true},
        {"/*/edit", "/a/b/edit", true},
        {"/*/edit", "/edit", false},
        {"a?b", "a?b", true},
        {"a?b", "axb", false},
        {"*b*", "aaa", false},
        {"a*longer than the value", "ab", false},
    };
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        if (glob(cases[i].pattern, cases[i].value, false) != cases[i].match)
            fail_msg("%s against %s", cases[i].pattern, cases[i].value);
    }
    assert_false(glob("/Docs/*", "/docs/a", false));
    assert_true(glob("/Docs/*", "/dOCS/a", true));
    assert_true(glob("*\xC3\x84*", "x\xC3\xA4x", true));
    assert_true(glob("\xE2\x84\xAA*", "kelvin", true)); /* U+212A */
}

/* The slowest pattern for a matcher that tries again takes no more than its characters. */
static void test_glob_is_linear(void **state)
{
    (void)state;
    static struct bh_site_text text;
    char value[501], pattern[502];
    size_t steps = 0;
    memset(value, 'a', 500);
    value[500] = 0;
    for (size_t i = 0; i < 500; i++)
        pattern[i] = i % 2 == 0 ? '*' : 'a';
    memcpy(pattern + 499, "b", 2);
    assert_true(bh_site_text_read(bh_span_from(value), &text));
    assert_false(bh_site_glob(bh_span_from(pattern), &text, false, &steps));
    assert_true(steps <= 1 + 500 + 500);
    assert_false(bh_site_text_read(BH_SPAN("x"), &text) && text.count != 1);
}

#define MOST_RULES 8

struct site {
    struct bh_site_rule rules[MOST_RULES];
    struct bh_span paths[MOST_RULES][2];
    struct bh_site_policy policy;
};

static struct bh_site_rule *add_rule(
    struct site *site, const char *id, const char *allowed, const char *blocked)
{
    size_t at = site->policy.count++;
    struct bh_site_rule *rule = &site->rules[at];
    *rule = (struct bh_site_rule){.rule_id = bh_span_from(id), .active = true};
    site->paths[at][0] = bh_span_from(allowed);
    site->paths[at][1] = bh_span_from(blocked);
    rule->allowed_paths = (struct bh_span_list){&site->paths[at][0], allowed != NULL};
    rule->blocked_paths = (struct bh_span_list){&site->paths[at][1], blocked != NULL};
    site->policy.rules = site->rules;
    site->policy.found = site->policy.active = true;
    return rule;
}

static void assert_decides(const struct site *site, const struct bh_site_visit *visit,
    enum bh_site_reason reason, const char *rule_id)
{
    struct bh_site_decision decision = bh_site_decide(&site->policy, visit);
    assert_int_equal(decision.reason, reason);
    assert_span_equal(decision.rule == NULL ? BH_ABSENT : decision.rule->rule_id, rule_id);
}

static const struct bh_site_visit bot = {
    .path = {"/docs/a", 7}, .user_agent = {"GoodBot/1.0", 11}, .agent_identifier = {"good", 4}};

/* The zero values deny. */
static void test_zero_denies(void **state)
{
    (void)state;
    const struct site nothing = {.policy = {.found = false}};
    const struct site disabled = {.policy = {.found = true}};
    const struct site empty = {.policy = {.found = true, .active = true}};
    const struct bh_site_decision zero = {0};
    assert_false(bh_site_reason_allows(zero.reason));
    assert_int_equal(bh_site_reason_risk(zero.reason), BH_RISK_HIGH);
    assert_decides(&nothing, &bot, BH_SITE_REASON_NO_SITE, NULL);
    assert_decides(&disabled, &bot, BH_SITE_REASON_SITE_DISABLED, NULL);
    assert_decides(&empty, &bot, BH_SITE_REASON_NO_RULE, NULL);
}

/* Blocking goes before asking, asking before allowing, and of each the first rule is named. */
static void test_order_of_outcomes(void **state)
{
    (void)state;
    struct site site = {0};
    add_rule(&site, "none", NULL, NULL)->agent_identifier = BH_SPAN("GOOD");
    assert_decides(&site, &bot, BH_SITE_REASON_PATH_NOT_ALLOWED, "none");
    add_rule(&site, "allows", "/docs/*", NULL)->user_agent_pattern = BH_SPAN("goodbot*");
    assert_decides(&site, &bot, BH_SITE_REASON_ALLOWED, "allows");
    struct bh_site_rule *asks = add_rule(&site, "asks", "*", NULL);
    asks->agent_identifier = BH_SPAN("good");
    asks->requires_approval = true;
    assert_decides(&site, &bot, BH_SITE_REASON_APPROVAL_REQUIRED, "asks");
    struct bh_site_rule *blocks = add_rule(&site, "blocks", "*", "/DOCS/*");
    blocks->agent_identifier = BH_SPAN("good");
    assert_decides(&site, &bot, BH_SITE_REASON_BLOCKED, "blocks");
    blocks->active = false;
    assert_decides(&site, &bot, BH_SITE_REASON_APPROVAL_REQUIRED, "asks");
}

/* An empty user agent matches no pattern, not even a lone star; no identifier equals an empty one. */
static void test_empty_signals_match_nothing(void **state)
{
    (void)state;
    struct site site = {0};
    struct bh_site_visit visit = {.path = {"/", 1}, .user_agent = BH_ABSENT, .agent_identifier = {"", 0}};
    struct bh_site_rule *rule = add_rule(&site, "star", "*", NULL);
    rule->user_agent_pattern = BH_SPAN("*");
    rule->agent_identifier = BH_SPAN("");
    assert_decides(&site, &visit, BH_SITE_REASON_NO_RULE, NULL);
    visit.user_agent = BH_SPAN("");
    assert_decides(&site, &visit, BH_SITE_REASON_NO_RULE, NULL);
    visit.user_agent = BH_SPAN("x");
    assert_decides(&site, &visit, BH_SITE_REASON_ALLOWED, "star");
}

/* A demanded signature is needed besides a signal, and is enough where no signal is named. */
static void test_verified_agent(void **state)
{
    (void)state;
    struct site site = {0};
    struct bh_site_visit visit = bot;
    struct bh_site_rule *rule = add_rule(&site, "signed", "/*", NULL);
    rule->user_agent_pattern = BH_SPAN("GoodBot*");
    rule->verified_agent = BH_SPAN("https://bot.example");
    assert_decides(&site, &visit, BH_SITE_REASON_NO_RULE, NULL);
    visit.verified_agent = BH_SPAN("https://other.example");
    assert_decides(&site, &visit, BH_SITE_REASON_NO_RULE, NULL);
    visit.verified_agent = BH_SPAN("https://bot.example");
    assert_decides(&site, &visit, BH_SITE_REASON_ALLOWED, "signed");
    visit.user_agent = BH_SPAN("Other");
    assert_decides(&site, &visit, BH_SITE_REASON_NO_RULE, NULL);
    rule->user_agent_pattern = BH_ABSENT;
    assert_decides(&site, &visit, BH_SITE_REASON_ALLOWED, "signed");
    rule->verified_agent = BH_SPAN("*");
    visit.verified_agent = BH_SPAN("https://other.example");
    assert_decides(&site, &visit, BH_SITE_REASON_ALLOWED, "signed");
    visit.verified_agent = BH_ABSENT;
    assert_decides(&site, &visit, BH_SITE_REASON_NO_RULE, NULL);
}

/* Rules that are too much work to go through deny, whatever stands behind them. */
static void test_too_much_work_denies(void **state)
{
    enum { PATTERNS = 40, RULES = 200 };
    struct bh_arena *arena = *state;
    char *text = bh_arena_alloc(arena, 501);
    struct bh_span *patterns = bh_arena_alloc(arena, PATTERNS * sizeof(*patterns));
    struct bh_site_rule *rules = bh_arena_alloc(arena, RULES * sizeof(*rules));
    memset(text, 'a', 500);
    memcpy(text, "/*", 2);
    text[499] = 'b';
    for (size_t i = 0; i < PATTERNS; i++)
        patterns[i] = bh_span_from(text);
    for (size_t i = 0; i < RULES; i++)
        rules[i] = (struct bh_site_rule){.rule_id = BH_SPAN("r"),
            .active = true,
            .user_agent_pattern = BH_SPAN("*"),
            .allowed_paths = {patterns, PATTERNS}};
    char path[501] = "/";
    memset(path + 1, 'a', 499);
    path[500] = 0;
    const struct bh_span everything = BH_SPAN("*");
    rules[RULES - 1].allowed_paths = (struct bh_span_list){&everything, 1};
    const struct bh_site_visit visit = {.path = bh_span_from(path), .user_agent = BH_SPAN("x")};
    struct bh_site_policy policy = {.found = true, .active = true, .rules = rules, .count = RULES};
    assert_int_equal(bh_site_decide(&policy, &visit).reason, BH_SITE_REASON_FAILED_CLOSED);
    policy.rules = rules + RULES - 10;
    policy.count = 10;
    assert_int_equal(bh_site_decide(&policy, &visit).reason, BH_SITE_REASON_ALLOWED);
}

/* Rules are sorted newest first; of equal age the greater id is first. */
static void test_sort(void **state)
{
    (void)state;
    struct bh_site_rule rules[] = {{.rule_id = BH_SPAN("b"), .created_at_ms = 1},
        {.rule_id = BH_SPAN("a"), .created_at_ms = 3}, {.rule_id = BH_SPAN("c"), .created_at_ms = 1},
        {.rule_id = BH_SPAN("bb"), .created_at_ms = 1}, {.rule_id = BH_SPAN("d"), .created_at_ms = 2}};
    static const char *const expected[] = {"a", "d", "c", "bb", "b"};
    bh_site_rules_sort(rules, BH_COUNT(rules));
    for (size_t i = 0; i < BH_COUNT(rules); i++)
        assert_span_equal(rules[i].rule_id, expected[i]);
}

/* A number of no reason is a denial. */
static void test_unknown_reason_denies(void **state)
{
    (void)state;
    assert_false(bh_site_reason_allows((enum bh_site_reason)99));
    assert_string_equal(bh_site_reason_text((enum bh_site_reason)99), "Site Guard failed closed.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(test_spellings_have_one_form),
        fixture_test(test_odd_paths_are_refused),
        fixture_test(test_path_length),
        fixture_test(test_patterns),
        fixture_test(test_glob),
        fixture_test(test_glob_is_linear),
        fixture_test(test_zero_denies),
        fixture_test(test_order_of_outcomes),
        fixture_test(test_empty_signals_match_nothing),
        fixture_test(test_verified_agent),
        fixture_test(test_too_much_work_denies),
        fixture_test(test_sort),
        fixture_test(test_unknown_reason_denies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
