// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_map.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "mcp/wrap_held.h"

#define ACTION_UNITS 80
#define TARGET_UNITS 200
#define ROWS_MAX 1000

/* ---- reading ---- */

static bool is_name(struct bh_span text, size_t units)
{
    return text.len > 0 && bh_span_trim(text).len == text.len && bh_span_utf16_length(text) <= units;
}

bool bh_wrap_server_name_is_usable(struct bh_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c < ' ' || c == 0x7F || c == ':' || c == ',')
            return false;
    }
    return is_name(name, BH_WRAP_SERVER_UNITS) && bh_span_is_utf8(name);
}

static bool is_pointer(struct bh_span text)
{
    if (text.len == 0 || text.data[0] != '/')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '~' &&
            (i + 1 == text.len || (text.data[i + 1] != '0' && text.data[i + 1] != '1')))
            return false;
    }
    return true;
}

static const char *check_list(const json_t *list)
{
    size_t i;
    const json_t *item;
    if (!json_is_array(list))
        return "must be an array of names";
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return "must be an array of names";
    }
    return NULL;
}

/* What is wrong with the member, or NULL. */
static const char *check_member(const char *key, const json_t *value)
{
    struct bh_span text = bh_json_text(value);
    if (strcmp(key, "action") == 0)
        return is_name(text, ACTION_UNITS) ? NULL : "must be a text of 1 to 80 characters";
    if (strcmp(key, "vendor") == 0 || strcmp(key, "resource") == 0)
        return is_name(text, TARGET_UNITS) ? NULL : "must be a text of 1 to 200 characters";
    if (strcmp(key, "amount") == 0 || strcmp(key, "path") == 0 || strcmp(key, "command") == 0)
        return is_pointer(text) ? NULL : "must be a JSON pointer into the arguments, as \"/total\"";
    if (strcmp(key, "arguments") == 0)
        return check_list(value);
    return "is unknown: use action, vendor, resource, amount, path, command, arguments";
}

static bool check_row(const char *tool, json_t *row, struct bh_buf *problem)
{
    const char *key;
    json_t *value;
    if (!json_is_object(row)) {
        bh_buf_addf(problem, "tools[\"%s\"] must be an object.", tool);
        return false;
    }
    json_object_foreach(row, key, value)
    {
        const char *wrong = check_member(key, value);
        if (wrong != NULL) {
            bh_buf_addf(problem, "tools[\"%s\"].%s %s.", tool, key, wrong);
            return false;
        }
    }
    if (json_object_get(row, "vendor") != NULL && json_object_get(row, "resource") != NULL) {
        bh_buf_addf(problem, "tools[\"%s\"] must not have both vendor and resource.", tool);
        return false;
    }
    return true;
}

static bool check_rows(json_t *document, struct bh_buf *problem)
{
    const char *key;
    json_t *row;
    json_t *tools = json_object_get(document, "tools");
    json_object_foreach(document, key, row)
    {
        if (strcmp(key, "tools") != 0) {
            bh_buf_addf(problem, "%s is unknown: the only member is tools.", key);
            return false;
        }
    }
    if (!json_is_object(tools) || json_object_size(tools) > ROWS_MAX) {
        bh_buf_addf(problem, "tools must be an object of at most %d tools.", ROWS_MAX);
        return false;
    }
    json_object_foreach(tools, key, row)
    {
        if (!check_row(key, row, problem))
            return false;
    }
    return true;
}

bool bh_wrap_map_init(struct bh_wrap_map *map, struct bh_span text, struct bh_buf *problem)
{
    BH_CLEANUP(bh_json_release) json_t *document = NULL;
    if (bh_json_parse_unique(text, &document) != BH_OK) {
        bh_buf_add_text(problem, "It must be a JSON object in which no member occurs twice.");
        return false;
    }
    if (!check_rows(document, problem))
        return false;
    map->tools = json_incref(json_object_get(document, "tools"));
    return true;
}

