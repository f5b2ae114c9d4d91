// SPDX-License-Identifier: Apache-2.0
#include "coding/hook_call.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

#include "client/body.h"
#include "coding/command_text.h"
#include "coding/patch.h"
#include "lib/json.h"

#define COMMAND_LIMIT BH_HOOK_INPUT_LIMIT
#define ACTION_LIMIT 1024
#define URL_LIMIT 8192

void bh_hook_call_finish(struct bh_hook_call *call)
{
    if (call == NULL)
        return;
    json_decref(call->questions);
    *call = (struct bh_hook_call){0};
}

void bh_hook_draft_fail(struct bh_hook_draft *draft, enum bh_hook_reading reading, const char *problem)
{
    json_decref(draft->call->questions);
    draft->call->questions = NULL;
    draft->call->reading = reading;
    draft->call->problem = problem;
}

static void fail_memory(struct bh_hook_draft *draft)
{
    bh_hook_draft_fail(draft, BH_HOOK_MALFORMED, "There is not enough memory.");
}

void bh_hook_draft_name(struct bh_hook_draft *draft, struct bh_span name)
{
    struct bh_span cut = bh_span_utf16_prefix(name, sizeof(draft->call->tool) / 4);
    draft->name = name;
    memcpy(draft->call->tool, cut.data, cut.len);
    draft->call->tool[cut.len] = 0;
}

bool bh_hook_member(const json_t *object, const char *key, struct bh_span *ret_text)
{
    const json_t *value = json_object_get(object, key);
    *ret_text = bh_json_text(value);
    return value == NULL || json_is_null(value) || json_is_string(value);
}

/* ---- one question ---- */

static bool set(json_t *object, const char *key, struct bh_span text)
{
    return bh_span_is_absent(text) || bh_body_set_take(object, key, json_stringn(text.data, text.len));
}

static json_t *make_context(const struct bh_hook_draft *draft, struct bh_span path, struct bh_span command)
{
    json_t *context = json_object();
    bool made = bh_body_set_text(context, "source", draft->origin->source) &&
                set(context, "toolName", draft->name) && bh_body_set_text(context, "cwd", draft->cwd) &&
                (bh_span_is_absent(path) || bh_body_set_text(context, "home", draft->origin->home));
    if (!bh_span_is_absent(path) || !bh_span_is_absent(command)) {
        json_t *input = json_object();
        made = made && set(input, "filePath", path) && set(input, "command", command);
        made = bh_body_set_take(context, "toolInput", input) && made;
    }
    if (made)
        return context;
    json_decref(context);
    return NULL;
}

static bool is_too_large(const json_t *context)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_HOOK_CONTEXT_LIMIT);
    bh_json_add_value(&text, context);
    return text.failed;
}

void bh_hook_draft_ask(struct bh_hook_draft *draft, struct bh_span action, struct bh_span vendor,
    struct bh_span path, struct bh_span command)
{
    struct bh_hook_call *call = draft->call;
    json_t *context = make_context(draft, path, command);
    if (context != NULL && is_too_large(context)) {
        json_decref(context);
        bh_hook_draft_fail(draft, BH_HOOK_TOO_LARGE, NULL);
        return;
    }
    if (call->questions == NULL)
        call->questions = json_array();
    json_t *question = json_object();
    bool made = set(question, "action", action) && set(question, "vendor", vendor);
    made = bh_body_set_take(question, "policyContext", context) && made;
    made = json_array_append_new(call->questions, question) == 0 && made;
    if (made)
        call->reading = BH_HOOK_ASK;
    else
        fail_memory(draft);
}

/* ---- by kind of tool ---- */

/* Of several names for one thing that are there the values must agree, or the host may mean another one. */
static bool find_text(
    const json_t *input, const char *const *keys, size_t count, struct bh_span *ret_text, bool *ret_sound)
{
    struct bh_span found = BH_ABSENT;
    *ret_sound = true;
    for (size_t i = 0; i < count; i++) {
        struct bh_span text;
        *ret_sound = *ret_sound && bh_hook_member(input, keys[i], &text);
        if (!*ret_sound)
            return false;
        if (bh_span_is_blank(text))
            continue;
        if (!bh_span_is_absent(found) && !bh_span_equal(found, text))
            *ret_sound = false;
        found = text;
    }
    if (*ret_sound && !bh_span_is_absent(found))
        *ret_text = found;
    return *ret_sound && !bh_span_is_absent(found);
}

