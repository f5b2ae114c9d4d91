// SPDX-License-Identifier: Apache-2.0
#include "core/http_signature.h"

#include <string.h>

static bool is_text(struct bh_span span, const char *text)
{
    return bh_span_equal(span, bh_span_from(text));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct bh_span trim(struct bh_span value)
{
    while (value.len > 0 && is_blank(value.data[0]))
        value = bh_span_from_index(value, 1);
    while (value.len > 0 && is_blank(value.data[value.len - 1]))
        value.len -= 1;
    return value;
}

static bool is_printable_byte(unsigned char c)
{
    return (c >= 0x20 && c < 0x7F) || c == '\t';
}

/*
 * INVARIANT: no value holds a line break, because each line of the base is one component: a value with one
 * could pass for others.
 */
static bool is_printable(struct bh_span value)
{
    if (bh_span_is_absent(value))
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (!is_printable_byte((unsigned char)value.data[i]))
            return false;
    return true;
}

bool bh_message_field(const struct bh_http_message *message, struct bh_span name, struct bh_arena *arena,
    struct bh_span *ret_value)
{
    size_t size = 0;
    bool found = false;
    for (size_t i = 0; i < message->header_count; i++)
        if (bh_span_equal(message->headers[i].name, name)) {
            if (!is_printable(message->headers[i].value))
                return false;
            size += message->headers[i].value.len + 2;
            found = true;
        }
    char *joined = found ? bh_arena_alloc(arena, size) : NULL;
    if (joined == NULL)
        return false;
    size_t len = 0;
    for (size_t i = 0; i < message->header_count; i++)
        if (bh_span_equal(message->headers[i].name, name)) {
            struct bh_span value = trim(message->headers[i].value);
            memcpy(joined + len, value.data, value.len);
            memcpy(joined + len + value.len, ", ", 2);
            len += value.len + 2;
        }
    *ret_value = (struct bh_span){joined, len - 2};
    return true;
}

/* ---- derived components ---------------------------------------------------------------------------------
 */

static bool add_value(struct bh_buf *base, struct bh_span value)
{
    bh_buf_add(base, value);
    return is_printable(value);
}

static bool add_target_uri(const struct bh_http_message *message, struct bh_buf *base)
{
    bh_buf_add(base, message->scheme);
    bh_buf_add_text(base, "://");
    bh_buf_add(base, message->authority);
    bh_buf_add(base, message->target);
    return is_printable(message->scheme) && is_printable(message->authority) && is_printable(message->target);
}

static struct bh_span path_of(struct bh_span target)
{
    size_t end = bh_span_find(target, BH_SPAN("?"));
    struct bh_span path = {target.data, end < target.len ? end : target.len};
    return path.len == 0 ? BH_SPAN("/") : path;
}

/* With its question mark, which stands there also when there is no query. */
static struct bh_span query_of(struct bh_span target)
{
    size_t start = bh_span_find(target, BH_SPAN("?"));
    return start < target.len ? bh_span_from_index(target, start) : BH_SPAN("?");
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool stays_plain(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '*' ||
           c == '-' || c == '.' || c == '_';
}

/* A part of a form-encoded query, decoded and encoded anew, so that each text has one spelling. */
static void add_form_text(struct bh_buf *buf, struct bh_span part)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < part.len; i++) {
        unsigned char c = (unsigned char)part.data[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%' && i + 2 < part.len && hex_value(part.data[i + 1]) >= 0 &&
                   hex_value(part.data[i + 2]) >= 0) {
            c = (unsigned char)(hex_value(part.data[i + 1]) * 16 + hex_value(part.data[i + 2]));
            i += 2;
        }
        if (stays_plain(c)) {
            bh_buf_add_char(buf, (char)c);
            continue;
        }
        bh_buf_add_char(buf, '%');
        bh_buf_add_char(buf, digits[c >> 4]);
        bh_buf_add_char(buf, digits[c & 0x0F]);
    }
}

/* Takes "name=value" off the front of a query. */
static void take_pair(struct bh_span *rest, struct bh_span *ret_name, struct bh_span *ret_value)
{
    size_t end = bh_span_find(*rest, BH_SPAN("&"));
    struct bh_span pair = {rest->data, end < rest->len ? end : rest->len};
    *rest = bh_span_from_index(*rest, end < rest->len ? end + 1 : rest->len);
    size_t equals = bh_span_find(pair, BH_SPAN("="));
    *ret_name = (struct bh_span){pair.data, equals < pair.len ? equals : pair.len};
    *ret_value = bh_span_from_index(pair, equals < pair.len ? equals + 1 : pair.len);
}