void bh_wrap_map_finish(struct bh_wrap_map *map)
{
    if (map == NULL)
        return;
    json_decref(map->tools);
    map->tools = NULL;
}

static json_t *find_row(const struct bh_wrap_map *map, struct bh_span tool)
{
    json_t *row = json_object_getn(map->tools, tool.data, tool.len);
    return row == NULL ? json_object_get(map->tools, "*") : row;
}

/* ---- asking ---- */

static struct bh_span action_of(const json_t *row)
{
    struct bh_span action = bh_json_member_text(row, "action");
    return bh_span_is_absent(action) ? BH_SPAN("mcp_tool") : action;
}

static void add_target(const json_t *row, const char *server, struct bh_span tool, struct bh_buf *out)
{
    struct bh_span vendor = bh_json_member_text(row, "vendor");
    struct bh_span resource = bh_json_member_text(row, "resource");
    if (!bh_span_is_absent(vendor) || !bh_span_is_absent(resource)) {
        bh_buf_add(out, bh_span_is_absent(vendor) ? resource : vendor);
        return;
    }
    bh_buf_addf(out, "mcp:%s:", server);
    bh_buf_add(out, tool);
}

bool bh_wrap_map_target(const struct bh_wrap_map *map, const char *server, struct bh_span tool,
    struct bh_span *ret_action, struct bh_buf *ret_target)
{
    const json_t *row = find_row(map, tool);
    add_target(row, server, tool, ret_target);
    *ret_action = action_of(row);
    return !ret_target->failed;
}

/* One step of a pointer: `token` still has its ~0 and ~1. */
static const json_t *step(const json_t *json, struct bh_span token)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf name = {0};
    bh_buf_init(&name, token.len + 1);
    for (size_t i = 0; i < token.len; i++) {
        bool escape = token.data[i] == '~' && i + 1 < token.len;
        bh_buf_add_char(&name, !escape ? token.data[i] : token.data[i + 1] == '1' ? '/' : '~');
        i += escape;
    }
    if (json_is_object(json))
        return json_object_getn(json, bh_buf_span(&name).data, name.len);
    if (!json_is_array(json) || name.len == 0 || name.len > 6 || (name.data[0] == '0' && name.len > 1))
        return NULL;
    size_t index = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < '0' || name.data[i] > '9')
            return NULL;
        index = index * 10 + (size_t)(name.data[i] - '0');
    }
    return json_array_get(json, index);
}

static const json_t *resolve(const json_t *json, struct bh_span pointer)
{
    while (json != NULL && pointer.len > 0) {
        struct bh_span token = bh_span_from_index(pointer, 1);
        const char *end = token.len == 0 ? NULL : memchr(token.data, '/', token.len);
        if (end != NULL)
            token.len = (size_t)(end - token.data);
        json = step(json, token);
        pointer = bh_span_from_index(pointer, token.len + 1);
    }
    return json;
}

static bool take_amount(struct bh_wrap_asking *asking, const json_t *arguments, struct bh_buf *problem)
{
    struct bh_span pointer = bh_json_member_text(asking->row, "amount");
    if (bh_span_is_absent(pointer))
        return true;
    const json_t *amount = resolve(arguments, pointer);
    if (!json_is_number(amount) || json_number_value(amount) < 0) {
        bh_buf_addf(problem,
            "The amount of this call must be a number of 0 or more at %.*s of its arguments.",
            (int)pointer.len, pointer.data);
        return false;
    }
    asking->amount = json_number_value(amount);
    asking->question.amount = &asking->amount;
    return true;
}

static const char *const path_keys[] = {"filePath", "file_path", "path", "notebook_path", "notebookPath"};
static const char *const command_keys[] = {"command", "cmd"};

/*
 * The one text among the keys. False when they do not agree or one is no text: the server behind us might
 * take another than the rules have seen.
 */