static void ask_file(struct bh_hook_draft *draft, const struct bh_tool *tool)
{
    static const char *const keys[] = {
        "file_path", "filePath", "path", "notebook_path", "notebookPath", "target_file"};
    struct bh_span path;
    bool sound;
    if (find_text(draft->input, keys, BH_COUNT(keys), &path, &sound))
        bh_hook_draft_ask(draft, bh_span_from(tool->action), bh_span_from(tool->vendor), path, BH_ABSENT);
    else if (sound)
        bh_hook_draft_fail(draft, BH_HOOK_MISSING_ARGUMENTS, "A path is missing.");
    else
        bh_hook_draft_fail(draft, BH_HOOK_BAD_ARGUMENTS, "The path is no text, or there is more than one.");
}

/* "command" or "cmd", a text or words. NULL, with *ret_sound, as find_text. */
static bool find_command(const json_t *input, struct bh_buf *ret_text, bool *ret_sound)
{
    static const char *const keys[] = {"command", "cmd"};
    const json_t *command = json_object_get(input, "command");
    const json_t *cmd = json_object_get(input, "cmd");
    const json_t *words = json_is_array(command) ? command : cmd;
    *ret_sound = true;
    if (json_is_array(words)) {
        *ret_sound = (command == NULL || cmd == NULL) &&
                     (json_array_size(words) == 0 || bh_command_text_from_array(words, ret_text));
        return *ret_sound && json_array_size(words) > 0;
    }
    struct bh_span text;
    if (!find_text(input, keys, BH_COUNT(keys), &text, ret_sound))
        return false;
    bh_buf_add(ret_text, text);
    return !ret_text->failed;
}

static void ask_command(struct bh_hook_draft *draft, const struct bh_tool *tool)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, COMMAND_LIMIT);
    bool sound;
    if (find_command(draft->input, &text, &sound))
        bh_hook_draft_ask(
            draft, bh_span_from(tool->action), bh_span_from(tool->vendor), BH_ABSENT, bh_buf_span(&text));
    else if (sound)
        bh_hook_draft_fail(draft, BH_HOOK_MISSING_ARGUMENTS, "A command is missing.");
    else
        bh_hook_draft_fail(
            draft, BH_HOOK_BAD_ARGUMENTS, "The command is no text and no list of texts, or there are two.");
}

