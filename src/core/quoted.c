// SPDX-License-Identifier: Apache-2.0
#include "core/quoted.h"

#include <string.h>

#include "core/redact.h"

#define TEXT_LIMIT (1u << 20)

struct range {
    uint32_t first, last;
};

static bool is_in(uint32_t c, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count && ranges[i].first <= c; i++) {
        if (c <= ranges[i].last)
            return true;
    }
    return false;
}

/* Ascending. What Unicode calls controls, format characters, default ignorable and not characters. */
static const struct range unseen[] = {
    {0x0000, 0x001F},
    {0x007F, 0x009F},
    {0x00AD, 0x00AD},
    {0x034F, 0x034F},
    {0x0600, 0x0605},
    {0x061C, 0x061C},
    {0x06DD, 0x06DD},
    {0x070F, 0x070F},
    {0x0890, 0x0891},
    {0x08E2, 0x08E2},
    {0x115F, 0x1160},
    {0x17B4, 0x17B5},
    {0x180B, 0x180F},
    {0x200B, 0x200F},
    {0x2028, 0x202E},
    {0x2060, 0x206F},
    {0x3164, 0x3164},
    {0xFDD0, 0xFDEF},
    {0xFE00, 0xFE0F},
    {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB},
    {0xFFFE, 0xFFFF},
    {0x110BD, 0x110BD},
    {0x110CD, 0x110CD},
    {0x13430, 0x1345F},
    {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A},
    {0x1FFFE, 0x1FFFF},
    {0xE0000, 0x10FFFF},
};

static bool breaks_line(uint32_t c)
{
    return (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* Double quotes of other shapes, which a reader may take for the one that ends our text. */
static bool is_double_quote(uint32_t c)
{
    static const struct range quotes[] = {{'"', '"'}, {0xAB, 0xAB}, {0xBB, 0xBB}, {0x02BA, 0x02BA},
        {0x02DD, 0x02DD}, {0x02EE, 0x02EE}, {0x02F6, 0x02F6}, {0x05F4, 0x05F4}, {0x1CD3, 0x1CD3},
        {0x201C, 0x201F}, {0x2033, 0x2034}, {0x2036, 0x2037}, {0x2057, 0x2057}, {0x275D, 0x275E},
        {0x2760, 0x2760}, {0x2E42, 0x2E42}, {0x3003, 0x3003}, {0x300C, 0x300F}, {0x301D, 0x301F},
        {0xFE41, 0xFE44}, {0xFF02, 0xFF02}, {0xFF62, 0xFF63}, {0x1F676, 0x1F678}};
    return is_in(c, quotes, BH_COUNT(quotes));
}

/* In the one form that UTF-8 has for it; U+FFFD itself may stand for bytes that are no character. */
static bool is_well_formed(uint32_t c, size_t length)
{
    size_t wanted = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    return length == wanted && c != 0xFFFD && !(c >= 0xD800 && c <= 0xDFFF) && c <= 0x10FFFF;
}

static void add_code_point(struct bh_span text, size_t start, size_t end, uint32_t c, struct bh_buf *out)
{
    if (!is_well_formed(c, end - start))
        bh_buf_add_text(out, "\xEF\xBF\xBD");
    else
        bh_buf_add(out, (struct bh_span){text.data + start, end - start});
}

void bh_quoted_clean(struct bh_span text, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&clean, TEXT_LIMIT);
    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        uint32_t c = bh_span_next_code_point(text, &at);
        if (breaks_line(c))
            bh_buf_add_char(&clean, ' ');
        else if (!is_in(c, unseen, BH_COUNT(unseen)))
            add_code_point(text, start, at, c, &clean);
    }
    if (clean.failed)
        out->failed = true;
    /* only now, when nothing can be hidden inside of a secret any more */
    bh_redact(bh_span_trim(bh_buf_span(&clean)), out);
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static char neighbour(struct bh_span text, size_t at, bool next)
{
    if (next)
        return at + 1 < text.len ? text.data[at + 1] : 0;
    return at > 0 ? text.data[at - 1] : 0;
}

/* An underscore inside of a word means nothing in Markdown; dashes and the like only next to each other. */
static bool needs_escape(struct bh_span text, size_t at)
{
    static const char markup[] = "\\`*[]<>|~&";
    char c = text.data[at];
    char before = neighbour(text, at, false);
    char after = neighbour(text, at, true);
    if (c == '_')
        return !is_word(before) || !is_word(after);
    if (c == '-' || c == '=' || c == '#' || c == '+' || c == ':' || c == '$')
        return before == c || after == c;
    return memchr(markup, c, sizeof(markup) - 1) != NULL;
}

static bool is_white(char c)
{
    return c == ' ' || c == 0;
}

/*
 * Where a blank has to stand for an address not to be one: behind "://", and between "www" and its point. An
 * escape would not do: some renderers look for addresses in the text that is left when escapes are gone.
 */
static bool breaks_address(struct bh_span text, size_t at)
{
    if (at >= 3 && memcmp(text.data + at - 3, "://", 3) == 0)
        return !is_white(text.data[at]);
    bool is_www = text.data[at] == '.' && at >= 3 &&
                  bh_span_equal_ascii_nocase((struct bh_span){text.data + at - 3, 3}, BH_SPAN("www"));
    return is_www && !is_word(neighbour(text, at - 3, false)) && !is_white(neighbour(text, at, true));
}

void bh_quoted_add(struct bh_span text, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&clean, 2 * TEXT_LIMIT);
    bh_quoted_clean(text, &clean);
    struct bh_span shown = bh_buf_span(&clean);
    bh_buf_add_char(out, '"');
    for (size_t at = 0; at < shown.len;) {
        size_t start = at;
        uint32_t c = bh_span_next_code_point(shown, &at);
        if (breaks_address(shown, start))
            bh_buf_add_char(out, ' ');
        if (is_double_quote(c)) {
            bh_buf_add_char(out, '\'');
            continue;
        }
        if (c < 0x80 && needs_escape(shown, start))
            bh_buf_add_char(out, '\\');
        bh_buf_add(out, (struct bh_span){shown.data + start, at - start});
    }
    bh_buf_add_char(out, '"');
    if (clean.failed)
        out->failed = true;
}
