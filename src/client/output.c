// SPDX-License-Identifier: Apache-2.0
#include "client/output.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/redact.h"
#include "lib/json.h"

#define ERROR_LIMIT 65536
#define MASK_CHARACTERS 15

static bool json_mode;
static bool output_lost;

void bh_output_setup(bool json)
{
    json_mode = json;
}

/* C0, DEL and C1 drive terminals; the others reorder text or break lines, so that a row can look like
 * another. */
static bool acts_on_terminal(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static void add_neutral(struct bh_span text, bool keep_newlines, struct bh_buf *out)
{
    size_t at = 0;
    while (at < text.len) {
        size_t start = at;
        uint32_t c = bh_span_next_code_point(text, &at);
        if (acts_on_terminal(c) && !(keep_newlines && c == '\n'))
            bh_buf_addf(out, "\\u%04x", c);
        else if (c == 0xFFFD)
            bh_buf_add_text(out, "\xEF\xBF\xBD");
        else
            bh_buf_add(out, (struct bh_span){text.data + start, at - start});
    }
}

void bh_output_add_neutral(struct bh_span text, struct bh_buf *out)
{
    add_neutral(text, false, out);
}

static void add_line(size_t depth, struct bh_buf *out)
{
    bh_buf_add_char(out, '\n');
    for (size_t i = 0; i < depth; i++)
        bh_buf_add_text(out, "  ");
}

static void add_pretty(const json_t *json, size_t depth, struct bh_buf *out);

static void add_pretty_object(const json_t *object, size_t depth, struct bh_buf *out)
{
    const char *key;
    json_t *value;
    bool first = true;
    bh_buf_add_char(out, '{');
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (!first)
            bh_buf_add_char(out, ',');
        first = false;
        add_line(depth + 1, out);
        bh_json_add_string(out, bh_span_from(key));
        bh_buf_add_text(out, ": ");
        add_pretty(value, depth + 1, out);
    }
    if (!first)
        add_line(depth, out);
    bh_buf_add_char(out, '}');
}

static void add_pretty_array(const json_t *array, size_t depth, struct bh_buf *out)
{
    bh_buf_add_char(out, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            bh_buf_add_char(out, ',');
        add_line(depth + 1, out);
        add_pretty(json_array_get(array, i), depth + 1, out);
    }
    if (json_array_size(array) > 0)
        add_line(depth, out);
    bh_buf_add_char(out, ']');
}

static void add_pretty(const json_t *json, size_t depth, struct bh_buf *out)
{
    if (json_is_object(json))
        add_pretty_object(json, depth, out);
    else if (json_is_array(json))
        add_pretty_array(json, depth, out);
    else
        bh_json_add_value(out, json);
}

void bh_output_add_json(const json_t *json, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_OUTPUT_LIMIT);
    add_pretty(json, 0, &text);
    if (text.failed)
        out->failed = true;
    /* In JSON text these characters can stand only inside strings, where \uXXXX means the same. */
    add_neutral(bh_buf_span(&text), true, out);
}

void bh_output_add_value(const json_t *json, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_OUTPUT_LIMIT);
    if (json == NULL || json_is_null(json))
        bh_buf_add_char(&text, '-');
    else if (json_is_string(json))
        bh_buf_add(&text, bh_json_text(json));
    else
        bh_json_add_value(&text, json);
    bh_output_add_neutral(bh_buf_span(&text), out);
}

void bh_output_add_masked(struct bh_span secret, struct bh_buf *out)
{
    size_t shown = secret.len / 4 < MASK_CHARACTERS ? secret.len / 4 : MASK_CHARACTERS;
    if (secret.len >= (size_t)2 * MASK_CHARACTERS)
        shown = MASK_CHARACTERS;
    bh_output_add_neutral(bh_span_utf16_prefix(secret, shown), out);
    bh_buf_add_text(out, "…");
}

void bh_table_init(struct bh_table *table, const char *const *headings, size_t columns)
{
    *table = (struct bh_table){.headings = headings, .columns = columns};
    bh_buf_init(&table->cells, BH_OUTPUT_LIMIT);
}

void bh_table_finish(struct bh_table *table)
{
    if (table != NULL)
        bh_buf_finish(&table->cells);
}

void bh_table_add(struct bh_table *table, struct bh_span cell)
{
    bh_output_add_neutral(cell, &table->cells);
    bh_buf_add_char(&table->cells, 0);
}

void bh_table_add_text(struct bh_table *table, const char *cell)
{
    bh_table_add(table, bh_span_from(cell));
}

void bh_table_add_value(struct bh_table *table, const json_t *value)
{
    bh_output_add_value(value, &table->cells);
    bh_buf_add_char(&table->cells, 0);
}

void bh_table_add_pair(struct bh_table *table, const char *key, const json_t *value)
{
    bh_table_add_text(table, key);
    bh_table_add_value(table, value);
}

/* Code points; characters of double width make a crooked table, not a wrong one. */
static size_t text_width(struct bh_span text)
{
    size_t width = 0;
    for (size_t at = 0; at < text.len; width++)
        (void)bh_span_next_code_point(text, &at);
    return width;
}

static struct bh_span next_cell(const struct bh_table *table, size_t *at)
{
    struct bh_span cell = bh_span_from(table->cells.data + *at);
    *at += cell.len + 1;
    return cell;
}

static void measure(const struct bh_table *table, size_t *widths)
{
    for (size_t i = 0; i < table->columns; i++)
        widths[i] = table->headings == NULL ? 0 : text_width(bh_span_from(table->headings[i]));
    size_t column = 0;
    for (size_t at = 0; at < table->cells.len; column = (column + 1) % table->columns) {
        size_t width = text_width(next_cell(table, &at));
        widths[column] = width > widths[column] ? width : widths[column];
    }
}

