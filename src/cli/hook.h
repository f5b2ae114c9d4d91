// SPDX-License-Identifier: Apache-2.0
/*
 * The commands of `behalf hook` that have files of their own.
 */
#ifndef BH_CLI_HOOK_H
#define BH_CLI_HOOK_H

/* Both end with 0 or, blocking the call, with BH_HOOK_BLOCKED; no other status. */
int bh_hook_pre_tool_use(int argc, char **argv);
int bh_hook_cursor(int argc, char **argv);

int bh_hook_run_install(int argc, char **argv);
int bh_hook_run_uninstall(int argc, char **argv);
int bh_hook_run_status(int argc, char **argv);

#endif
