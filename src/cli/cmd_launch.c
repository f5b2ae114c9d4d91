// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "cli/launch.h"

int bh_cmd_claude(int argc, char **argv)
{
    return bh_launch(bh_host_find("claude"), argc, argv);
}

int bh_cmd_codex(int argc, char **argv)
{
    return bh_launch(bh_host_find("codex"), argc, argv);
}

int bh_cmd_cursor(int argc, char **argv)
{
    return bh_launch(bh_host_find("cursor"), argc, argv);
}