static bool find_text(
    const json_t *arguments, const char *const *keys, size_t count, bool strict, struct bh_span *ret_text)
{
    struct bh_span found = BH_ABSENT;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(arguments, keys[i]);
        struct bh_span text = bh_json_text(value);
        bool differs = !bh_span_is_absent(text) && !bh_span_is_absent(found) && !bh_span_equal(text, found);
        if (strict && value != NULL && (differs || bh_span_is_blank(text)))
            return false;
        if (bh_span_is_absent(found) && !bh_span_is_blank(text))
            found = text;
    }
    *ret_text = found;
    return true;
}

static bool set_span(json_t *object, const char *key, struct bh_span text)
{
    return bh_span_is_absent(text) ||
           json_object_set_new(object, key, json_stringn(text.data, text.len)) == 0;
}

struct found {
    struct bh_span path, command;
};

static bool take_text(const json_t *row, const char *member, const json_t *arguments, const char *const *keys,
    size_t count, bool strict, struct bh_span *ret_text, struct bh_buf *problem)
{
    struct bh_span pointer = bh_json_member_text(row, member);
    if (!bh_span_is_absent(pointer)) {
        *ret_text = bh_json_text(resolve(arguments, pointer));
        if (!bh_span_is_blank(*ret_text))
            return true;
        bh_buf_addf(problem, "The %s of this call must be a text at %.*s of its arguments.", member,
            (int)pointer.len, pointer.data);
        return false;
    }
    if (find_text(arguments, keys, count, strict, ret_text))
        return true;
    bh_buf_addf(problem, "The arguments have more than one %s, or one that is no text.", member);
    return false;
}

static bool find_texts(
    const json_t *row, const json_t *arguments, struct found *ret_found, struct bh_buf *problem)
{
    struct bh_span action = action_of(row);
    bool files = bh_span_equal(action, BH_SPAN("read_file")) || bh_span_equal(action, BH_SPAN("write_file"));
    bool commands = bh_span_equal(action, BH_SPAN("execute_command"));
    return take_text(
               row, "path", arguments, path_keys, BH_COUNT(path_keys), files, &ret_found->path, problem) &&
           take_text(row, "command", arguments, command_keys, BH_COUNT(command_keys), commands,
               &ret_found->command, problem);
}

