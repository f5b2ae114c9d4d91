// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_judge.h"

#include <math.h>
#include <string.h>

#include "core/match.h"
#include "lib/json.h"

#define INVALID_JSON (-32700)
#define INVALID_REQUEST (-32600)
#define INVALID_PARAMS (-32602)
#define WHOLE_NUMBERS 9007199254740992.0
#define LONG_S 0x17F            /* some readers take it for an s */
#define FULL_WIDTH_FIRST 0xFF01 /* the signs from ! to ~, as wide as Chinese ones */
#define FULL_WIDTH_LAST 0xFF5E

/* ---- names that somebody else could read as ours ---- */

static uint32_t fold(uint32_t code_point)
{
    if (code_point >= FULL_WIDTH_FIRST && code_point <= FULL_WIDTH_LAST)
        code_point -= FULL_WIDTH_FIRST - '!';
    return code_point == LONG_S ? 's' : bh_fold_code_point(code_point);
}

/* Equal but for case and width. */
static bool folds_to(struct bh_span text, struct bh_span name)
{
    size_t at_text = 0, at_name = 0;
    while (at_text < text.len && at_name < name.len) {
        if (fold(bh_span_next_code_point(text, &at_text)) != fold(bh_span_next_code_point(name, &at_name)))
            return false;
    }
    return at_text == text.len && at_name == name.len;
}

/* True when the letters of the method, in any case and width, begin with those of tools/call. */
static bool says_tools_call(struct bh_span method)
{
    static const char letters[] = "toolscall";
    size_t at = 0, found = 0;
    while (at < method.len) {
        uint32_t c = fold(bh_span_next_code_point(method, &at));
        if (c < 'a' || c > 'z')
            continue;
        if (c != (unsigned char)letters[found++])
            return false;
        if (letters[found] == 0)
            return true;
    }
    return false;
}

static struct bh_span key_at(void *at)
{
    return (struct bh_span){json_object_iter_key(at), json_object_iter_key_len(at)};
}

/* A member that is nearly one of the protocol's, or that would change what a JavaScript object inherits. */
static bool has_disguise(const json_t *object, const char *const *names, size_t count)
{
    json_t *json = (json_t *)(uintptr_t)object;
    for (void *at = json_object_iter(json); at != NULL; at = json_object_iter_next(json, at)) {
        struct bh_span key = key_at(at);
        if (bh_span_equal(key, BH_SPAN("__proto__")))
            return true;
        for (size_t i = 0; i < count; i++) {
            struct bh_span name = bh_span_from(names[i]);
            if (!bh_span_equal(key, name) && folds_to(key, name))
                return true;
        }
    }
    return false;
}

/* Two members that differ by case only. Calls have few arguments; more of them are refused before. */
static bool has_twins(const json_t *object)
{
    json_t *json = (json_t *)(uintptr_t)object;
    for (void *at = json_object_iter(json); at != NULL; at = json_object_iter_next(json, at)) {
        void *other = json_object_iter_next(json, at);
        for (; other != NULL; other = json_object_iter_next(json, other)) {
            if (folds_to(key_at(at), key_at(other)))
                return true;
        }
    }
    return false;
}

/* ---- identifiers ---- */

bool bh_wrap_id_text(const json_t *id, struct bh_buf *ret_text)
{
    double number = json_number_value(id);
    bool usable = json_is_string(id) || (json_is_number(id) && floor(number) == number &&
                                            number <= WHOLE_NUMBERS && number >= -WHOLE_NUMBERS);
    if (!usable || json_string_length(id) > BH_WRAP_ID_BYTES)
        return false;
    bh_json_add_value(ret_text, id);
    return !ret_text->failed;
}

void bh_wrap_add_error(struct bh_buf *out, struct bh_span id, int code, struct bh_span message)
{
    bh_buf_add_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    bh_buf_add(out, bh_span_is_absent(id) ? BH_SPAN("null") : id);
    bh_buf_addf(out, ",\"error\":{\"code\":%d,\"message\":", code);
    bh_json_add_string(out, message);
    bh_buf_add_text(out, "}}");
}

/* The error for one message; nothing for what expects no answer. */
static void add_refusal(struct bh_buf *out, const json_t *message, int code, const char *why)
{
    const json_t *id = json_object_get(message, "id");
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_WRAP_ID_BYTES * 8);
    bool known = bh_wrap_id_text(id, &text);
    bool is_notification =
        json_is_object(message) && id == NULL && json_object_get(message, "method") != NULL;
    if (is_notification)
        return;
    bh_json_add_separator(out);
    bh_wrap_add_error(out, known ? bh_buf_span(&text) : BH_ABSENT, code, bh_span_from(why));
}

static void refuse(struct bh_wrap_judged *judged, const json_t *message, int code, const char *why)
{
    judged->kind = BH_WRAP_REFUSE;
    judged->why = why;
    add_refusal(&judged->reply, message, code, why);
}

/* ---- one message ---- */

