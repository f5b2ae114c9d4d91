// SPDX-License-Identifier: Apache-2.0
#include "client/reference.h"

#include <stdint.h>

static const struct bh_reference_visitor *asked;

void bh_reference_visit(const struct bh_command_group *group, const struct bh_reference_visitor *visitor)
{
    char *line[] = {NULL};
    asked = visitor;
    int status = bh_group_run(group, 0, line);
    (void)status;
    asked = NULL;
}

bool bh_reference_is_asked(void)
{
    return asked != NULL;
}

void bh_reference_add_group(const struct bh_command_group *group)
{
    asked->group(asked->context, group);
}

void bh_reference_add_usage(const struct bh_usage *usage)
{
    asked->usage(asked->context, usage);
}

void bh_reference_add_command(int (*run)(int argc, char **argv), const char *name)
{
    char *line[] = {(char *)(uintptr_t)name, NULL};
    (void)run(1, line);
}
