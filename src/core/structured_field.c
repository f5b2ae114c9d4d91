// SPDX-License-Identifier: Apache-2.0
#include "core/structured_field.h"

#include <string.h>

#include "lib/digest.h"

#define INTEGER_DIGITS 15
#define DECIMAL_DIGITS 12
#define FRACTION_DIGITS 3

/* Reads the text and writes its canonical form beside it. */
struct parser {
    struct bh_span text;
    size_t at;
    struct bh_arena *arena;
    char *canonical; /* room for what the text can become at most */
    size_t written;
    char *plain; /* the strings without their escapes, one after the other */
    size_t plain_len;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_letter(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static bool is_one_of(char c, const char *set)
{
    return memchr(set, c, strlen(set)) != NULL;
}

/* The next character; 0 at the end. A NUL in the text is taken for the end too, and refused as such. */
static char peek(const struct parser *parser)
{
    return parser->at < parser->text.len ? parser->text.data[parser->at] : 0;
}

static void write_char(struct parser *parser, char c)
{
    parser->canonical[parser->written++] = c;
}

/* Takes the next character over into the canonical form. */
static void copy_char(struct parser *parser)
{
    write_char(parser, peek(parser));
    parser->at += 1;
}

static bool copy_if(struct parser *parser, char expected)
{
    if (peek(parser) != expected)
        return false;
    copy_char(parser);
    return true;
}

static struct bh_span written_since(const struct parser *parser, size_t start)
{
    return (struct bh_span){parser->canonical + start, parser->written - start};
}

static void skip_spaces(struct parser *parser)
{
    while (peek(parser) == ' ')
        parser->at += 1;
}

static void skip_blanks(struct parser *parser)
{
    while (peek(parser) == ' ' || peek(parser) == '\t')
        parser->at += 1;
}

static bool parse_key(struct parser *parser, struct bh_span *ret_key)
{
    size_t start = parser->at;
    if (!is_lower(peek(parser)) && peek(parser) != '*')
        return false;
    while (is_lower(peek(parser)) || is_digit(peek(parser)) || is_one_of(peek(parser), "_-.*"))
        parser->at += 1;
    *ret_key = (struct bh_span){parser->text.data + start, parser->at - start};
    return true;
}

static void write_span(struct parser *parser, struct bh_span span)
{
    memcpy(parser->canonical + parser->written, span.data, span.len);
    parser->written += span.len;
}

static size_t copy_digits(struct parser *parser)
{
    size_t count = 0;
    for (; is_digit(peek(parser)); count++)
        copy_char(parser);
    return count;
}

static int64_t number_of(struct bh_span digits)
{
    int64_t number = 0;
    for (size_t i = 0; i < digits.len; i++)
        number = number * 10 + (digits.data[i] - '0');
    return number;
}

/* One spelling for each number: no leading zeros, no final ones behind the point, no negative zero. */
static bool parse_number(struct parser *parser, struct bh_field_value *ret_value)
{
    bool negative = copy_if(parser, '-');
    size_t start = parser->written;
    size_t count = copy_digits(parser);
    struct bh_span digits = written_since(parser, start);
    if (count == 0 || count > INTEGER_DIGITS || (count > 1 && digits.data[0] == '0'))
        return false;
    if (!copy_if(parser, '.')) {
        int64_t number = number_of(digits);
        *ret_value = (struct bh_field_value){BH_FIELD_INTEGER, negative ? -number : number, BH_ABSENT};
        return !(negative && number == 0);
    }
    size_t places = copy_digits(parser);
    char last = parser->canonical[parser->written - 1];
    *ret_value = (struct bh_field_value){.type = BH_FIELD_DECIMAL};
    return count <= DECIMAL_DIGITS && places >= 1 && places <= FRACTION_DIGITS &&
           (places == 1 || last != '0') && !(negative && digits.data[0] == '0' && places == 1 && last == '0');
}

static bool parse_string(struct parser *parser, struct bh_field_value *ret_value)
{
    size_t start = parser->plain_len;
    copy_char(parser);
    while (peek(parser) != '"') {
        bool escaped = copy_if(parser, '\\');
        char c = peek(parser);
        if (c < 0x20 || c > 0x7E || (escaped && !is_one_of(c, "\"\\")))
            return false;
        parser->plain[parser->plain_len++] = c;
        copy_char(parser);
    }
    copy_char(parser);
    *ret_value =
        (struct bh_field_value){BH_FIELD_STRING, 0, {parser->plain + start, parser->plain_len - start}};
    return true;
}

static bool parse_token(struct parser *parser, struct bh_field_value *ret_value)
{
    size_t start = parser->written;
    while (is_letter(peek(parser)) || is_digit(peek(parser)) || is_one_of(peek(parser), "!#$%&'*+-.^_`|~:/"))
        copy_char(parser);
    *ret_value = (struct bh_field_value){BH_FIELD_TOKEN, 0, written_since(parser, start)};
    return true;
}

/* Standard base64, padded, without spare bits: translated for the decoder of the other alphabet. */
static bool decode_binary(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_bytes)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.data[text.len - 1 - padding] == '=')
        padding += 1;
    size_t len = text.len - padding;
    size_t size = len * 3 / 4;
    char *url = bh_arena_alloc(arena, len + 1);
    unsigned char *bytes = bh_arena_alloc(arena, size + 1);
    if (text.len % 4 != 0 || url == NULL || bytes == NULL)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text.data[i];
        if (!is_letter(c) && !is_digit(c) && c != '+' && c != '/')
            return false;
        url[i] = c;
        if (c == '+')
            url[i] = '-';
        if (c == '/')
            url[i] = '_';
    }
    *ret_bytes = (struct bh_span){(const char *)bytes, size};
    return bh_base64url_decode((struct bh_span){url, len}, bytes, size);
}