static const char *check_members(const json_t *message)
{
    static const char *const names[] = {"jsonrpc", "id", "method", "params", "result", "error"};
    const json_t *method = json_object_get(message, "method");
    if (!json_is_object(message))
        return "A message must be a JSON object.";
    if (has_disguise(message, names, BH_COUNT(names)))
        return "A member of the message differs from one of JSON-RPC by its case only.";
    if (method != NULL && !json_is_string(method))
        return "method must be a string.";
    if (!bh_span_equal(bh_json_text(method), BH_SPAN("tools/call")) && says_tools_call(bh_json_text(method)))
        return "This is not how tools/call is written.";
    return NULL;
}

static bool is_plain_name(struct bh_span name)
{
    struct bh_span trimmed = bh_span_trim(name);
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.data[i] < ' ' || name.data[i] == 0x7F)
            return false;
    }
    return name.len > 0 && trimmed.len == name.len && bh_span_utf16_length(name) <= BH_WRAP_TOOL_UNITS;
}

#define ARGUMENTS_MAX 256

static const char *check_params(const json_t *params)
{
    static const char *const names[] = {"name", "arguments", "_meta", "task"};
    const json_t *arguments = json_object_get(params, "arguments");
    if (!json_is_object(params))
        return "params of tools/call must be an object.";
    if (has_disguise(params, names, BH_COUNT(names)))
        return "A member of params differs from one of tools/call by its case only.";
    if (!is_plain_name(bh_json_member_text(params, "name")))
        return "params.name must be a tool's name: 1 to 128 characters, no control characters, no blanks "
               "around it.";
    if (arguments != NULL && !json_is_null(arguments) && !json_is_object(arguments))
        return "params.arguments must be an object.";
    if (json_object_size(arguments) > ARGUMENTS_MAX)
        return "params.arguments has more than 256 members.";
    if (json_object_get(arguments, "__proto__") != NULL || has_twins(arguments))
        return "Two members of params.arguments differ by their case only.";
    return NULL;
}

static void judge_call(struct bh_wrap_judged *judged, const json_t *message)
{
    const json_t *id = json_object_get(message, "id");
    const char *problem = check_params(json_object_get(message, "params"));
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_WRAP_ID_BYTES * 8);
    if (id == NULL)
        refuse(judged, message, INVALID_REQUEST, "A tools/call without an id is not passed on.");
    else if (!bh_wrap_id_text(id, &text))
        refuse(judged, message, INVALID_REQUEST,
            "The id of tools/call must be a string of at most 256 bytes or a whole number up to 2^53.");
    else if (problem != NULL)
        refuse(judged, message, INVALID_PARAMS, problem);
    else
        judged->kind = BH_WRAP_CALL;
}

static void judge_message(struct bh_wrap_judged *judged, const json_t *message)
{
    const char *problem = check_members(message);
    struct bh_span method = bh_json_member_text(message, "method");
    judged->kind = BH_WRAP_PASS;
    if (problem != NULL)
        refuse(judged, message, INVALID_REQUEST, problem);
    else if (bh_span_equal(method, BH_SPAN("tools/call")))
        judge_call(judged, message);
    else if (bh_span_equal(method, BH_SPAN("tools/list")))
        judged->kind = BH_WRAP_LIST;
    else if (bh_span_equal(method, BH_SPAN("notifications/cancelled")))
        judged->kind = BH_WRAP_CANCEL;
}

/* ---- batches ---- */

static const char *check_in_batch(const json_t *message, bool lists_alone)
{
    const char *problem = check_members(message);
    struct bh_span method = bh_json_member_text(message, "method");
    if (problem != NULL)
        return problem;
    if (bh_span_equal(method, BH_SPAN("tools/call")))
        return "A tools/call within a batch is not passed on, and the batch neither: send it alone.";
    if (lists_alone && bh_span_equal(method, BH_SPAN("tools/list")))
        return "A tools/list within a batch is not passed on, and the batch neither: send it alone.";
    return NULL;
}

/* All or nothing: what stands beside a call may depend on it. */
static void judge_batch(struct bh_wrap_judged *judged, const json_t *batch, bool lists_alone)
{
    size_t i;
    const json_t *message;
    const char *problem = json_array_size(batch) == 0 ? "A batch must not be empty." : NULL;
    json_array_foreach(batch, i, message)
    {
        if (problem == NULL)
            problem = check_in_batch(message, lists_alone);
    }
    judged->kind = BH_WRAP_PASS;
    if (problem == NULL)
        return;
    judged->kind = BH_WRAP_REFUSE;
    judged->why = problem;
    if (json_array_size(batch) == 0) {
        bh_wrap_add_error(&judged->reply, BH_ABSENT, INVALID_REQUEST, bh_span_from(problem));
        return;
    }
    bh_buf_add_char(&judged->reply, '[');
    json_array_foreach(batch, i, message) add_refusal(&judged->reply, message, INVALID_REQUEST, problem);
    if (judged->reply.len == 1)
        bh_buf_clear(&judged->reply);
    else
        bh_buf_add_char(&judged->reply, ']');
}

/* ---- lines ---- */