/* A parameter that occurs twice has no one value, and so none that could be signed. */
static bool add_query_param(struct bh_span target, struct bh_span wanted, struct bh_buf *base)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf name = {0};
    struct bh_span rest = bh_span_from_index(query_of(target), 1);
    struct bh_span found = BH_ABSENT;
    bh_buf_init(&name, 3 * rest.len + 1);
    while (rest.len > 0) {
        struct bh_span key, value;
        take_pair(&rest, &key, &value);
        bh_buf_clear(&name);
        add_form_text(&name, key);
        if (name.failed || !bh_span_equal(bh_buf_span(&name), wanted))
            continue;
        if (!bh_span_is_absent(found))
            return false;
        found = value;
    }
    if (bh_span_is_absent(found))
        return false;
    add_form_text(base, found);
    return true;
}

static bool add_derived(
    const struct bh_http_message *message, const struct bh_field_item *component, struct bh_buf *base)
{
    struct bh_span name = component->value.text;
    if (is_text(name, "@query-param")) {
        const struct bh_field_value *wanted = bh_field_parameter_find(component, "name");
        return component->parameter_count == 1 && wanted != NULL && wanted->type == BH_FIELD_STRING &&
               is_printable(message->target) && add_query_param(message->target, wanted->text, base);
    }
    if (component->parameter_count != 0)
        return false;
    if (is_text(name, "@target-uri"))
        return add_target_uri(message, base);
    if (bh_span_is_absent(message->target) || message->target.len == 0)
        return false;
    const struct {
        const char *name;
        struct bh_span value;
    } values[] = {
        {"@method", message->method},
        {"@authority", message->authority},
        {"@scheme", message->scheme},
        {"@request-target", message->target},
        {"@path", path_of(message->target)},
        {"@query", query_of(message->target)},
    };
    for (size_t i = 0; i < BH_COUNT(values); i++)
        if (is_text(name, values[i].name))
            return values[i].value.len > 0 && add_value(base, values[i].value);
    return false;
}

/* ---- fields, and the whole ------------------------------------------------------------------------------
 */

static bool is_field_name(struct bh_span name)
{
    if (name.len == 0)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                (c != 0 && memchr("!#$%&'*+-.^_`|~", c, 15) != NULL)))
            return false;
    }
    return true;
}

static bool add_field(const struct bh_http_message *message, const struct bh_field_item *component,
    struct bh_arena *arena, struct bh_buf *base)
{
    struct bh_span value;
    if (!is_field_name(component->value.text) ||
        !bh_message_field(message, component->value.text, arena, &value))
        return false;
    if (component->parameter_count == 0)
        return add_value(base, value);
    struct bh_field_dictionary dictionary;
    const struct bh_field_value *key = bh_field_parameter_find(component, "key");
    if (component->parameter_count != 1 || key == NULL || key->type != BH_FIELD_STRING ||
        !bh_field_dictionary_parse(value, arena, &dictionary))
        return false;
    const struct bh_field_item *member = bh_field_member_find(&dictionary, key->text);
    return member != NULL && add_value(base, member->canonical);
}

static bool add_component(const struct bh_http_message *message, const struct bh_field_item *component,
    struct bh_arena *arena, struct bh_buf *base)
{
    bh_buf_add(base, component->canonical);
    bh_buf_add_text(base, ": ");
    bool derived = component->value.text.len > 0 && component->value.text.data[0] == '@';
    bool added = derived ? add_derived(message, component, base) : add_field(message, component, arena, base);
    bh_buf_add_char(base, '\n');
    return added;
}

/* No component that is supported has more than one parameter, so equal ones are written alike. */
static bool occurs_before(const struct bh_field_item *params, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (bh_span_equal(params->items[i].canonical, params->items[index].canonical))
            return true;
    return false;
}

bool bh_signature_base(const struct bh_http_message *message, const struct bh_signature_input *input,
    struct bh_arena *arena, struct bh_buf *base)
{
    for (size_t i = 0; i < input->params.item_count; i++)
        if (occurs_before(&input->params, i) || !add_component(message, &input->params.items[i], arena, base))
            return false;
    bh_buf_add_text(base, "\"@signature-params\": ");
    bh_buf_add(base, input->params.canonical);
    return !base->failed;
}
