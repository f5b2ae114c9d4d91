// SPDX-License-Identifier: Apache-2.0
/*
 * A command of the user's that runs in our place: the same streams, terminal and folder, and its end is ours.
 */
#ifndef BH_CLI_CHILD_H
#define BH_CLI_CHILD_H

#include "lib/base.h"

/*
 * Runs argv[0] (looked up in PATH, no shell) and waits. Its exit status; 128 + n when signal n ended it; 127
 * when there is no such command, 126 when it cannot be run, with the error printed. Signals that ask this
 * process to end are passed on, those of the terminal reach the child anyway.
 */
BH_MUST_USE
int bh_child_run(char *const *argv);

#endif
