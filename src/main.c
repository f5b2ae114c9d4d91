// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "cli/commands.h"
#include "client/group.h"
#include "client/output.h"
#include "gateway/extract.h"

static const struct bh_command commands[] = {
    {"serve", bh_cmd_serve, "Run the server"},
    {"init", bh_cmd_init, "Set this command line up: which server, and who you are there"},
    {"login", bh_cmd_login, "Sign this command line in"},
    {"logout", bh_cmd_logout, "End the session of this command line"},
    {"whoami", bh_cmd_whoami, "Show who is signed in, and where"},
    {"verify", bh_cmd_verify, "Ask whether an agent may act now"},
    {"run", bh_cmd_run, "Run a command if the agent may, or start a coding agent"},
    {"claude", bh_cmd_claude, "Start Claude Code with its permissions enforced"},
    {"codex", bh_cmd_codex, "Start Codex with its permissions enforced"},
    {"cursor", bh_cmd_cursor, "Start Cursor with its permissions enforced"},
    {"hook", bh_cmd_hook, "Stand between a coding agent and its tools"},
    {"mcp", bh_cmd_mcp, "Stand between a model and its tools, by the Model Context Protocol"},
    {"execute", bh_cmd_execute, "Have the server do an allowed action: read a public web page"},
    {"evaluate", bh_cmd_evaluate, "Decide requests from a file, without a server"},
    {"agents", bh_cmd_agents, "List, create and manage agents"},
    {"permissions", bh_cmd_permissions, "List, create and revoke permissions"},
    {"approvals", bh_cmd_approvals, "List, show, approve and deny requests that wait for a person"},
    {"logs", bh_cmd_logs, "Show, follow, export and erase decisions"},
    {"webhooks", bh_cmd_webhooks, "Manage webhook endpoints and look at events"},
    {"sites", bh_cmd_sites, "Guarded sites: which agents may have which paths"},
    {"members", bh_cmd_members, "The people of your account: roles, invitations"},
    {"tokens", bh_cmd_tokens, "Your developer tokens"},
    {"passport", bh_cmd_passport, "Show what an agent may do, as a text for a model; make its link"},
    {"audit", bh_cmd_audit, "Check the audit log of a data folder"},
    {"admin", bh_cmd_admin, "Manage a data folder: tokens, approvals, people"},
    {"backup", bh_cmd_backup, "Copy a data folder's database, also while the server runs"},
    {"restore", bh_cmd_restore, "Put a backup in the place of a data folder's database"},
    {"config", bh_cmd_config, "Show and change the configuration of this command line"},
    {"completion", bh_cmd_completion, "Print the script that completes commands in your shell"},
    {"doctor", bh_cmd_doctor, "Check this machine's set-up, and say how to put right what is wrong"},
    {"scan", bh_cmd_scan, "Find risky actions of a project that permissions could cover"},
    {"health", bh_cmd_health, "Ask whether the server is well"},
    {"version", bh_cmd_version, "Show the versions of this program and of its libraries"},
    {"reference", bh_cmd_reference, NULL},
    {"--version", bh_cmd_version, NULL},
    {"-V", bh_cmd_version, NULL},
};

const struct bh_command_group bh_behalf = {.name = "behalf",
    .summary = "BehalfID: permissions for AI agents",
    .commands = commands,
    .command_count = BH_COUNT(commands),
    .overview_alone = true};

int main(int argc, char **argv)
{
    if (argc == 2 &&
        strcmp(argv[1], BH_EXTRACT_COMMAND) == 0) /* the server's own child: nothing comes before */
        return bh_extract_child();
    return bh_output_finish(bh_group_run(&bh_behalf, argc, argv));
}
