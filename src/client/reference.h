// SPDX-License-Identifier: Apache-2.0
/*
 * All commands with their options, from the very tables that parse the line and write --help. While a visitor
 * is set, a group or a command that is run describes itself to it and does nothing else; so the manual, the
 * document and the completions cannot say anything but what the program does.
 */
#ifndef BH_CLIENT_REFERENCE_H
#define BH_CLIENT_REFERENCE_H

#include "client/group.h"
#include "client/options.h"

struct bh_reference_visitor {
    void (*group)(void *context, const struct bh_command_group *group); /* before its commands */
    void (*usage)(void *context, const struct bh_usage *usage);
    void *context;
};

/* Visits the group and all below it, in the order of the overviews; hidden commands are left out. */
void bh_reference_visit(const struct bh_command_group *group, const struct bh_reference_visitor *visitor);

/* For the parser and the groups alone. */
BH_MUST_USE
bool bh_reference_is_asked(void);
void bh_reference_add_group(const struct bh_command_group *group);
void bh_reference_add_usage(const struct bh_usage *usage);
/* Runs a command with nothing but its name. */
void bh_reference_add_command(int (*run)(int argc, char **argv), const char *name);

#endif
