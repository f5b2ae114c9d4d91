// SPDX-License-Identifier: Apache-2.0
/*
 * The operator's commands: they work on the data folder itself, also while a server uses it, and need no
 * credential but the right to read that folder.
 */
#include "cli/commands.h"

#include "cli/admin_session.h"
#include "client/group.h"

int bh_cmd_admin(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"token", bh_admin_token, "developer tokens"},
        {"approvals", bh_admin_approvals, "requests that wait for a person"},
        {"people", bh_admin_people, "people who can sign in"},
        {"reset-link", bh_admin_reset_link, "a link with which a person sets a new password"},
        {"keys", bh_admin_keys, "keys that sign passports"},
    };
    static const struct bh_command_group group = {.name = "behalf admin",
        .summary = "Work on the data folder itself, also while the server runs",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
