// SPDX-License-Identifier: Apache-2.0
/*
 * A table of commands: chooses one by its name, and writes the overview. Serves `behalf` itself and the
 * commands that have commands of their own.
 */
#ifndef BH_CLIENT_GROUP_H
#define BH_CLIENT_GROUP_H

#include "lib/base.h"

struct bh_command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] = name */
    const char *summary;               /* one line; NULL: not listed in the overview */
};

struct bh_command_group {
    const char *name;    /* as it is typed: "behalf", "behalf agents" */
    const char *summary; /* one line, no full stop */
    const struct bh_command *commands;
    size_t command_count;
    bool overview_alone; /* no command at all: show the overview and succeed, instead of an error */
    int (*fallback)(int argc, char **argv); /* runs lines that name no command of the group; or NULL */
};

/*
 * Runs the command that argv[1] names; --json and --no-banner may stand before it. `--help`, `-h` and `help`
 * show the overview, `help NAME ...` the help of a command. An unknown command: an error that points to help,
 * and 1. A group with a fallback hands it every line that names none of its commands, whole.
 */
BH_MUST_USE
int bh_group_run(const struct bh_command_group *group, int argc, char **argv);

#endif
