// SPDX-License-Identifier: Apache-2.0
/*
 * The site guard's decision: may this visitor have this path of this site? Pure. For people:
 * docs/site-guard.md.
 */
#ifndef BH_CORE_SITE_RULES_H
#define BH_CORE_SITE_RULES_H

#include "core/decide.h"

enum bh_site_reason {
#define BH_SITE_REASON(name, number, allowed, risk, text) BH_SITE_REASON_##name = (number),
#include "core/site_reason_table.h"
#undef BH_SITE_REASON
    BH_SITE_REASONS
};

const char *bh_site_reason_text(enum bh_site_reason reason);
bool bh_site_reason_allows(enum bh_site_reason reason);
enum bh_risk bh_site_reason_risk(enum bh_site_reason reason);

struct bh_site_rule {
    struct bh_span rule_id;
    bool active, requires_approval;
    struct bh_span agent_identifier, user_agent_pattern; /* signals; absent = not looked at */
    struct bh_span verified_agent; /* demanded besides: absent = no, "*" = any, else this directory */
    struct bh_span_list allowed_paths, blocked_paths; /* canonical patterns */
    int64_t created_at_ms;
};

struct bh_site_policy {
    bool found, active;
    const struct bh_site_rule *rules; /* newest first: created_at_ms, then rule_id, descending */
    size_t count;
};

struct bh_site_visit {
    struct bh_span path;             /* canonical */
    struct bh_span user_agent;       /* trimmed; an empty one matches no pattern */
    struct bh_span agent_identifier; /* trimmed and cut; absent or empty = none */
    struct bh_span verified_agent;   /* the directory whose key signed the request; absent = none */
};

/* The zero value denies. */
struct bh_site_decision {
    enum bh_site_reason reason;
    const struct bh_site_rule *rule; /* NULL = none */
};

/*
 * A rule matches when one of its signals does (identifier: equal, case-insensitive; user agent:
 * case-insensitive glob) and what it demands besides is there; a rule whose only demand is a verified agent
 * matches by that alone.
 */
struct bh_site_decision bh_site_decide(
    const struct bh_site_policy *policy, const struct bh_site_visit *visit);

#define BH_SITE_PATH_UNITS 500
/*
 * The path as rules see it: trimmed, percent-decoded once, runs of "/" joined, dot segments resolved. False
 * for what is no absolute path without query and fragment, for malformed and double escapes, encoded slashes,
 * backslashes, control characters, dot segments with white space or parameters ("..;"), and what is no UTF-8;
 * also without memory.
 */
BH_MUST_USE
bool bh_site_path_canonical(struct bh_span path, struct bh_arena *arena, struct bh_span *ret_path);
/*
 * A rule's pattern in the form that is compared: runs of "/" joined. False for patterns that could never
 * match a canonical path: no leading "/", "?", "#", "%", backslashes, dot segments, control characters.
 */
BH_MUST_USE
bool bh_site_pattern_canonical(struct bh_span pattern, struct bh_arena *arena, struct bh_span *ret_pattern);

/* Sorts as struct bh_site_policy wants it. */
void bh_site_rules_sort(struct bh_site_rule *rules, size_t count);

#endif
