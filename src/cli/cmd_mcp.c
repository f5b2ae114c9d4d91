// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "cli/mcp.h"
#include "client/group.h"

int bh_cmd_mcp(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"init", bh_mcp_run_init, "Set a project up: the MCP server and the agent's context"},
        {"start", bh_mcp_run_start, "Run the MCP server on standard input and output"},
        {"status", bh_mcp_run_status, "Show whether the project is set up"},
        {"wrap", bh_mcp_run_wrap, "Put every tool call of an MCP server under permissions"},
        {"unwrap", bh_mcp_run_unwrap, "Give the wrapped servers of .mcp.json their own commands back"},
    };
    const struct bh_command_group group = {.name = "behalf mcp",
        .summary = "Stand between a model and its tools, by the Model Context Protocol",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
