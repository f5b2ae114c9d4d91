// SPDX-License-Identifier: Apache-2.0
/*
 * The rows of the table of hosts, one file each, and what they share.
 */
#ifndef BH_CODING_HOSTS_H
#define BH_CODING_HOSTS_H

#include "coding/host.h"

/* Seconds that a host gives the hook; the hook's own deadline is shorter. */
#define BH_HOOK_TIMEOUT_S 15

extern const struct bh_host bh_host_claude, bh_host_codex, bh_host_cursor;

/* One argument of a host's command line that matches an option. */
struct bh_host_option {
    char name[64];     /* "--settings", cut if it is longer */
    const char *value; /* of "--name=value", "--name value" or "-nvalue"; "" without one */
};

/*
 * Steps through the arguments: true with the option at *index, which is moved behind the name (not behind a
 * value of its own argument, because that may be an option too). "--" ends nothing here: a host may take it
 * for the value of the option before it, and go on with options.
 */
BH_MUST_USE
bool bh_host_next_option(int argc, char *const *argv, int *index, struct bh_host_option *ret_option);

/* A warning where the program of a machine-wide hook could be replaced by others than root. */
void bh_host_warn_about_program(const struct bh_place *place, struct bh_setup_report *report);

#endif
