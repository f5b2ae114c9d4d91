// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/commands.h"
#include "client/group.h"
#include "client/output.h"
#include "cli/hook.h"

static const struct bh_command commands[] = {
    {"pre-tool-use", bh_hook_pre_tool_use, "Decide a tool call of Claude Code or Codex"},
    {"cursor", bh_hook_cursor, "Decide a tool call of Cursor"},
};

int bh_cmd_hook(int argc, char **argv)
{
    const struct bh_command_group group = {.name = "behalf hook",
        .summary = "Stand between a coding agent and its tools",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
