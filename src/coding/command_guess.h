// SPDX-License-Identifier: Apache-2.0
/*
 * What a command line seems to do, for `behalf run` without --action. Pure. A guess for convenience: a
 * command that hides what it does is guessed wrong.
 */
#ifndef BH_CODING_COMMAND_GUESS_H
#define BH_CODING_COMMAND_GUESS_H

#include "lib/span.h"

struct bh_command_guess {
    const char *action, *resource, *risk;
};

/* `command` as bh_command_text_add_word makes it. */
struct bh_command_guess bh_command_guess_make(struct bh_span command);

#endif
