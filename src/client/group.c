// SPDX-License-Identifier: Apache-2.0
#include "client/group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/options.h"
#include "client/output.h"
#include "client/reference.h"

#define TEXT_LIMIT 16384
#define NAME_WIDTH 12

static const struct bh_command *find_command(const struct bh_command_group *group, const char *name)
{
    for (size_t i = 0; i < group->command_count; i++) {
        if (strcmp(group->commands[i].name, name) == 0)
            return &group->commands[i];
    }
    return NULL;
}

/* That of the longest name, so that all summaries begin below each other. */
static int name_width(const struct bh_command_group *group)
{
    size_t width = NAME_WIDTH;
    for (size_t i = 0; i < group->command_count; i++) {
        size_t length = strlen(group->commands[i].name);
        if (group->commands[i].summary != NULL && length > width)
            width = length;
    }
    return (int)width;
}

static int show_overview(const struct bh_command_group *group)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, TEXT_LIMIT);
    bh_buf_addf(&text, "%s.\n\nUsage: %s <command> [options]\n\nCommands:\n", group->summary, group->name);
    for (size_t i = 0; i < group->command_count; i++) {
        const struct bh_command *command = &group->commands[i];
        if (command->summary != NULL)
            bh_buf_addf(&text, "  %-*s  %s\n", name_width(group), command->name, command->summary);
    }
    bh_buf_addf(&text, "\nRun `%s help <command>` for the options of one command.\n", group->name);
    bh_output_write_buf(&text);
    return 0;
}

static int fail(const struct bh_command_group *group, struct bh_span message)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf hint = {0};
    bh_buf_init(&hint, TEXT_LIMIT);
    bh_buf_addf(&hint, "Run `%s --help` for the list of commands.", group->name);
    bh_output_error(BH_ABSENT, message, bh_buf_span(&hint));
    return 1;
}

static int run_by_name(const struct bh_command_group *group, int argc, char **argv)
{
    const struct bh_command *command = find_command(group, argv[0]);
    if (command != NULL)
        return command->run(argc, argv);
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, TEXT_LIMIT);
    bh_buf_addf(&message, "Unknown %s \"%s\".", argv[0][0] == '-' ? "option" : "command", argv[0]);
    return fail(group, bh_buf_span(&message));
}

/* "help NAME rest" is "NAME rest --help". */
static int show_help(const struct bh_command_group *group, int argc, char **argv)
{
    if (argc < 2)
        return show_overview(group);
    static char help[] = "--help";
    char **line = calloc((size_t)argc + 1, sizeof(*line));
    if (line == NULL)
        return fail(group, BH_SPAN("Out of memory."));
    memcpy(line, argv + 1, (size_t)(argc - 1) * sizeof(*line));
    line[argc - 1] = help;
    int status = run_by_name(group, argc, line);
    free(line);
    return status;
}

/* Where the first argument stands that is no global option. */
static int first_word(int argc, char **argv)
{
    int at = 1;
    while (at < argc && bh_options_is_global(argv[at]))
        at++;
    return at;
}

/* Moves the command's name in front of the global options before it. */
static void lead_with(int at, char **argv)
{
    char *name = argv[at];
    for (; at > 1; at--)
        argv[at] = argv[at - 1];
    argv[1] = name;
}

static int describe(const struct bh_command_group *group)
{
    bool listed = group->fallback == NULL;
    bh_reference_add_group(group);
    for (size_t i = 0; i < group->command_count; i++)
        listed |= group->commands[i].run == group->fallback;
    if (!listed)
        bh_reference_add_command(group->fallback, group->name);
    for (size_t i = 0; i < group->command_count; i++) {
        if (group->commands[i].summary != NULL)
            bh_reference_add_command(group->commands[i].run, group->commands[i].name);
    }
    return 0;
}

int bh_group_run(const struct bh_command_group *group, int argc, char **argv)
{
    if (bh_reference_is_asked())
        return describe(group);
    bh_output_setup(bh_options_wants_json(argc, argv));
    int at = first_word(argc, argv);
    if (group->fallback != NULL && (at == argc || find_command(group, argv[at]) == NULL))
        return group->fallback(argc, argv);
    if (at < argc)
        lead_with(at, argv);
    if (argc < 2 || bh_options_is_global(argv[1]))
        return group->overview_alone ? show_overview(group) : fail(group, BH_SPAN("A command is missing."));
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return show_overview(group);
    if (strcmp(argv[1], "help") == 0)
        return show_help(group, argc - 1, argv + 1);
    return run_by_name(group, argc - 1, argv + 1);
}
