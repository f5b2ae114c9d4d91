// SPDX-License-Identifier: Apache-2.0
#include "coding/tool_table.h"

#include <string.h>

#include "coding/canary.h"

#define NAME_MAX_BYTES 512

static const struct {
    struct bh_span name;
    enum bh_tool_kind kind;
    const char *action, *vendor;
} rows[] = {
    {BH_SPAN("write"), BH_TOOL_FILE, "write_file", "filesystem"},
    {BH_SPAN("edit"), BH_TOOL_FILE, "write_file", "filesystem"},
    {BH_SPAN("multiedit"), BH_TOOL_FILE, "write_file", "filesystem"},
    {BH_SPAN("notebookedit"), BH_TOOL_FILE, "write_file", "filesystem"},
    {BH_SPAN("strreplace"), BH_TOOL_FILE, "write_file", "filesystem"},
    {BH_SPAN("delete"), BH_TOOL_FILE, "write_file", "filesystem"},
    {BH_SPAN("apply_patch"), BH_TOOL_PATCH, "write_file", "filesystem"},
    {BH_SPAN("read"), BH_TOOL_FILE, "read_file", "filesystem"},
    {BH_SPAN("view_image"), BH_TOOL_FILE, "read_file", "filesystem"},
    {BH_SPAN("bash"), BH_TOOL_COMMAND, "execute_command", "shell"},
    {BH_SPAN("powershell"), BH_TOOL_COMMAND, "execute_command", "shell"},
    {BH_SPAN("shell"), BH_TOOL_COMMAND, "execute_command", "shell"},
    {BH_SPAN("shell_command"), BH_TOOL_COMMAND, "execute_command", "shell"},
    {BH_SPAN("local_shell"), BH_TOOL_COMMAND, "execute_command", "shell"},
    {BH_SPAN("exec_command"), BH_TOOL_COMMAND, "execute_command", "shell"},
    {BH_SPAN("monitor"), BH_TOOL_MONITOR, "execute_command", "shell"},
    {BH_SPAN("write_stdin"), BH_TOOL_TYPING, "execute_command", "shell"},
    {BH_SPAN("webfetch"), BH_TOOL_WEB, "browse_web", NULL},
    {BH_SPAN("websearch"), BH_TOOL_WEB, "browse_web", NULL},
    {BH_SPAN("agent"), BH_TOOL_AGENT, "spawn_agent", "agent"},
    {BH_SPAN("task"), BH_TOOL_AGENT, "spawn_agent", "agent"},
    {BH_SPAN("spawn_agent"), BH_TOOL_AGENT, "spawn_agent", "agent"},
};

bool bh_tool_is_ours(struct bh_span tool)
{
    static const struct bh_span ours[] = {BH_SPAN("verify_action"), BH_SPAN("get_permissions"),
        BH_SPAN("get_boundary"), BH_SPAN("wait_for_approval"), BH_SPAN("execute_action")};
    return bh_span_list_has((struct bh_span_list){ours, BH_COUNT(ours)}, tool);
}

static bool is_plain(struct bh_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.data[i] < ' ' || name.data[i] == 0x7f)
            return false;
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

static struct bh_span last_segment(struct bh_span name)
{
    size_t start = name.len;
    while (start > 0 && strchr(":/.", name.data[start - 1]) == NULL &&
           !(start > 1 && name.data[start - 1] == '_' && name.data[start - 2] == '_'))
        start--;
    return bh_span_from_index(name, start);
}

static struct bh_tool find_mcp(struct bh_span name)
{
    /* The exact spelling: what only looks like our server is asked about as any other. The whole list of
     * tools, because "mcp__behalfid__x__y" may be the tool y of a server "behalfid__x". */
    static const struct bh_span ours = BH_SPAN("mcp__behalfid__");
    if (bh_span_starts_with(name, ours) && bh_tool_is_ours(bh_span_from_index(name, ours.len)))
        return (struct bh_tool){.kind = BH_TOOL_OURS};
    struct bh_span server = bh_span_from_index(name, 5);
    size_t end = bh_span_find(server, BH_SPAN("__"));
    if (end != SIZE_MAX)
        server.len = end;
    if (bh_span_is_blank(server))
        return (struct bh_tool){0};
    return (struct bh_tool){.kind = BH_TOOL_MCP, .action = "mcp_tool", .segment = server};
}

struct bh_tool bh_tool_find(struct bh_span name)
{
    if (!is_plain(name))
        return (struct bh_tool){0};
    struct bh_span segment = last_segment(name);
    if (bh_span_equal_ascii_nocase(segment, BH_SPAN(BH_CANARY_TOOL)))
        return (struct bh_tool){.kind = BH_TOOL_CANARY};
    if (name.len >= 5 && bh_span_equal_ascii_nocase((struct bh_span){name.data, 5}, BH_SPAN("mcp__")))
        return find_mcp(name);
    if (bh_span_is_blank(segment))
        return (struct bh_tool){0};
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        if (bh_span_equal_ascii_nocase(segment, rows[i].name))
            return (struct bh_tool){rows[i].kind, rows[i].action, rows[i].vendor, segment};
    }
    return (struct bh_tool){.kind = BH_TOOL_OTHER, .vendor = "tool", .segment = segment};
}
