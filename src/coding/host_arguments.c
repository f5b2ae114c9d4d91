// SPDX-License-Identifier: Apache-2.0
#include "coding/hosts.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "coding/json_settings.h"

static void take_option(const char *argument, const char *next, struct bh_host_option *ret_option)
{
    const char *equals = strchr(argument, '=');
    size_t length = strlen(argument);
    ret_option->value = next;
    if (argument[1] != '-' && length > 2) { /* -cVALUE */
        length = 2;
        ret_option->value = argument + (argument[2] == '=' ? 3 : 2);
    } else if (equals != NULL) {
        length = (size_t)(equals - argument);
        ret_option->value = equals + 1;
    }
    snprintf(ret_option->name, sizeof(ret_option->name), "%.*s", (int)length, argument);
}

bool bh_host_next_option(int argc, char *const *argv, int *index, struct bh_host_option *ret_option)
{
    for (; *index < argc; (*index)++) {
        const char *argument = argv[*index];
        if (argument[0] != '-' || argument[1] == 0 || strcmp(argument, "--") == 0)
            continue;
        (*index)++;
        take_option(argument, *index < argc ? argv[*index] : "", ret_option);
        return true;
    }
    return false;
}

void bh_host_warn_about_program(const struct bh_place *place, struct bh_setup_report *report)
{
    struct stat about;
    if (stat(place->program, &about) != 0 || about.st_uid != 0 || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        bh_report_warn(
            report, "%s can be replaced by others than root, and the hook with it.", place->program);
}
