// SPDX-License-Identifier: Apache-2.0
#include "lib/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/timefmt.h"

#define UTF8_BYTES_PER_UNIT 3

/* True when brackets outside strings never nest deeper than the limit. */
static bool depth_is_sane(struct bh_span text)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > BH_JSON_MAX_DEPTH)
                return false;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

static enum bh_err parse(struct bh_span text, size_t flags, json_t **ret_json)
{
    if (text.len == 0 || !depth_is_sane(text))
        return BH_ERR_BODY_NOT_JSON;
    if (memchr(text.data, 0, text.len) != NULL) /* jansson reads over one behind a number */
        return BH_ERR_BODY_NOT_JSON;
    json_error_t error;
    json_t *json = json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | flags, &error);
    if (json == NULL)
        return BH_ERR_BODY_NOT_JSON;
    *ret_json = json;
    return BH_OK;
}

static enum bh_err parse_object(struct bh_span text, size_t flags, json_t **ret_json)
{
    json_t *json = NULL;
    enum bh_err err = parse(text, flags, &json);
    if (err != BH_OK)
        return err;
    if (!json_is_object(json)) {
        json_decref(json);
        return BH_ERR_BODY_NOT_OBJECT;
    }
    *ret_json = json;
    return BH_OK;
}

enum bh_err bh_json_parse(struct bh_span text, json_t **ret_json)
{
    return parse(text, 0, ret_json);
}

enum bh_err bh_json_parse_object(struct bh_span text, json_t **ret_json)
{
    return parse_object(text, 0, ret_json);
}

enum bh_err bh_json_parse_unique(struct bh_span text, json_t **ret_json)
{
    return parse_object(text, JSON_REJECT_DUPLICATES, ret_json);
}

enum bh_err bh_json_parse_unique_any(struct bh_span text, json_t **ret_json)
{
    return parse(text, JSON_REJECT_DUPLICATES, ret_json);
}

void bh_json_release(json_t **json)
{
    if (json != NULL && *json != NULL) {
        json_decref(*json);
        *json = NULL;
    }
}

struct bh_span bh_json_text(const json_t *json)
{
    if (!json_is_string(json))
        return BH_ABSENT;
    return (struct bh_span){json_string_value(json), json_string_length(json)};
}

struct bh_span bh_json_member_text(const json_t *object, const char *key)
{
    return bh_json_text(json_object_get(object, key));
}

static void add_escape(struct bh_buf *buf, unsigned char c)
{
    static const char short_form[] = {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    if (c < sizeof(short_form) && short_form[c] != 0) {
        bh_buf_add_char(buf, '\\');
        bh_buf_add_char(buf, short_form[c]);
        return;
    }
    bh_buf_addf(buf, "\\u%04x", c);
}

void bh_json_add_string(struct bh_buf *buf, struct bh_span text)
{
    bh_buf_add_char(buf, '"');
    size_t start = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        bh_buf_add(buf, (struct bh_span){text.data + start, i - start});
        add_escape(buf, c);
        start = i + 1;
    }
    if (text.len > start)
        bh_buf_add(buf, (struct bh_span){text.data + start, text.len - start});
    bh_buf_add_char(buf, '"');
}

void bh_json_add_string_or_null(struct bh_buf *buf, struct bh_span text)
{
    if (bh_span_is_absent(text))
        bh_buf_add_text(buf, "null");
    else
        bh_json_add_string(buf, text);
}

/* Fewest significant digits that read back exactly; writes them without the point, returns the decimal
 * exponent. */
