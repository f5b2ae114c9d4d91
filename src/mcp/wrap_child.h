// SPDX-License-Identifier: Apache-2.0
/*
 * The MCP server behind the interceptor: a process group of its own, with our pipes as its input and output
 * and our stderr. It does not get our credentials.
 */
#ifndef BH_MCP_WRAP_CHILD_H
#define BH_MCP_WRAP_CHILD_H

#include <signal.h>
#include <sys/types.h>

#include "lib/base.h"

struct bh_wrap_child {
    pid_t pid;      /* 0: none runs */
    pid_t group;    /* to be ended with all its members; 0: none was started */
    int input;      /* written by us, does not block; -1 when closed */
    int output;     /* read by us, does not block; -1 when closed */
    bool has_ended; /* it has been reaped, with `status` as waitpid gives it */
    int status;
};

/*
 * Starts `argv` (ends with NULL; found by PATH) with the signal mask `mask`. False with errno when it cannot
 * be started.
 */
BH_MUST_USE
bool bh_wrap_child_start(struct bh_wrap_child *child, char *const *argv, const sigset_t *mask);
/* Reaps it if it has ended; true once it has. */
bool bh_wrap_child_reap(struct bh_wrap_child *child);
void bh_wrap_child_signal(const struct bh_wrap_child *child, int number);
void bh_wrap_child_close_input(struct bh_wrap_child *child);
void bh_wrap_child_close_output(struct bh_wrap_child *child);
/* Ends what still runs, at once, and closes the pipes. */
void bh_wrap_child_finish(struct bh_wrap_child *child);

#endif
