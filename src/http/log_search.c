// SPDX-License-Identifier: Apache-2.0
#include "http/log_search.h"

#include <string.h>

#include "lib/timefmt.h"

#define PHRASE_WORDS 6

void bh_log_search_decision(struct bh_span word, struct bh_audit_filter *filter)
{
    static const struct {
        const char *word;
        enum bh_audit_decision decision;
    } words[] = {
        {"allowed", BH_AUDIT_ALLOWED},
        {"denied", BH_AUDIT_DENIED},
        {"approval", BH_AUDIT_APPROVAL},
        {"approval_required", BH_AUDIT_APPROVAL},
        {"requires_approval", BH_AUDIT_APPROVAL},
    };
    for (size_t i = 0; i < BH_COUNT(words) && filter->decision == BH_AUDIT_ANY; i++) {
        if (bh_span_equal_ascii_nocase(word, bh_span_from(words[i].word)))
            filter->decision = words[i].decision;
    }
}

void bh_log_search_risk(struct bh_span word, struct bh_audit_filter *filter)
{
    for (int risk = BH_RISK_HIGH; risk <= BH_RISK_LOW && !filter->has_risk; risk++) {
        if (bh_span_equal_ascii_nocase(word, bh_span_from(bh_risk_text((enum bh_risk)risk)))) {
            filter->has_risk = true;
            filter->risk = (enum bh_risk)risk;
        }
    }
}

static void set_open(struct bh_span *member, struct bh_span value)
{
    if (bh_span_is_absent(*member) && value.len > 0)
        *member = value;
}

static void set_range(struct bh_span value, int64_t now_ms, struct bh_audit_filter *filter)
{
    if (filter->from != 0)
        return;
    if (bh_span_equal_ascii_nocase(value, BH_SPAN("24h")))
        filter->from = now_ms - BH_MS_PER_DAY;
    else if (bh_span_equal_ascii_nocase(value, BH_SPAN("7d")))
        filter->from = now_ms - 7 * BH_MS_PER_DAY;
}

/* One "key:value" token. False when the key is none of ours: the token stays part of the text. */
static bool apply_token(
    struct bh_span token, int64_t now_ms, struct bh_audit_filter *filter, struct bh_span *agent_id)
{
    size_t colon = bh_span_find(token, BH_SPAN(":"));
    if (colon == SIZE_MAX)
        return false;
    struct bh_span key = {token.data, colon};
    struct bh_span value = bh_span_from_index(token, colon + 1);
    if (bh_span_equal_ascii_nocase(key, BH_SPAN("decision")))
        bh_log_search_decision(value, filter);
    else if (bh_span_equal_ascii_nocase(key, BH_SPAN("risk")))
        bh_log_search_risk(value, filter);
    else if (bh_span_equal_ascii_nocase(key, BH_SPAN("action")))
        set_open(&filter->action, value);
    else if (bh_span_equal_ascii_nocase(key, BH_SPAN("vendor")) ||
             bh_span_equal_ascii_nocase(key, BH_SPAN("resource")))
        set_open(&filter->vendor, value);
    else if (bh_span_equal_ascii_nocase(key, BH_SPAN("env")) ||
             bh_span_equal_ascii_nocase(key, BH_SPAN("environment")))
        set_open(&filter->environment, value);
    else if (bh_span_equal_ascii_nocase(key, BH_SPAN("range")))
        set_range(value, now_ms, filter);
    else if (bh_span_equal_ascii_nocase(key, BH_SPAN("agent")) ||
             bh_span_equal_ascii_nocase(key, BH_SPAN("agentid")))
        set_open(agent_id, value);
    else
        return false;
    return true;
}

struct words {
    struct bh_span items[64];
    size_t count;
};

static bool is_blank_char(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void split(struct bh_span text, struct words *words)
{
    for (size_t at = 0; at < text.len && words->count < BH_COUNT(words->items);) {
        while (at < text.len && is_blank_char(text.data[at]))
            at++;
        size_t start = at;
        while (at < text.len && !is_blank_char(text.data[at]))
            at++;
        if (at > start)
            words->items[words->count++] = (struct bh_span){text.data + start, at - start};
    }
}

static bool is_one_of(struct bh_span word, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (bh_span_equal_ascii_nocase(word, bh_span_from(*list)))
            return true;
    }
    return false;
}

static bool next_is(const struct words *words, size_t at, const char *text)
{
    return at < words->count && bh_span_equal_ascii_nocase(words->items[at], bh_span_from(text));
}