/* The arguments that the rules may see. */
static json_t *copy_arguments(const json_t *row, const json_t *arguments)
{
    const json_t *names = json_object_get(row, "arguments");
    if (arguments == NULL || json_is_null(arguments))
        return json_object();
    if (names == NULL)
        return json_deep_copy(arguments);
    size_t i;
    const json_t *name;
    json_t *copy = json_object();
    json_array_foreach(names, i, name)
    {
        json_t *value = json_object_get(arguments, json_string_value(name));
        if (value != NULL && json_object_set_new(copy, json_string_value(name), json_deep_copy(value)) != 0) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

/* The keys that rules look at say exactly what was found, whatever the arguments are called. */
static bool settle_keys(json_t *input, const struct found *found)
{
    for (size_t i = 0; i < BH_COUNT(path_keys); i++)
        (void)json_object_del(input, path_keys[i]);
    for (size_t i = 0; i < BH_COUNT(command_keys); i++)
        (void)json_object_del(input, command_keys[i]);
    return set_span(input, "filePath", found->path) && set_span(input, "command", found->command);
}

static bool make_context(struct bh_wrap_asking *asking, const struct bh_wrap_place *place,
    const json_t *arguments, const struct found *found)
{
    json_t *context = asking->context = json_object();
    json_t *input = copy_arguments(asking->row, arguments);
    bool with_path = !bh_span_is_absent(found->path);
    if (input == NULL || !settle_keys(input, found)) {
        json_decref(input);
        return false;
    }
    return json_object_set_new(context, "source", json_string("mcp")) == 0 &&
           json_object_set_new(context, "server", json_string(place->server)) == 0 &&
           json_object_set_new(context, "toolName", json_string(asking->tool)) == 0 &&
           json_object_set_new(context, "toolInput", input) == 0 &&
           (!with_path || set_span(context, "cwd", bh_span_from(place->cwd))) &&
           (!with_path || set_span(context, "home", bh_span_from(place->home)));
}

/* Texts as they are, numbers as text. */
static json_t *make_id(struct bh_span id)
{
    json_t *json = NULL;
    if (bh_json_parse(id, &json) == BH_OK && json_is_string(json))
        return json;
    json_decref(json);
    return json_stringn(id.data, id.len);
}

static bool make_metadata(struct bh_wrap_asking *asking, const struct bh_wrap_place *place, struct bh_span id)
{
    json_t *metadata = asking->metadata = json_object();
    return json_object_set_new(metadata, "server", json_string(place->server)) == 0 &&
           json_object_set_new(metadata, "tool", json_string(asking->tool)) == 0 &&
           json_object_set_new(metadata, "requestId", make_id(id)) == 0;
}

static bool make_texts(struct bh_wrap_asking *asking, const char *server, struct bh_span tool)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf target = {0};
    size_t len;
    bh_buf_init(&target, 4096);
    add_target(asking->row, server, tool, &target);
    bh_buf_add_char(&target, 0);
    if (target.failed)
        return false;
    asking->target = bh_buf_take(&target, &len);
    asking->tool = strndup(tool.data, tool.len);
    return asking->tool != NULL;
}

#define CONTEXT_UNITS 16384

static bool fill(struct bh_wrap_asking *asking, const struct bh_wrap_place *place, const json_t *params,
    struct bh_span id, struct bh_buf *problem)
{
    const json_t *arguments = json_object_get(params, "arguments");
    struct found found = {BH_ABSENT, BH_ABSENT};
    if (!take_amount(asking, arguments, problem) || !find_texts(asking->row, arguments, &found, problem))
        return false;
    if (!make_texts(asking, place->server, bh_json_member_text(params, "name")) ||
        !make_context(asking, place, arguments, &found) || !make_metadata(asking, place, id)) {
        bh_buf_add_text(problem, "There is not enough memory for the question.");
        return false;
    }
    if (!bh_json_fits(asking->context, CONTEXT_UNITS)) {
        bh_buf_addf(problem,
            "The arguments are too large to be looked at: at most %d bytes with what goes "
            "with them. A mapping file can name those that the rules need.",
            CONTEXT_UNITS);
        return false;
    }
    return true;
}

bool bh_wrap_asking_init(struct bh_wrap_asking *asking, const struct bh_wrap_map *map,
    const struct bh_wrap_place *place, const json_t *params, struct bh_span id, struct bh_buf *problem)
{
    *asking = (struct bh_wrap_asking){.amount = 0};
    asking->row = json_incref(find_row(map, bh_json_member_text(params, "name")));
    if (!fill(asking, place, params, id, problem))
        return false;
    struct bh_question *question = &asking->question;
    question->action = "mcp_tool";
    if (json_object_get(asking->row, "action") != NULL)
        question->action = json_string_value(json_object_get(asking->row, "action"));
    if (json_object_get(asking->row, "vendor") != NULL)
        question->vendor = asking->target;
    else
        question->resource = asking->target;
    question->metadata = asking->metadata;
    question->policy_context = asking->context;
    if (bh_wrap_held_describe(asking, params))
        return true;
    bh_buf_add_text(problem, "There is not enough memory for the question.");
    return false;
}

void bh_wrap_asking_finish(struct bh_wrap_asking *asking)
{
    if (asking == NULL)
        return;
    free(asking->tool);
    free(asking->target);
    json_decref(asking->row);
    json_decref(asking->metadata);
    json_decref(asking->context);
    *asking = (struct bh_wrap_asking){.amount = 0};
}