static bool parse_binary(struct parser *parser, struct bh_field_value *ret_value)
{
    copy_char(parser);
    size_t start = parser->written;
    while (peek(parser) != ':') {
        if (peek(parser) == 0)
            return false;
        copy_char(parser);
    }
    struct bh_span text = written_since(parser, start);
    copy_char(parser);
    ret_value->type = BH_FIELD_BINARY;
    return decode_binary(text, parser->arena, &ret_value->text);
}

static bool parse_boolean(struct parser *parser, struct bh_field_value *ret_value)
{
    copy_char(parser);
    if (peek(parser) != '0' && peek(parser) != '1')
        return false;
    *ret_value = (struct bh_field_value){BH_FIELD_BOOLEAN, peek(parser) - '0', BH_ABSENT};
    copy_char(parser);
    return true;
}

static bool parse_date(struct parser *parser, struct bh_field_value *ret_value)
{
    copy_char(parser);
    if (!parse_number(parser, ret_value) || ret_value->type != BH_FIELD_INTEGER)
        return false;
    ret_value->type = BH_FIELD_DATE;
    return true;
}

static bool parse_value(struct parser *parser, struct bh_field_value *ret_value)
{
    char first = peek(parser);
    if (first == '"')
        return parse_string(parser, ret_value);
    if (first == ':')
        return parse_binary(parser, ret_value);
    if (first == '?')
        return parse_boolean(parser, ret_value);
    if (first == '@')
        return parse_date(parser, ret_value);
    if (first == '-' || is_digit(first))
        return parse_number(parser, ret_value);
    return (is_letter(first) || first == '*') && parse_token(parser, ret_value);
}

static bool parse_parameter(struct parser *parser, struct bh_field_parameter *ret_parameter)
{
    const struct bh_field_value set = {.type = BH_FIELD_BOOLEAN, .number = 1};
    copy_char(parser);
    skip_spaces(parser);
    if (!parse_key(parser, &ret_parameter->key))
        return false;
    write_span(parser, ret_parameter->key);
    ret_parameter->value = set;
    size_t end = parser->written;
    if (!copy_if(parser, '='))
        return true;
    if (!parse_value(parser, &ret_parameter->value))
        return false;
    /* "true" is what a key without a value means, and is written as one. */
    if (ret_parameter->value.type == BH_FIELD_BOOLEAN && ret_parameter->value.number == 1)
        parser->written = end;
    return true;
}

static bool has_parameter(const struct bh_field_parameter *parameters, size_t count, struct bh_span key)
{
    for (size_t i = 0; i < count; i++)
        if (bh_span_equal(parameters[i].key, key))
            return true;
    return false;
}

static void *copy_of(struct bh_arena *arena, const void *items, size_t size)
{
    void *copy = bh_arena_alloc(arena, size + 1);
    if (copy != NULL)
        memcpy(copy, items, size);
    return copy;
}

static bool parse_parameters(struct parser *parser, struct bh_field_item *item)
{
    struct bh_field_parameter parameters[BH_FIELD_PARAMETERS] = {0};
    size_t count = 0;
    for (; peek(parser) == ';'; count++)
        if (count == BH_FIELD_PARAMETERS || !parse_parameter(parser, &parameters[count]) ||
            has_parameter(parameters, count, parameters[count].key))
            return false;
    item->parameters = copy_of(parser->arena, parameters, count * sizeof(parameters[0]));
    item->parameter_count = count;
    return item->parameters != NULL;
}

static bool parse_item(struct parser *parser, struct bh_field_item *ret_item)
{
    size_t start = parser->written;
    *ret_item = (struct bh_field_item){0};
    if (!parse_value(parser, &ret_item->value) || !parse_parameters(parser, ret_item))
        return false;
    ret_item->canonical = written_since(parser, start);
    return true;
}

