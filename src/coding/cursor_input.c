// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "coding/canary.h"
#include "coding/hook_call.h"
#include "lib/json.h"

#define COMMAND_LIMIT 8192

/* The folder of the call, else the first one of the window. */
static bool read_cwd(const json_t *json, const char **ret_cwd)
{
    struct bh_span cwd;
    if (!bh_hook_member(json, "cwd", &cwd))
        return false;
    if (bh_span_is_blank(cwd))
        cwd = bh_json_text(json_array_get(json_object_get(json, "workspace_roots"), 0));
    *ret_cwd = bh_span_is_blank(cwd) ? NULL : cwd.data;
    return true;
}

static void read_shell(struct bh_hook_draft *draft, const json_t *json)
{
    struct bh_span command;
    bh_hook_draft_name(draft, BH_SPAN("Shell"));
    if (!bh_hook_member(json, "command", &command))
        bh_hook_draft_fail(draft, BH_HOOK_BAD_ARGUMENTS, "The command is no text.");
    else if (bh_span_is_blank(command))
        bh_hook_draft_fail(draft, BH_HOOK_MISSING_ARGUMENTS, "A command is missing.");
    else if (bh_span_equal(bh_span_trim(command), BH_SPAN(BH_CANARY_TOOL)))
        draft->call->reading = BH_HOOK_CANARY;
    else
        bh_hook_draft_ask(draft, BH_SPAN("execute_command"), BH_SPAN("shell"), BH_ABSENT, command);
}

static void read_file(struct bh_hook_draft *draft, const json_t *json)
{
    static const struct bh_tool tool = {.kind = BH_TOOL_FILE, .action = "read_file", .vendor = "filesystem"};
    bh_hook_draft_name(draft, BH_SPAN("Read"));
    draft->input = json;
    bh_hook_draft_fill(draft, &tool);
}

/* Cursor names no server but says how it was started: only exactly as `mcp init` writes it is it ours. */
static bool is_our_server(struct bh_span command, const char *program)
{
    if (bh_span_equal(command, BH_SPAN("behalf mcp start")))
        return true;
    struct bh_span path = bh_span_from(program);
    return path.len > 0 && bh_span_starts_with(command, path) &&
           bh_span_equal(bh_span_from_index(command, path.len), BH_SPAN(" mcp start"));
}

/* "MCP:server:tool" or "MCP:tool" or "tool": the server, absent when it is not named, and the tool. */
static struct bh_span split_name(struct bh_span name, struct bh_span *ret_tool)
{
    if (name.len > 4 && bh_span_equal_ascii_nocase((struct bh_span){name.data, 4}, BH_SPAN("MCP:")))
        name = bh_span_from_index(name, 4);
    size_t colon = bh_span_find(name, BH_SPAN(":"));
    *ret_tool = colon == SIZE_MAX ? name : bh_span_from_index(name, colon + 1);
    return colon == SIZE_MAX ? BH_ABSENT : (struct bh_span){name.data, colon};
}

/* The vendor: the server's name, else its host, else the command that starts it. */
static void ask_mcp(
    struct bh_hook_draft *draft, struct bh_span server, struct bh_span url, struct bh_span command)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf vendor = {0};
    bh_buf_init(&vendor, COMMAND_LIMIT);
    if (!bh_span_is_blank(server))
        bh_buf_add(&vendor, server);
    else if (!bh_span_is_blank(url) && !bh_hook_host_of(url, &vendor))
        vendor.failed = true;
    else if (bh_span_is_blank(url))
        bh_buf_add(&vendor, bh_span_is_blank(command) ? BH_SPAN("mcp") : command);
    if (vendor.failed)
        bh_hook_draft_fail(draft, BH_HOOK_BAD_ARGUMENTS, "The server's address cannot be read.");
    else
        bh_hook_draft_ask(draft, BH_SPAN("mcp_tool"), bh_buf_span(&vendor), BH_ABSENT, BH_ABSENT);
}

static void read_mcp(struct bh_hook_draft *draft, const json_t *json)
{
    struct bh_span name;
    struct bh_span url;
    struct bh_span command;
    struct bh_span tool;
    bool sound = bh_hook_member(json, "tool_name", &name) && bh_hook_member(json, "url", &url) &&
                 bh_hook_member(json, "command", &command);
    if (!sound || bh_span_is_blank(name)) {
        bh_hook_draft_fail(draft, BH_HOOK_MALFORMED, "The name of the tool is missing.");
        return;
    }
    bh_hook_draft_name(draft, name);
    struct bh_span server = split_name(name, &tool);
    if (bh_span_equal(tool, BH_SPAN(BH_CANARY_TOOL)))
        draft->call->reading = BH_HOOK_CANARY;
    else if (bh_span_is_blank(url) && bh_tool_is_ours(tool) && is_our_server(command, draft->origin->program))
        draft->call->reading = BH_HOOK_OURS;
    else
        ask_mcp(draft, server, url, command);
}

static void read_tool(struct bh_hook_draft *draft, const json_t *json)
{
    struct bh_span name;
    if (!bh_hook_member(json, "tool_name", &name) || bh_span_is_blank(name)) {
        bh_hook_draft_fail(draft, BH_HOOK_MALFORMED, "The name of the tool is missing.");
        return;
    }
    if (name.len > 4 && bh_span_equal_ascii_nocase((struct bh_span){name.data, 4}, BH_SPAN("MCP:"))) {
        read_mcp(draft, json);
        return;
    }
    bh_hook_draft_name(draft, name);
    bh_hook_draft_fill_tool(draft, name, json_object_get(json, "tool_input"));
}

static void read_event(struct bh_hook_draft *draft, const json_t *json)
{
    static const struct {
        const char *event;
        void (*read)(struct bh_hook_draft *draft, const json_t *json);
    } rows[] = {{"beforeShellExecution", read_shell}, {"beforeMCPExecution", read_mcp},
        {"beforeReadFile", read_file}, {"beforeTabFileRead", read_file}, {"preToolUse", read_tool}};
    struct bh_span event;
    if (!bh_hook_member(json, "hook_event_name", &event) || !read_cwd(json, &draft->cwd)) {
        bh_hook_draft_fail(draft, BH_HOOK_MALFORMED, "The event or the working folder is no text.");
        return;
    }
    if (bh_span_is_absent(event))
        event = BH_SPAN("beforeShellExecution");
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        if (bh_span_equal(event, bh_span_from(rows[i].event))) {
            rows[i].read(draft, json);
            return;
        }
    }
    bh_hook_draft_fail(draft, BH_HOOK_MALFORMED, "The event is not known here.");
}

void bh_cursor_input_read(
    struct bh_span text, const struct bh_hook_origin *origin, struct bh_hook_call *ret_call)
{
    bh_hook_draft_read(text, origin, read_event, ret_call);
}
