// SPDX-License-Identifier: Apache-2.0
/*
 * The commands of `behalf`, one file each. argv[0] is the command's own name, the rest its arguments; the
 * result is the exit status of the program.
 */
#ifndef BH_CLI_COMMANDS_H
#define BH_CLI_COMMANDS_H

struct bh_command_group;

/* All commands: the table of main.c. */
extern const struct bh_command_group bh_behalf;

int bh_cmd_admin(int argc, char **argv);
int bh_cmd_agents(int argc, char **argv);
int bh_cmd_approvals(int argc, char **argv);
int bh_cmd_audit(int argc, char **argv);
int bh_cmd_backup(int argc, char **argv);
int bh_cmd_claude(int argc, char **argv);
int bh_cmd_codex(int argc, char **argv);
int bh_cmd_completion(int argc, char **argv);
int bh_cmd_config(int argc, char **argv);
int bh_cmd_cursor(int argc, char **argv);
int bh_cmd_doctor(int argc, char **argv);
int bh_cmd_evaluate(int argc, char **argv);
int bh_cmd_health(int argc, char **argv);
int bh_cmd_hook(int argc, char **argv);
int bh_cmd_init(int argc, char **argv);
int bh_cmd_login(int argc, char **argv);
int bh_cmd_logout(int argc, char **argv);
int bh_cmd_logs(int argc, char **argv);
int bh_cmd_mcp(int argc, char **argv);
int bh_cmd_members(int argc, char **argv);
int bh_cmd_passport(int argc, char **argv);
int bh_cmd_permissions(int argc, char **argv);
int bh_cmd_reference(int argc, char **argv);
int bh_cmd_restore(int argc, char **argv);
int bh_cmd_run(int argc, char **argv);
int bh_cmd_scan(int argc, char **argv);
int bh_cmd_serve(int argc, char **argv);
int bh_cmd_sites(int argc, char **argv);
int bh_cmd_tokens(int argc, char **argv);
int bh_cmd_verify(int argc, char **argv);
int bh_cmd_execute(int argc, char **argv);
int bh_cmd_version(int argc, char **argv);
int bh_cmd_webhooks(int argc, char **argv);
int bh_cmd_whoami(int argc, char **argv);

#endif
