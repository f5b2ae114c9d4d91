// SPDX-License-Identifier: Apache-2.0
/*
 * Signed checkpoints on the command line: fetching one, and reading one that was kept.
 */
#ifndef BH_CLI_AUDIT_CHECKPOINT_H
#define BH_CLI_AUDIT_CHECKPOINT_H

#include "store/signed_checkpoint.h"

/* `behalf audit checkpoint`. */
int bh_cmd_audit_checkpoint(int argc, char **argv);
/* Reads the file and checks that `key` has signed what it says. False, with the error printed, otherwise. */
BH_MUST_USE
bool bh_audit_checkpoint_load(
    const char *path, const struct bh_server_key *key, struct bh_audit_known *ret_known);

#endif
