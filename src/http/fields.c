// SPDX-License-Identifier: Apache-2.0
#include "http/fields.h"

#include <string.h>

#include "http/reply.h"

#define LIST_TEXT_LIMIT (1u << 20)

static enum bh_err fail(enum bh_err err, const char *key, struct bh_span *ret_detail)
{
    *ret_detail = bh_span_from(key);
    return err;
}

static bool is_listed(const char *key, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        if (strcmp(*keys, key) == 0)
            return true;
    }
    return false;
}

/* Names a field that the sender has made up. No more of it than an answer shows. */
static enum bh_err refuse_field(struct bh_exchange *exchange, const char *key, struct bh_span *ret_detail)
{
    struct bh_span shown = bh_span_utf16_prefix(bh_span_from(key), BH_DETAIL_UNITS);
    return bh_arena_copy(&exchange->arena, shown, ret_detail) ? BH_ERR_UNKNOWN_FIELD : BH_ERR_NO_MEMORY;
}

enum bh_err bh_fields_parse(
    struct bh_exchange *exchange, const char *const *keys, json_t **ret_object, struct bh_span *ret_detail)
{
    enum bh_err err = bh_json_parse_object(exchange->body, ret_object);
    if (err != BH_OK)
        return err;
    const char *key;
    json_t *value;
    json_object_foreach(*ret_object, key, value)
    {
        if (!is_listed(key, keys))
            return refuse_field(exchange, key, ret_detail);
    }
    return BH_OK;
}

enum bh_err bh_fields_optional_text(const json_t *object, const char *key, size_t units, enum bh_err too_long,
    struct bh_span *ret_text, struct bh_span *ret_detail)
{
    struct bh_span text = bh_span_trim(bh_json_member_text(object, key));
    if (text.len == 0)
        text = BH_ABSENT;
    if (bh_span_utf16_length(text) > units)
        return fail(too_long, key, ret_detail);
    *ret_text = text;
    return BH_OK;
}

enum bh_err bh_fields_required_text(const json_t *object, const char *key, size_t units, enum bh_err too_long,
    struct bh_span *ret_text, struct bh_span *ret_detail)
{
    struct bh_span text = BH_ABSENT;
    enum bh_err err = bh_fields_optional_text(object, key, units, too_long, &text, ret_detail);
    if (err != BH_OK)
        return err;
    if (bh_span_is_absent(text))
        return fail(BH_ERR_FIELD_REQUIRED, key, ret_detail);
    *ret_text = text;
    return BH_OK;
}

enum bh_err bh_fields_choice(const json_t *object, const char *key, const char *const *choices,
    const char *fallback, enum bh_err wrong, struct bh_span *ret_text)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL) {
        *ret_text = bh_span_from(fallback);
        return BH_OK;
    }
    for (; json_is_string(value) && *choices != NULL; choices++) {
        if (bh_span_equal(bh_span_trim(bh_json_text(value)), bh_span_from(*choices))) {
            *ret_text = bh_span_from(*choices);
            return BH_OK;
        }
    }
    return wrong;
}

enum bh_err bh_fields_string_list(const json_t *object, const char *key, size_t units, struct bh_arena *arena,
    struct bh_span *ret_json, struct bh_span *ret_detail)
{
    const json_t *array = json_object_get(object, key);
    if (array == NULL || json_is_null(array)) {
        *ret_json = BH_ABSENT;
        return BH_OK;
    }
    if (!json_is_array(array))
        return fail(BH_ERR_STRING_LIST, key, ret_detail);
    if (json_array_size(array) > BH_LIST_LIMIT)
        return fail(BH_ERR_STRING_LIST_SIZE, key, ret_detail);
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, LIST_TEXT_LIMIT);
    bh_buf_add_char(&text, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        struct bh_span item = bh_span_trim(bh_json_text(json_array_get(array, i)));
        if (item.len == 0)
            return fail(BH_ERR_STRING_LIST, key, ret_detail);
        if (bh_span_utf16_length(item) > units)
            return fail(BH_ERR_STRING_LIST_ITEM, key, ret_detail);
        bh_json_add_separator(&text);
        bh_json_add_string(&text, item);
    }
    bh_buf_add_char(&text, ']');
    if (text.failed || !bh_arena_copy(arena, bh_buf_span(&text), ret_json))
        return BH_ERR_NO_MEMORY;
    return BH_OK;
}
