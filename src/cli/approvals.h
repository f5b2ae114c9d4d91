// SPDX-License-Identifier: Apache-2.0
/* The parts of `behalf approvals` that have files of their own. */
#ifndef BH_CLI_APPROVALS_H
#define BH_CLI_APPROVALS_H

int bh_approvals_run_watch(int argc, char **argv);

#endif
