// SPDX-License-Identifier: Apache-2.0
#include "client/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/terminal.h"
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

void bh_output_write_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (vprintf(format, args) < 0 || putchar('\n') == EOF)
        output_lost = true;
    va_end(args);
}

void bh_output_write_mark(const char *mark)
{
    const char *style = bh_terminal_has_colours(stdout) ? bh_terminal_style_of(mark) : NULL;
    bh_output_write_line("%s%s%s", style == NULL ? "" : style, mark, style == NULL ? "" : BH_STYLE_PLAIN);
}

int bh_output_answer(json_t *answer, bool as_json, void (*write)(const json_t *answer))
{
    if (answer == NULL)
        return 1;
    if (as_json)
        bh_output_write_json(answer);
    else
        write(answer);
    json_decref(answer);
    return 0;
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
    bool coloured = bh_terminal_has_colours(stderr);
    bh_buf_add_text(out, coloured ? BH_STYLE_BAD "Error:" BH_STYLE_PLAIN " " : "Error: ");
    if (code.len > 0) {
        bh_buf_add_char(out, '[');
        add_redacted(code, true, out);
        bh_buf_add_text(out, "] ");
    }
    add_redacted(message, true, out);
    if (hint.len > 0) {
        bh_buf_add_text(out, coloured ? "\n" BH_STYLE_STRONG "Hint:" BH_STYLE_PLAIN " " : "\nHint: ");
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
