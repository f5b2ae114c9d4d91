// SPDX-License-Identifier: Apache-2.0
/* Wrapping and unwrapping the servers of an .mcp.json, with the words about it. */
#ifndef BH_CLI_WRAP_REPORT_H
#define BH_CLI_WRAP_REPORT_H

#include "lib/base.h"

/* Wraps the servers of the file, or with `undo` unwraps them; prints what was done. The exit status. */
BH_MUST_USE
int bh_wrap_report_run(const char *path, bool undo, bool dry_run, bool json);

#endif