static int shortest_digits(double value, char digits[static 32])
{
    char text[40];
    for (int precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    char *exponent = strchr(text, 'e');
    size_t count = 0;
    for (const char *at = text; at < exponent; at++) {
        if (*at != '.')
            digits[count++] = *at;
    }
    digits[count] = 0;
    return (int)strtol(exponent + 1, NULL, 10);
}

static void add_decimal(struct bh_buf *buf, const char *digits, int exponent)
{
    int count = (int)strlen(digits);
    if (exponent >= 21 || exponent < -6) {
        bh_buf_add_char(buf, digits[0]);
        if (count > 1)
            bh_buf_addf(buf, ".%s", digits + 1);
        bh_buf_addf(buf, "e%c%d", exponent < 0 ? '-' : '+', abs(exponent));
    } else if (exponent < 0) {
        bh_buf_addf(buf, "0.%.*s%s", -exponent - 1, "000000", digits);
    } else if (exponent + 1 >= count) {
        bh_buf_addf(buf, "%s%.*s", digits, exponent + 1 - count, "000000000000000000000");
    } else {
        bh_buf_addf(buf, "%.*s.%s", exponent + 1, digits, digits + exponent + 1);
    }
}

void bh_json_add_number(struct bh_buf *buf, double value)
{
    const double exact_integers = 9007199254740992.0;
    if (fabs(value) < exact_integers && value == floor(value)) {
        bh_buf_add_int(buf, (int64_t)value);
        return;
    }
    if (value < 0)
        bh_buf_add_char(buf, '-');
    char digits[32];
    int exponent = shortest_digits(fabs(value), digits);
    add_decimal(buf, digits, exponent);
}

void bh_json_add_bool(struct bh_buf *buf, bool value)
{
    bh_buf_add_text(buf, value ? "true" : "false");
}

void bh_json_add_time_or_null(struct bh_buf *buf, int64_t ms)
{
    char text[BH_TIME_TEXT];
    if (ms == 0) {
        bh_buf_add_text(buf, "null");
        return;
    }
    bh_time_format(ms, text);
    bh_buf_addf(buf, "\"%s\"", text);
}

void bh_json_add_separator(struct bh_buf *buf)
{
    if (buf->len == 0)
        return;
    char last = buf->data[buf->len - 1];
    if (last != '{' && last != '[' && last != ':' && last != '\n')
        bh_buf_add_char(buf, ',');
}

void bh_json_add_key(struct bh_buf *buf, const char *key)
{
    bh_json_add_separator(buf);
    bh_json_add_string(buf, bh_span_from(key));
    bh_buf_add_char(buf, ':');
}

static void add_object(struct bh_buf *buf, const json_t *object)
{
    const char *key;
    json_t *value;
    bh_buf_add_char(buf, '{');
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        bh_json_add_key(buf, key);
        bh_json_add_value(buf, value);
    }
    bh_buf_add_char(buf, '}');
}

static void add_array(struct bh_buf *buf, const json_t *array)
{
    bh_buf_add_char(buf, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            bh_buf_add_char(buf, ',');
        bh_json_add_value(buf, json_array_get(array, i));
    }
    bh_buf_add_char(buf, ']');
}

void bh_json_add_value(struct bh_buf *buf, const json_t *json)
{
    if (json_is_object(json))
        add_object(buf, json);
    else if (json_is_array(json))
        add_array(buf, json);
    else if (json_is_string(json))
        bh_json_add_string(buf, bh_json_text(json));
    else if (json_is_number(json))
        bh_json_add_number(buf, json_number_value(json));
    else
        bh_buf_add_text(buf, json_is_true(json) ? "true" : json_is_false(json) ? "false" : "null");
}

void bh_json_add_text_member(struct bh_buf *buf, const char *key, struct bh_span text)
{
    bh_json_add_key(buf, key);
    bh_json_add_string_or_null(buf, text);
}

void bh_json_add_time_member(struct bh_buf *buf, const char *key, int64_t ms)
{
    bh_json_add_key(buf, key);
    bh_json_add_time_or_null(buf, ms);
}

void bh_json_add_bool_member(struct bh_buf *buf, const char *key, bool value)
{
    bh_json_add_key(buf, key);
    bh_json_add_bool(buf, value);
}

bool bh_json_fits(const json_t *json, size_t units)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, units * UTF8_BYTES_PER_UNIT);
    bh_json_add_value(&text, json);
    return !text.failed && bh_span_utf16_length(bh_buf_span(&text)) <= units;
}