static void refuse_text(struct bh_wrap_judged *judged, struct bh_span line, const char *why)
{
    struct bh_wrap_id_scan scan = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf id = {0};
    bh_buf_init(&id, BH_WRAP_ID_BYTES * 8);
    bh_wrap_id_scan_feed(&scan, line);
    bool known = bh_wrap_id_scan_end(&scan, &id);
    judged->kind = BH_WRAP_REFUSE;
    judged->why = why;
    bh_wrap_add_error(&judged->reply, known ? bh_buf_span(&id) : BH_ABSENT, INVALID_JSON, bh_span_from(why));
}

static bool is_blank(struct bh_span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r')
            return false;
    }
    return true;
}

void bh_wrap_judge(struct bh_span line, bool lists_alone, struct bh_wrap_judged *ret_judged)
{
    *ret_judged = (struct bh_wrap_judged){.kind = BH_WRAP_REFUSE, .why = ""};
    bh_buf_init(&ret_judged->reply, BH_WRAP_REPLY_BYTES);
    if (is_blank(line)) {
        ret_judged->kind = BH_WRAP_PASS;
        return;
    }
    if (line.data[line.len - 1] == '\r')
        line.len--;
    if (memchr(line.data, '\r', line.len) != NULL) {
        refuse_text(ret_judged, line, "A carriage return may only stand at the end of a line.");
        return;
    }
    if (bh_json_parse_unique_any(line, &ret_judged->message) != BH_OK) {
        ret_judged->message = NULL;
        refuse_text(ret_judged, line,
            "The line is not JSON as it is passed on: UTF-8, no member twice, no U+0000, no lone "
            "surrogates, at most 64 levels.");
        return;
    }
    if (json_is_array(ret_judged->message))
        judge_batch(ret_judged, ret_judged->message, lists_alone);
    else
        judge_message(ret_judged, ret_judged->message);
}

void bh_wrap_judged_finish(struct bh_wrap_judged *judged)
{
    if (judged == NULL)
        return;
    json_decref(judged->message);
    judged->message = NULL;
    bh_buf_finish(&judged->reply);
}

/* ---- the identifier of a text that is not kept ---- */

static void end_string(struct bh_wrap_id_scan *scan)
{
    scan->in_string = false;
    if (!scan->in_key)
        return;
    scan->in_key = false;
    scan->wants_key = false;
    bool is_id = scan->key_len == 2 && memcmp(scan->key, "id", 2) == 0;
    if (is_id && scan->value_len > 0)
        scan->broken = true; /* twice */
    scan->wants_value = is_id;
    if (scan->key_len == 6 && memcmp(scan->key, "method", 6) == 0)
        scan->has_method = true;
}

static void keep_value(struct bh_wrap_id_scan *scan, char c)
{
    if (!scan->wants_value || scan->depth != 1)
        return;
    if (scan->value_len < sizeof(scan->value))
        scan->value[scan->value_len++] = c;
    else
        scan->broken = true;
}

static void feed_in_string(struct bh_wrap_id_scan *scan, char c)
{
    bool ends = c == '"' && !scan->escaped;
    if (scan->in_key && !ends && scan->key_len < sizeof(scan->key))
        scan->key[scan->key_len++] = c;
    if (!scan->in_key)
        keep_value(scan, c);
    scan->escaped = c == '\\' && !scan->escaped;
    if (ends)
        end_string(scan);
}

static void begin_string(struct bh_wrap_id_scan *scan)
{
    scan->in_string = true;
    scan->escaped = false;
    scan->in_key = scan->depth == 1 && scan->wants_key;
    if (scan->in_key)
        scan->key_len = 0;
    else
        keep_value(scan, '"');
}

static void feed_outside(struct bh_wrap_id_scan *scan, char c)
{
    switch (c) {
    case '"':
        begin_string(scan);
        return;
    case '{':
    case '[':
        if (scan->depth == 1 && scan->wants_value)
            scan->broken = true;
        if (scan->depth == 0)
            scan->broken |= c == '[';
        scan->wants_key = scan->depth == 0 && c == '{';
        scan->depth++;
        return;
    case '}':
    case ']':
        if (scan->depth == 1)
            scan->wants_value = false;
        scan->depth -= scan->depth > 0;
        return;
    case ',':
        if (scan->depth == 1) {
            scan->wants_key = true;
            scan->wants_value = false;
        }
        return;
    case ':':
    case ' ':
    case '\t':
        return;
    default:
        keep_value(scan, c);
    }
}

void bh_wrap_id_scan_feed(struct bh_wrap_id_scan *scan, struct bh_span piece)
{
    for (size_t i = 0; i < piece.len; i++) {
        if (scan->in_string)
            feed_in_string(scan, piece.data[i]);
        else
            feed_outside(scan, piece.data[i]);
    }
}

bool bh_wrap_id_scan_end(const struct bh_wrap_id_scan *scan, struct bh_buf *ret_id)
{
    BH_CLEANUP(bh_json_release) json_t *id = NULL;
    if (scan->broken || scan->value_len == 0 ||
        bh_json_parse((struct bh_span){scan->value, scan->value_len}, &id) != BH_OK)
        return false;
    return bh_wrap_id_text(id, ret_id);
}
