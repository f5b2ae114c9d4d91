// SPDX-License-Identifier: Apache-2.0
/*
 * What must hold of a text about a passport, whatever people typed into it. Written against the promise, not
 * against the code: the characters come from another list.
 */
#ifndef BH_FUZZ_PASSPORT_MARKS_H
#define BH_FUZZ_PASSPORT_MARKS_H

#include "core/passport.h"

/* True for what hides, reorders or drives, but for the line breaks of our own. */
static inline bool marks_is_hidden(uint32_t c)
{
    return (c < 0x20 && c != '\n') || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) ||
           (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE01EF);
}

static inline bool marks_has_hidden(struct bh_span text)
{
    for (size_t at = 0; at < text.len;) {
        if (marks_is_hidden(bh_span_next_code_point(text, &at)))
            return true;
    }
    return false;
}

/* The text without what stands between double quotes: our own words, and our own lines. */
static inline void marks_strip(struct bh_span text, struct bh_buf *out)
{
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            quoted = !quoted;
        if (!quoted || text.data[i] == '"')
            bh_buf_add_char(out, text.data[i]);
    }
}

/* All texts of a passport are `text`: one permission, with everything that one can have. */
struct marks_passport {
    struct bh_span texts[2];
    struct bh_passport_scope scope;
    struct bh_passport passport;
};

static inline void marks_fill(struct bh_span text, struct marks_passport *all)
{
    const struct bh_span_list list = {all->texts, 2};
    all->texts[0] = all->texts[1] = text;
    all->scope = (struct bh_passport_scope){.action = text,
        .resource = text,
        .scope = text,
        .description = text,
        .template_name = text,
        .allowed_actions = list,
        .blocked_actions = list,
        .requires_approval = true,
        .has_max_amount = true,
        .has_hidden_limits = true,
        .max_amount = 12.5,
        .expires_at = INT64_C(1795219200000)};
    all->passport = (struct bh_passport){.agent_id = BH_SPAN("agent_0123456789-_abcd"),
        .name = text,
        .agent_type = text,
        .provider = text,
        .connection_status = text,
        .description = text,
        .guidelines = list,
        .scopes = &all->scope,
        .scope_count = 1};
}

/* Our own words and lines are the same with this text as with a harmless one, and nothing is hidden. */
static inline bool marks_hold(struct bh_span text, enum bh_passport_format format, size_t limit)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf hostile = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf harmless = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf stripped = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf expected = {0};
    struct bh_buf *const buffers[] = {&hostile, &harmless, &stripped, &expected};
    struct marks_passport all;
    for (size_t i = 0; i < BH_COUNT(buffers); i++)
        bh_buf_init(buffers[i], limit);
    marks_fill(text, &all);
    bh_passport_write_text(&all.passport, format, &hostile);
    marks_fill(BH_SPAN("x"), &all);
    bh_passport_write_text(&all.passport, format, &harmless);
    marks_strip(bh_buf_span(&hostile), &stripped);
    marks_strip(bh_buf_span(&harmless), &expected);
    return !hostile.failed && expected.len > 0 && !marks_has_hidden(bh_buf_span(&hostile)) &&
           bh_span_equal(bh_buf_span(&stripped), bh_buf_span(&expected));
}

#endif