static bool parse_list(struct parser *parser, struct bh_field_item *ret_item)
{
    struct bh_field_item items[BH_FIELD_ITEMS] = {0};
    size_t start = parser->written;
    size_t count = 0;
    copy_char(parser);
    skip_spaces(parser);
    for (; peek(parser) != ')'; count++) {
        if (count > 0)
            write_char(parser, ' ');
        if (count == BH_FIELD_ITEMS || !parse_item(parser, &items[count]))
            return false;
        if (peek(parser) != ' ' && peek(parser) != ')')
            return false;
        skip_spaces(parser);
    }
    copy_char(parser);
    *ret_item = (struct bh_field_item){.value.type = BH_FIELD_LIST, .item_count = count};
    ret_item->items = copy_of(parser->arena, items, count * sizeof(items[0]));
    if (ret_item->items == NULL || !parse_parameters(parser, ret_item))
        return false;
    ret_item->canonical = written_since(parser, start);
    return true;
}

/* A key alone is "true", which as a value of its own is written out. */
static bool parse_flag(struct parser *parser, struct bh_field_item *ret_item)
{
    size_t start = parser->written;
    *ret_item = (struct bh_field_item){.value = {.type = BH_FIELD_BOOLEAN, .number = 1}};
    write_char(parser, '?');
    write_char(parser, '1');
    if (!parse_parameters(parser, ret_item))
        return false;
    ret_item->canonical = written_since(parser, start);
    return true;
}

static bool parse_member(struct parser *parser, struct bh_field_member *ret_member)
{
    if (!parse_key(parser, &ret_member->key))
        return false;
    if (peek(parser) != '=')
        return parse_flag(parser, &ret_member->item);
    parser->at += 1;
    return peek(parser) == '(' ? parse_list(parser, &ret_member->item)
                               : parse_item(parser, &ret_member->item);
}

static bool has_member(const struct bh_field_member *members, size_t count, struct bh_span key)
{
    for (size_t i = 0; i < count; i++)
        if (bh_span_equal(members[i].key, key))
            return true;
    return false;
}

/*
 * The canonical form is never longer than the text but for the "?1" of keys without a value, each of which
 * takes two characters of the text with its comma.
 */
static bool start(struct bh_span text, struct bh_arena *arena, struct parser *ret_parser)
{
    if (bh_span_is_absent(text) || text.len > BH_FIELD_BYTES)
        return false;
    *ret_parser = (struct parser){.text = text, .arena = arena};
    ret_parser->canonical = bh_arena_alloc(arena, 2 * text.len + 2);
    ret_parser->plain = bh_arena_alloc(arena, text.len + 1);
    skip_spaces(ret_parser);
    return ret_parser->canonical != NULL && ret_parser->plain != NULL;
}

bool bh_field_dictionary_parse(
    struct bh_span text, struct bh_arena *arena, struct bh_field_dictionary *ret_dictionary)
{
    struct bh_field_member members[BH_FIELD_MEMBERS] = {0};
    struct parser parser;
    size_t count = 0;
    if (!start(text, arena, &parser))
        return false;
    for (;;) {
        if (count == BH_FIELD_MEMBERS || !parse_member(&parser, &members[count]) ||
            has_member(members, count, members[count].key))
            return false;
        count += 1;
        skip_blanks(&parser);
        if (parser.at == text.len)
            break;
        if (peek(&parser) != ',')
            return false;
        parser.at += 1;
        skip_blanks(&parser);
    }
    struct bh_field_member *kept = copy_of(arena, members, count * sizeof(members[0]));
    if (kept == NULL)
        return false;
    *ret_dictionary = (struct bh_field_dictionary){kept, count};
    return true;
}

bool bh_field_item_parse(struct bh_span text, struct bh_arena *arena, struct bh_field_item *ret_item)
{
    struct bh_field_item item;
    struct parser parser;
    if (!start(text, arena, &parser) || !parse_item(&parser, &item))
        return false;
    skip_spaces(&parser);
    if (parser.at != text.len)
        return false;
    *ret_item = item;
    return true;
}

const struct bh_field_item *bh_field_member_find(
    const struct bh_field_dictionary *dictionary, struct bh_span key)
{
    for (size_t i = 0; i < dictionary->count; i++)
        if (bh_span_equal(dictionary->members[i].key, key))
            return &dictionary->members[i].item;
    return NULL;
}

const struct bh_field_value *bh_field_parameter_find(const struct bh_field_item *item, const char *key)
{
    struct bh_span wanted = bh_span_from(key);
    for (size_t i = 0; i < item->parameter_count; i++)
        if (bh_span_equal(item->parameters[i].key, wanted))
            return &item->parameters[i].value;
    return NULL;
}
