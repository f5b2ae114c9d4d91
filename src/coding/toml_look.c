// SPDX-License-Identifier: Apache-2.0
#include "coding/toml_look.h"

#include <string.h>

#include "lib/buf.h"

#define NAME_LIMIT 1024
#define DEPTH_MAX 64

struct scan {
    struct bh_span text;
    size_t at;
};

static char peek(const struct scan *scan)
{
    return scan->at < scan->text.len ? scan->text.data[scan->at] : 0;
}

static bool at_end(const struct scan *scan)
{
    return scan->at >= scan->text.len;
}

static bool looks_at(const struct scan *scan, const char *text)
{
    struct bh_span rest = bh_span_from_index(scan->text, scan->at);
    return bh_span_starts_with(rest, bh_span_from(text));
}

static void skip_blanks(struct scan *scan)
{
    while (peek(scan) == ' ' || peek(scan) == '\t')
        scan->at++;
}

static void skip_comment(struct scan *scan)
{
    if (peek(scan) != '#')
        return;
    while (!at_end(scan) && peek(scan) != '\n')
        scan->at++;
}

/* Blanks, line ends and comments. */
static void skip_space(struct scan *scan)
{
    for (;;) {
        size_t before = scan->at;
        skip_blanks(scan);
        skip_comment(scan);
        if (peek(scan) == '\n' || looks_at(scan, "\r\n"))
            scan->at += peek(scan) == '\n' ? 1 : 2;
        if (scan->at == before)
            return;
    }
}

/* Nothing but blanks and a comment up to the end of the line. */
static bool end_line(struct scan *scan)
{
    skip_blanks(scan);
    skip_comment(scan);
    if (looks_at(scan, "\r\n"))
        scan->at++;
    if (at_end(scan))
        return true;
    return scan->text.data[scan->at++] == '\n';
}

/* ---- strings ---- */

static bool skip_short(struct scan *scan, char quote)
{
    for (scan->at++; !at_end(scan) && peek(scan) != '\n'; scan->at++) {
        if (peek(scan) == '\\' && quote == '"')
            scan->at++;
        else if (peek(scan) == quote) {
            scan->at++;
            return true;
        }
    }
    return false;
}

static bool skip_long(struct scan *scan, char quote)
{
    const char marks[4] = {quote, quote, quote, 0};
    for (scan->at += 3; !at_end(scan); scan->at++) {
        if (peek(scan) == '\\' && quote == '"') {
            scan->at++;
        } else if (looks_at(scan, marks)) {
            scan->at += 3;
            for (int extra = 0; extra < 2 && peek(scan) == quote; extra++)
                scan->at++; /* quotes of the text right before the end */
            return true;
        }
    }
    return false;
}

static bool skip_string(struct scan *scan)
{
    char quote = peek(scan);
    return looks_at(scan, quote == '"' ? "\"\"\"" : "'''") ? skip_long(scan, quote) : skip_short(scan, quote);
}

/* ---- values ---- */