/* "last 24 hours", "last 7 days", "this week": the number of words that it takes, 0 for none. */
static size_t apply_range_phrase(
    const struct words *words, size_t at, int64_t now_ms, struct bh_audit_filter *filter)
{
    if (next_is(words, at, "today")) {
        set_range(BH_SPAN("24h"), now_ms, filter);
        return 1;
    }
    if (next_is(words, at, "this") && next_is(words, at + 1, "week")) {
        set_range(BH_SPAN("7d"), now_ms, filter);
        return 2;
    }
    if (next_is(words, at, "last") && next_is(words, at + 1, "24") && next_is(words, at + 2, "hours")) {
        set_range(BH_SPAN("24h"), now_ms, filter);
        return 3;
    }
    if (next_is(words, at, "last") && next_is(words, at + 1, "7") && next_is(words, at + 2, "days")) {
        set_range(BH_SPAN("7d"), now_ms, filter);
        return 3;
    }
    return 0;
}

/* The words from `at` on that mean something as a phrase: how many they are, 0 for plain text. */
static size_t apply_phrase(
    const struct words *words, size_t at, int64_t now_ms, struct bh_audit_filter *filter)
{
    static const char *const denied[] = {"denied", "blocked", "rejected", NULL};
    static const char *const allowed[] = {"allowed", "permitted", NULL};
    static const char *const approval[] = {
        "approval", "approvals", "approval_required", "requires_approval", NULL};
    static const char *const environments[] = {"production", "staging", NULL};
    struct bh_span word = words->items[at];
    if (is_one_of(word, denied)) {
        bh_log_search_decision(BH_SPAN("denied"), filter);
        return 1;
    }
    if (is_one_of(word, allowed)) {
        bh_log_search_decision(BH_SPAN("allowed"), filter);
        return 1;
    }
    if (is_one_of(word, approval)) {
        bh_log_search_decision(BH_SPAN("approval"), filter);
        return next_is(words, at + 1, "required") ? 2 : 1;
    }
    if (next_is(words, at, "requires") && next_is(words, at + 1, "approval")) {
        bh_log_search_decision(BH_SPAN("approval"), filter);
        return 2;
    }
    if (next_is(words, at + 1, "risk") &&
        (next_is(words, at, "high") || next_is(words, at, "medium") || next_is(words, at, "low"))) {
        bh_log_search_risk(word, filter);
        return 2;
    }
    if (is_one_of(word, environments)) {
        set_open(&filter->environment, word);
        return 1;
    }
    return apply_range_phrase(words, at, now_ms, filter);
}

static bool reads_as_phrases(const struct words *words)
{
    static const char *const openers[] = {"find", "show", "list", "get", "search", NULL};
    if (words->count <= PHRASE_WORDS || is_one_of(words->items[0], openers))
        return true;
    for (size_t i = 0; i + 1 < words->count; i++) {
        if ((next_is(words, i, "high") && next_is(words, i + 1, "risk")) ||
            (next_is(words, i, "approval") && next_is(words, i + 1, "required")))
            return true;
    }
    return false;
}

static bool is_filler(struct bh_span word)
{
    static const char *const fillers[] = {"find", "show", "list", "get", "search", "me", "all", "the", "a",
        "an", "for", "in", "on", "from", "with", "that", "were", "was", "are", "logs", "log", "entries",
        "requests", "actions", "decisions", NULL};
    return is_one_of(word, fillers);
}

void bh_log_search_apply(struct bh_span text, int64_t now_ms, struct bh_arena *arena,
    struct bh_audit_filter *filter, struct bh_span *agent_id)
{
    struct words all = {.count = 0};
    struct words rest = {.count = 0};
    split(text, &all);
    for (size_t i = 0; i < all.count; i++) {
        if (!apply_token(all.items[i], now_ms, filter, agent_id))
            rest.items[rest.count++] = all.items[i];
    }
    char *left = bh_arena_alloc(arena, text.len + 1);
    if (left == NULL || rest.count == 0)
        return;
    size_t length = 0;
    bool phrases = reads_as_phrases(&rest);
    for (size_t i = 0; i < rest.count;) {
        size_t taken = phrases ? apply_phrase(&rest, i, now_ms, filter) : 0;
        struct bh_span word = rest.items[i];
        if (taken == 0 && word.len > 0 && word.data != NULL && !(phrases && is_filler(word))) {
            if (length > 0)
                left[length++] = ' ';
            memcpy(left + length, word.data, word.len);
            length += word.len;
        }
        i += taken == 0 ? 1 : taken;
    }
    if (length > 0)
        filter->text = (struct bh_span){left, length};
}
