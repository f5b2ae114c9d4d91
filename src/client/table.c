// SPDX-License-Identifier: Apache-2.0
#include "client/output.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/terminal.h"
#include "lib/json.h"

#define CELL_LIMIT 65536
#define COLUMN_LEAST 8 /* no column is made narrower to fit the terminal */

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

void bh_table_add_pairs(
    struct bh_table *table, const json_t *object, const char *const *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, members[i]);
        if (value != NULL && !json_is_null(value))
            bh_table_add_pair(table, members[i], value);
    }
}

void bh_table_add_list(struct bh_table *table, const json_t *array)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf cell = {0};
    bh_buf_init(&cell, CELL_LIMIT);
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            bh_buf_add_char(&cell, ',');
        bh_buf_add(&cell, bh_json_text(json_array_get(array, i)));
    }
    bh_table_add(table, cell.len == 0 ? BH_SPAN("-") : bh_buf_span(&cell));
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

/* Takes from the widest columns until a row fits the terminal, as far as they can give. */
static void fit(const struct bh_table *table, size_t *widths)
{
    size_t room = bh_terminal_width();
    while (room > 0) {
        size_t widest = 0, total = 2 * (table->columns - 1);
        for (size_t i = 0; i < table->columns; i++) {
            total += widths[i];
            widest = widths[i] > widths[widest] ? i : widest;
        }
        if (total <= room || widths[widest] <= COLUMN_LEAST)
            return;
        widths[widest]--;
    }
}

/* `text`, or as much of it as there is room for and an ellipsis. */
static void add_fitting(struct bh_span text, size_t width, struct bh_buf *out)
{
    size_t at = 0;
    if (text_width(text) <= width) {
        bh_buf_add(out, text);
        return;
    }
    for (size_t i = 0; i + 1 < width; i++)
        (void)bh_span_next_code_point(text, &at);
    bh_buf_add(out, (struct bh_span){text.data, at});
    bh_buf_add_text(out, "…");
}

/* No blanks behind the last column: they would wrap in narrow terminals. */
static void add_cell(const struct bh_table *table, size_t column, struct bh_span text, size_t width,
    const char *style, struct bh_buf *out)
{
    size_t shown = text_width(text);
    if (style != NULL)
        bh_buf_add_text(out, style);
    if (table->headings == NULL)
        bh_buf_add(out, text); /* keys and values are shown in full */
    else
        add_fitting(text, width, out);
    if (style != NULL)
        bh_buf_add_text(out, BH_STYLE_PLAIN);
    if (column + 1 == table->columns) {
        bh_buf_add_char(out, '\n');
        return;
    }
    for (size_t i = shown < width ? shown : width; i < width + 2; i++)
        bh_buf_add_char(out, ' ');
}

static void add_headings(
    const struct bh_table *table, const size_t *widths, bool coloured, struct bh_buf *out)
{
    for (size_t i = 0; i < table->columns; i++) {
        char heading[64];
        size_t length = 0;
        for (const char *c = table->headings[i]; *c != 0 && length + 1 < sizeof(heading); c++)
            heading[length++] = (char)toupper((unsigned char)*c);
        add_cell(
            table, i, (struct bh_span){heading, length}, widths[i], coloured ? BH_STYLE_STRONG : NULL, out);
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
    bool coloured = bh_terminal_has_colours(stdout);
    size_t *widths = calloc(table->columns, sizeof(*widths));
    if (widths == NULL) {
        out->failed = true;
        return;
    }
    measure(table, widths);
    if (table->headings != NULL) {
        fit(table, widths);
        add_headings(table, widths, coloured, out);
    }
    size_t column = 0;
    for (size_t at = 0; at < table->cells.len; column = (column + 1) % table->columns) {
        struct bh_span cell = next_cell(table, &at);
        add_cell(table, column, cell, widths[column], coloured ? bh_terminal_style_of(cell.data) : NULL, out);
    }
    free(widths);
}

void bh_output_write_table(const struct bh_table *table)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_OUTPUT_LIMIT);
    bh_table_write(table, &text);
    bh_output_write_buf(&text);
}

void bh_output_write_rows(
    const json_t *rows, const char *const *headings, const char *const *members, size_t columns)
{
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, columns);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        for (size_t k = 0; k < columns; k++)
            bh_table_add_value(&table, json_object_get(json_array_get(rows, i), members[k]));
    }
    bh_output_write_table(&table);
}

void bh_output_write_pairs(const json_t *object, const char *const *members, size_t count)
{
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    bh_table_add_pairs(&table, object, members, count);
    bh_output_write_table(&table);
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