static void ask_other(struct bh_hook_draft *draft, const struct bh_tool *tool)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf action = {0};
    bh_buf_init(&action, ACTION_LIMIT);
    bh_buf_add_text(&action, "tool:");
    for (size_t i = 0; i < tool->segment.len; i++) {
        char c = tool->segment.data[i];
        bh_buf_add_char(&action, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    bh_hook_draft_ask(draft, bh_buf_span(&action), BH_SPAN("tool"), BH_ABSENT, BH_ABSENT);
}

static void ask_patch(struct bh_hook_draft *draft, const struct bh_tool *tool)
{
    static const char *const keys[] = {"command", "input", "patch"};
    struct bh_span patch;
    bool sound;
    if (!find_text(draft->input, keys, BH_COUNT(keys), &patch, &sound)) {
        bh_hook_draft_fail(draft, sound ? BH_HOOK_MISSING_ARGUMENTS : BH_HOOK_BAD_ARGUMENTS,
            sound ? "The patch is missing." : "The patch is no text, or there is more than one.");
        return;
    }
    BH_CLEANUP(bh_json_release) json_t *files = json_array();
    const char *problem = bh_patch_read(patch, files);
    if (problem != NULL)
        bh_hook_draft_fail(draft, BH_HOOK_BAD_ARGUMENTS, problem);
    else if (json_array_size(files) == 0)
        bh_hook_draft_fail(draft, BH_HOOK_MISSING_ARGUMENTS, "The patch names no file.");
    for (size_t i = 0; i < json_array_size(files) && draft->call->problem == NULL &&
                       draft->call->reading != BH_HOOK_TOO_LARGE;
         i++)
        bh_hook_draft_ask(draft, bh_span_from(tool->action), bh_span_from(tool->vendor),
            bh_json_text(json_array_get(files, i)), BH_ABSENT);
}

/* Text typed into a command that runs; without text it only reads what the command has printed. */
static void ask_typing(struct bh_hook_draft *draft, const struct bh_tool *tool)
{
    struct bh_span text;
    if (!bh_hook_member(draft->input, "chars", &text))
        bh_hook_draft_fail(draft, BH_HOOK_BAD_ARGUMENTS, "The typed text is no text.");
    else if (text.len > 0)
        bh_hook_draft_ask(draft, bh_span_from(tool->action), bh_span_from(tool->vendor), BH_ABSENT, text);
    else
        ask_other(draft, tool);
}

void bh_hook_draft_fill_tool(struct bh_hook_draft *draft, struct bh_span name, const json_t *input)
{
    draft->input = input;
    if (!json_is_object(input)) {
        bh_hook_draft_fail(draft, BH_HOOK_BAD_ARGUMENTS, "The arguments of the tool are no object.");
        return;
    }
    struct bh_tool tool = bh_tool_find(name);
    bh_hook_draft_fill(draft, &tool);
}

void bh_hook_draft_read(struct bh_span text, const struct bh_hook_origin *origin,
    void (*read)(struct bh_hook_draft *draft, const json_t *json), struct bh_hook_call *ret_call)
{
    *ret_call = (struct bh_hook_call){0};
    struct bh_hook_draft draft = {.origin = origin, .call = ret_call};
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    if (text.len > BH_HOOK_INPUT_LIMIT)
        bh_hook_draft_fail(&draft, BH_HOOK_MALFORMED, "The input is larger than 1 MiB.");
    else if (bh_json_parse_unique(text, &json) != BH_OK || !json_is_object(json))
        bh_hook_draft_fail(&draft, BH_HOOK_MALFORMED, "The input is not a JSON object.");
    else
        read(&draft, json);
}

/* Nothing in it that parsers of addresses do not agree about. */
static bool is_unambiguous(struct bh_span url)
{
    size_t start = bh_span_find(url, BH_SPAN("://"));
    struct bh_span rest = bh_span_from_index(url, start == SIZE_MAX ? url.len : start + 3);
    size_t end = 0;
    while (end < rest.len && strchr("/?#", rest.data[end]) == NULL)
        end++;
    for (size_t i = 0; i < url.len; i++) {
        if (url.data[i] <= ' ' || url.data[i] > '~' || url.data[i] == '\\')
            return false;
    }
    return end > 0 && memchr(rest.data, '%', end) == NULL;
}

bool bh_hook_host_of(struct bh_span url, struct bh_buf *ret_host)
{
    if (url.len == 0 || url.len > URL_LIMIT)
        return false;
    if (!is_unambiguous(url))
        return false;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, URL_LIMIT + 1);
    bh_buf_add(&text, url);
    bh_buf_add_char(&text, 0);
    CURLU *parsed = text.failed ? NULL : curl_url();
    char *host = NULL;
    char *scheme = NULL;
    bool usable =
        parsed != NULL && curl_url_set(parsed, CURLUPART_URL, text.data, 0) == CURLUE_OK &&
        curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
        curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK && host[0] != 0 &&
        host[strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_[]:")] == 0;
    size_t length = usable ? strlen(host) : 0;
    if (length > 1 && host[length - 1] == '.')
        length--;
    for (size_t i = 0; i < length; i++)
        bh_buf_add_char(ret_host, (char)tolower((unsigned char)host[i]));
    curl_free(host);
    curl_free(scheme);
    curl_url_cleanup(parsed);
    return length > 0 && !ret_host->failed;
}

static void ask_web(struct bh_hook_draft *draft, const struct bh_tool *tool)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf host = {0};
    bh_buf_init(&host, URL_LIMIT);
    struct bh_span url;
    bool sound = bh_hook_member(draft->input, "url", &url);
    if (sound && bh_span_is_absent(url))
        bh_buf_add_text(&host, "web");
    else
        sound = sound && bh_hook_host_of(url, &host);
    if (sound)
        bh_hook_draft_ask(draft, bh_span_from(tool->action), bh_buf_span(&host), BH_ABSENT, BH_ABSENT);
    else
        bh_hook_draft_fail(draft, BH_HOOK_BAD_ARGUMENTS, "The url is not a plain http or https address.");
}

void bh_hook_draft_fill(struct bh_hook_draft *draft, const struct bh_tool *tool)
{
    struct bh_span action = bh_span_from(tool->action);
    switch (tool->kind) {
    case BH_TOOL_INVALID:
        bh_hook_draft_fail(draft, BH_HOOK_MALFORMED, "The name of the tool is none.");
        break;
    case BH_TOOL_CANARY:
        draft->call->reading = BH_HOOK_CANARY;
        break;
    case BH_TOOL_OURS:
        draft->call->reading = BH_HOOK_OURS;
        break;
    case BH_TOOL_OTHER:
        ask_other(draft, tool);
        break;
    case BH_TOOL_FILE:
        ask_file(draft, tool);
        break;
    case BH_TOOL_COMMAND:
        ask_command(draft, tool);
        break;
    case BH_TOOL_MONITOR:
        if (json_object_get(draft->input, "command") != NULL)
            ask_command(draft, tool);
        else
            ask_other(draft, tool);
        break;
    case BH_TOOL_TYPING:
        ask_typing(draft, tool);
        break;
    case BH_TOOL_PATCH:
        ask_patch(draft, tool);
        break;
    case BH_TOOL_WEB:
        ask_web(draft, tool);
        break;
    case BH_TOOL_AGENT:
        bh_hook_draft_ask(draft, action, bh_span_from(tool->vendor), BH_ABSENT, BH_ABSENT);
        break;
    case BH_TOOL_MCP:
        bh_hook_draft_ask(draft, action, tool->segment, BH_ABSENT, BH_ABSENT);
        break;
    }
}