static bool is_bare(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool is_scalar(char c)
{
    return is_bare(c) || c == '+' || c == '.' || c == ':';
}

/* A number, a date (which may hold one blank), true, false. */
static bool skip_scalar(struct scan *scan)
{
    size_t start = scan->at;
    while (is_scalar(peek(scan)))
        scan->at++;
    bool digit_follows = scan->at + 1 < scan->text.len && scan->text.data[scan->at + 1] >= '0' &&
                         scan->text.data[scan->at + 1] <= '9';
    if (scan->at - start == 10 && peek(scan) == ' ' && digit_follows) {
        scan->at++;
        while (is_scalar(peek(scan)))
            scan->at++;
    }
    return scan->at > start;
}

/* Brackets are matched, and what is between them is strings, scalars and separators. */
static bool skip_brackets(struct scan *scan)
{
    char open[DEPTH_MAX];
    size_t depth = 0;
    do {
        char c = peek(scan);
        if (c == '[' || c == '{') {
            if (depth == DEPTH_MAX)
                return false;
            open[depth++] = c;
            scan->at++;
        } else if (c == ']' || c == '}') {
            if (depth == 0 || open[--depth] != (c == ']' ? '[' : '{'))
                return false;
            scan->at++;
        } else if (c == '"' || c == '\'') {
            if (!skip_string(scan))
                return false;
        } else if (c == ',' || c == '=') {
            scan->at++;
        } else if (!skip_scalar(scan)) {
            return false;
        }
        if (depth > 0)
            skip_space(scan);
    } while (depth > 0);
    return true;
}

static bool skip_value(struct scan *scan)
{
    char c = peek(scan);
    if (c == '"' || c == '\'')
        return skip_string(scan);
    return c == '[' || c == '{' ? skip_brackets(scan) : skip_scalar(scan);
}

/* ---- names ---- */

/* A dotted name; its parts are joined by dots, and a dot within a part becomes a line end, so that it cannot
 * be taken for one between parts. */
static bool read_name(struct scan *scan, struct bh_buf *name)
{
    for (;;) {
        skip_blanks(scan);
        size_t start = scan->at;
        char quote = peek(scan);
        bool quoted = quote == '"' || quote == '\'';
        if (quoted && !skip_short(scan, quote))
            return false;
        while (!quoted && is_bare(peek(scan)))
            scan->at++;
        if (scan->at == start)
            return false;
        for (size_t i = start + quoted; i < scan->at - quoted; i++)
            bh_buf_add_char(name, scan->text.data[i] == '.' ? '\n' : scan->text.data[i]);
        skip_blanks(scan);
        if (peek(scan) != '.')
            return !name->failed;
        scan->at++;
        bh_buf_add_char(name, '.');
    }
}

/* Whether `name` is `prefix` or lies below it. */
static bool is_below(struct bh_span name, struct bh_span prefix)
{
    return bh_span_starts_with(name, prefix) && (name.len == prefix.len || name.data[prefix.len] == '.');
}

static void note_table(struct bh_span name, struct bh_span wanted, bool array, struct bh_toml_facts *facts)
{
    facts->table |= is_below(name, wanted);
    facts->closed |= array && name.len < wanted.len && is_below(wanted, name);
}

static void note_value(struct bh_span name, struct bh_span wanted, struct bh_toml_facts *facts)
{
    facts->value |= bh_span_equal(name, wanted);
    facts->under |= name.len > wanted.len && is_below(name, wanted);
    facts->closed |= name.len < wanted.len && is_below(wanted, name);
}

/* ---- lines ---- */

static bool read_header(
    struct scan *scan, struct bh_buf *table, struct bh_span wanted, struct bh_toml_facts *facts)
{
    bool array = looks_at(scan, "[[");
    scan->at += array ? 2 : 1;
    bh_buf_clear(table);
    if (!read_name(scan, table) || !looks_at(scan, array ? "]]" : "]"))
        return false;
    scan->at += array ? 2 : 1;
    note_table(bh_buf_span(table), wanted, array, facts);
    return end_line(scan);
}

static bool read_pair(
    struct scan *scan, const struct bh_buf *table, struct bh_span wanted, struct bh_toml_facts *facts)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf name = {0};
    bh_buf_init(&name, 2 * NAME_LIMIT);
    bh_buf_add(&name, bh_buf_span(table));
    if (table->len > 0)
        bh_buf_add_char(&name, '.');
    if (!read_name(scan, &name) || peek(scan) != '=')
        return false;
    scan->at++;
    skip_blanks(scan);
    note_value(bh_buf_span(&name), wanted, facts);
    return skip_value(scan) && end_line(scan);
}

bool bh_toml_look(struct bh_span text, const char *wanted, struct bh_toml_facts *ret_facts)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf table = {0};
    struct bh_toml_facts facts = {0};
    struct scan scan = {.text = text};
    bh_buf_init(&table, NAME_LIMIT);
    if (!bh_span_is_utf8(text) || (text.len > 0 && memchr(text.data, 0, text.len) != NULL))
        return false;
    for (skip_space(&scan); !at_end(&scan); skip_space(&scan)) {
        bool sound = peek(&scan) == '[' ? read_header(&scan, &table, bh_span_from(wanted), &facts)
                                        : read_pair(&scan, &table, bh_span_from(wanted), &facts);
        if (!sound)
            return false;
    }
    *ret_facts = facts;
    return true;
}