/* No blanks behind the last column: they would wrap in narrow terminals. */
static void add_cell(
    const struct bh_table *table, size_t column, struct bh_span text, size_t width, struct bh_buf *out)
{
    bh_buf_add(out, text);
    if (column + 1 == table->columns) {
        bh_buf_add_char(out, '\n');
        return;
    }
    for (size_t i = text_width(text); i < width + 2; i++)
        bh_buf_add_char(out, ' ');
}

static void add_headings(const struct bh_table *table, const size_t *widths, struct bh_buf *out)
{
    for (size_t i = 0; i < table->columns; i++) {
        size_t start = out->len;
        add_cell(table, i, bh_span_from(table->headings[i]), widths[i], out);
        for (size_t at = start; at < out->len; at++)
            out->data[at] = (char)toupper((unsigned char)out->data[at]);
    }
    for (size_t i = 0; i < table->columns; i++) {
        for (size_t dash = 0; dash < widths[i]; dash++)
            bh_buf_add_char(out, '-');
        bh_buf_add_text(out, i + 1 == table->columns ? "\n" : "  ");
    }
}

void bh_table_write(const struct bh_table *table, struct bh_buf *out)
{
    if (table->cells.failed) {
        out->failed = true;
        return;
    }
    if (table->cells.len == 0) {
        bh_buf_add_text(out, "(none)\n");
        return;
    }
    size_t *widths = calloc(table->columns, sizeof(*widths));
    if (widths == NULL) {
        out->failed = true;
        return;
    }
    measure(table, widths);
    if (table->headings != NULL)
        add_headings(table, widths, out);
    size_t column = 0;
    for (size_t at = 0; at < table->cells.len; column = (column + 1) % table->columns)
        add_cell(table, column, next_cell(table, &at), widths[column], out);
    free(widths);
}

void bh_output_write(struct bh_span text)
{
    if (fwrite(text.data, 1, text.len, stdout) != text.len)
        output_lost = true;
}

void bh_output_write_buf(const struct bh_buf *buf)
{
    if (buf->failed)
        output_lost = true;
    else
        bh_output_write(bh_buf_span(buf));
}

void bh_output_write_json(const json_t *json)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_OUTPUT_LIMIT);
    bh_output_add_json(json, &text);
    bh_buf_add_char(&text, '\n');
    bh_output_write_buf(&text);
}

void bh_output_write_table(const struct bh_table *table)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_OUTPUT_LIMIT);
    bh_table_write(table, &text);
    bh_output_write_buf(&text);
}

void bh_output_write_members(const json_t *json)
{
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, json_is_object(json) ? 2 : 1);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        bh_table_add_pair(&table, key, value);
    }
    if (!json_is_object(json))
        bh_table_add_value(&table, json);
    bh_output_write_table(&table);
}

void bh_output_write_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (vprintf(format, args) < 0 || putchar('\n') == EOF)
        output_lost = true;
    va_end(args);
}

static void add_redacted(struct bh_span text, bool neutral, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf redacted = {0};
    bh_buf_init(&redacted, ERROR_LIMIT);
    bh_redact(text, &redacted);
    struct bh_span shown = redacted.failed ? BH_SPAN("(text too long)") : bh_buf_span(&redacted);
    if (neutral)
        bh_output_add_neutral(shown, out);
    else
        bh_json_add_string(out, shown);
}

static void add_error_member(const char *key, struct bh_span text, struct bh_buf *line)
{
    if (text.len == 0)
        return;
    bh_json_add_key(line, key);
    add_redacted(text, false, line);
}

static void add_json_error(
    struct bh_span code, struct bh_span message, struct bh_span hint, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0};
    bh_buf_init(&line, (size_t)4 * ERROR_LIMIT);
    bh_buf_add_char(&line, '{');
    add_error_member("error", message, &line);
    add_error_member("hint", hint, &line);
    add_error_member("code", code, &line);
    bh_buf_add_text(&line, "}\n");
    add_neutral(bh_buf_span(&line), true, out);
}

static void add_human_error(
    struct bh_span code, struct bh_span message, struct bh_span hint, struct bh_buf *out)
{
    bh_buf_add_text(out, "Error: ");
    if (code.len > 0) {
        bh_buf_add_char(out, '[');
        add_redacted(code, true, out);
        bh_buf_add_text(out, "] ");
    }
    add_redacted(message, true, out);
    if (hint.len > 0) {
        bh_buf_add_text(out, "\nHint: ");
        add_redacted(hint, true, out);
    }
    bh_buf_add_char(out, '\n');
}

void bh_output_error(struct bh_span code, struct bh_span message, struct bh_span hint)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, (size_t)16 * ERROR_LIMIT);
    if (json_mode)
        add_json_error(code, message, hint, &text);
    else
        add_human_error(code, message, hint, &text);
    fflush(stdout);
    fwrite(bh_buf_span(&text).data, 1, text.len, stderr);
}

int bh_output_no_memory(void)
{
    bh_output_error(BH_ABSENT, BH_SPAN("Out of memory."), BH_ABSENT);
    return 1;
}

void bh_output_note(const char *format, ...)
{
    if (json_mode)
        return;
    va_list args;
    va_start(args, format);
    fflush(stdout);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

int bh_output_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout) && !output_lost)
        return status;
    bh_output_error(BH_ABSENT, BH_SPAN("The output could not be written."), BH_ABSENT);
    return 1;
}
