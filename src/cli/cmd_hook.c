// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "cli/hook.h"
#include "client/group.h"

int bh_cmd_hook(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"install", bh_hook_run_install, "Write the hook into the settings of coding agents"},
        {"uninstall", bh_hook_run_uninstall, "Take the hook out again"},
        {"status", bh_hook_run_status, "Show whether the hook is in place"},
        {"pre-tool-use", bh_hook_pre_tool_use, "Decide a tool call of Claude Code or Codex"},
        {"cursor", bh_hook_cursor, "Decide a tool call of Cursor"},
    };
    const struct bh_command_group group = {.name = "behalf hook",
        .summary = "Stand between a coding agent and its tools",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
