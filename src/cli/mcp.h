// SPDX-License-Identifier: Apache-2.0
/*
 * The commands of `behalf mcp`, one file each.
 */
#ifndef BH_CLI_MCP_H
#define BH_CLI_MCP_H

int bh_mcp_run_init(int argc, char **argv);
int bh_mcp_run_start(int argc, char **argv);
int bh_mcp_run_status(int argc, char **argv);
int bh_mcp_run_unwrap(int argc, char **argv);
int bh_mcp_run_wrap(int argc, char **argv);

#endif
