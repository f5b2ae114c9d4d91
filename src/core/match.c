// SPDX-License-Identifier: Apache-2.0
#include "core/match.h"

#include <string.h>

/*
 * A pattern becomes a row of states, and the matcher keeps the set of states that the value read so far can
 * be in. That is never more work than states times characters, whatever the pattern; in practice a handful of
 * states is alive. Literal states are their code point; the others lie above Unicode.
 */
enum {
    STATE_STAR = 0x110000, /* "*": stays on anything but a slash */
    STATE_ANYTHING,        /* a lone double star: stays on anything */
    STATE_SEGMENTS,        /* a double star and its slash: empty so far, or just behind a slash */
    STATE_INSIDE_SEGMENT, /* always follows STATE_SEGMENTS: inside a segment that must still end in a slash */
    STATE_END
};

#define SET_WORDS (BH_MATCH_STATES / 64 + 1)

struct state_set {
    uint64_t words[SET_WORDS];
};

struct glob {
    uint32_t states[BH_MATCH_STATES + 1];
    size_t count; /* without the final STATE_END */
    size_t words;
    bool ignore_case;
};

static uint32_t read_code_point(struct bh_span text, size_t *at, bool ignore_case)
{
    uint32_t code_point = bh_span_next_code_point(text, at);
    return ignore_case ? bh_fold_code_point(code_point) : code_point;
}

static bool byte_is(struct bh_span text, size_t at, char c)
{
    return at < text.len && text.data[at] == c;
}

static bool compile(struct bh_span pattern, size_t at, struct glob *glob)
{
    glob->count = 0;
    while (at < pattern.len) {
        if (glob->count + 2 > BH_MATCH_STATES)
            return false;
        if (!byte_is(pattern, at, '*')) {
            glob->states[glob->count++] = read_code_point(pattern, &at, glob->ignore_case);
        } else if (!byte_is(pattern, at + 1, '*')) {
            glob->states[glob->count++] = STATE_STAR;
            at += 1;
        } else if (!byte_is(pattern, at + 2, '/')) {
            glob->states[glob->count++] = STATE_ANYTHING;
            at += 2;
        } else {
            glob->states[glob->count++] = STATE_SEGMENTS;
            glob->states[glob->count++] = STATE_INSIDE_SEGMENT;
            at += 3;
        }
    }
    glob->states[glob->count] = STATE_END;
    glob->words = glob->count / 64 + 1;
    return true;
}

static bool has(const struct state_set *set, size_t state)
{
    return (set->words[state / 64] >> (state % 64) & 1) != 0;
}

/* Enters a state and all that can be reached from it without reading. */
static void enter(const struct glob *glob, struct state_set *set, size_t state)
{
    while (!has(set, state)) {
        set->words[state / 64] |= UINT64_C(1) << (state % 64);
        /* The last state is STATE_END, which the loop does not pass. NOLINTNEXTLINE(clang-analyzer-*) */
        if (glob->states[state] == STATE_STAR || glob->states[state] == STATE_ANYTHING)
            state += 1;
        else if (glob->states[state] == STATE_SEGMENTS)
            state += 2;
    }
}

static void step(const struct glob *glob, size_t state, uint32_t c, struct state_set *next)
{
    switch (glob->states[state]) {
    case STATE_STAR:
        if (c != '/')
            enter(glob, next, state);
        break;
    case STATE_ANYTHING:
        enter(glob, next, state);
        break;
    case STATE_SEGMENTS:
        enter(glob, next, c == '/' ? state : state + 1);
        break;
    case STATE_INSIDE_SEGMENT:
        enter(glob, next, c == '/' ? state - 1 : state);
        break;
    default:
        if (glob->states[state] == c)
            enter(glob, next, state + 1);
    }
}

/* Moves all live states over one code point; returns how many there were. */
static size_t advance(const struct glob *glob, struct state_set *live, uint32_t c)
{
    struct state_set next;
    size_t count = 0;
    memset(next.words, 0, glob->words * sizeof(next.words[0]));
    for (size_t word = 0; word < glob->words; word++) {
        for (uint64_t rest = live->words[word]; rest != 0; rest &= rest - 1) {
            step(glob, word * 64 + (size_t)__builtin_ctzll(rest), c, &next);
            count++;
        }
    }
    memcpy(live->words, next.words, glob->words * sizeof(next.words[0]));
    return count;
}

static bool accepts_any_rest(const struct glob *glob, const struct state_set *live)
{
    return glob->count > 0 && glob->states[glob->count - 1] == STATE_ANYTHING && has(live, glob->count - 1);
}

static enum bh_match run(const struct glob *glob, struct bh_span value, size_t at, size_t *steps)
{
    struct state_set live = {{0}};
    enter(glob, &live, 0);
    while (at < value.len) {
        if (accepts_any_rest(glob, &live))
            return BH_MATCH_YES;
        size_t cost = advance(glob, &live, read_code_point(value, &at, glob->ignore_case)) + glob->words;
        if (cost == glob->words)
            return BH_MATCH_NO;
        if (cost > *steps) {
            *steps = 0;
            return BH_MATCH_TOO_COSTLY;
        }
        *steps -= cost;
    }
    return has(&live, glob->count) ? BH_MATCH_YES : BH_MATCH_NO;
}

enum bh_match bh_match_path_within(
    struct bh_span pattern, struct bh_span value, bool ignore_case, size_t *steps)
{
    if (bh_span_is_absent(pattern) || bh_span_is_absent(value))
        return BH_MATCH_NO;
    size_t cost = (pattern.len < value.len ? pattern.len : value.len) + 1;
    if (cost > *steps) {
        *steps = 0;
        return BH_MATCH_TOO_COSTLY;
    }
    *steps -= cost;
    size_t in_pattern = 0;
    size_t in_value = 0;
    while (in_pattern < pattern.len && pattern.data[in_pattern] != '*') {
        if (in_value >= value.len || read_code_point(pattern, &in_pattern, ignore_case) !=
                                         read_code_point(value, &in_value, ignore_case))
            return BH_MATCH_NO;
    }
    if (in_pattern == pattern.len)
        return in_value == value.len ? BH_MATCH_YES : BH_MATCH_NO;
    struct glob glob;
    glob.ignore_case = ignore_case;
    if (!compile(pattern, in_pattern, &glob))
        return BH_MATCH_TOO_COSTLY;
    return run(&glob, value, in_value, steps);
}

enum bh_match bh_match_path(struct bh_span pattern, struct bh_span value, bool ignore_case)
{
    size_t steps = BH_MATCH_STEPS;
    return bh_match_path_within(pattern, value, ignore_case, &steps);
}

enum bh_match bh_match_context(struct bh_span pattern, struct bh_span value, size_t *steps)
{
    return bh_match_path_within(pattern, value, true, steps);
}

bool bh_match_entry(struct bh_span entry, struct bh_span value)
{
    if (bh_span_is_absent(entry) || bh_span_is_absent(value) || value.len == 0)
        return false;
    size_t start = 0;
    for (size_t at = 0; at <= entry.len; at++) {
        if (at < entry.len && entry.data[at] != ',')
            continue;
        struct bh_span item = bh_span_trim((struct bh_span){entry.data + start, at - start});
        if (bh_span_equal(item, value))
            return true;
        start = at + 1;
    }
    return false;
}
