// SPDX-License-Identifier: Apache-2.0
#include "cli/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "coding/path_program.h"
#include "client/client.h"
#include "client/output.h"
#include "client/permission_cache.h"
#include "coding/canary.h"
#include "coding/json_settings.h"
#include "coding/place.h"
#include "coding/project.h"
#include "core/redact.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/random.h"

#define TEXT_LIMIT 65536
#define REFRESH_MS 2000
#define DEPTH_MAX 8
#define SHOWN_MAX 100
#define DEPTH "BEHALF_LAUNCH_DEPTH"

struct launch {
    const struct bh_host *host;
    const struct bh_place *place;
    struct bh_client client;
    const char *agent_id;
    bool no_inject, quiet;
    char **words; /* the agent's own arguments; ends NULL */
    int word_count;
    struct bh_setup_report report;
    struct bh_buf program, problem;
};

static bool fail(struct bh_span message, const char *hint)
{
    bh_output_error(BH_ABSENT, message, hint == NULL ? BH_ABSENT : bh_span_from(hint));
    return false;
}

static bool fail_with_problem(const struct launch *launch, const char *hint)
{
    struct bh_span problem = bh_buf_span(&launch->problem);
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, TEXT_LIMIT);
    bh_buf_addf(&message, "%s was not started. ", launch->host->label);
    bh_buf_add(&message, problem.len > 0 ? problem : BH_SPAN("The hook could not be installed."));
    return fail(bh_buf_span(&message), hint);
}

static bool is_yes(const char *value)
{
    return value != NULL &&
           (strcmp(value, "1") == 0 || strcasecmp(value, "true") == 0 || strcasecmp(value, "yes") == 0);
}

/* ---- before anything is written ---- */

static bool find_program(struct launch *launch)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, TEXT_LIMIT);
    if (bh_path_program_find(launch->host->name, launch->place->program, &launch->program))
        return true;
    bh_buf_addf(&message, "%s was not started: there is no program `%s` on PATH.", launch->host->label,
        launch->host->name);
    return fail(bh_buf_span(&message), "Install it, or add its folder to PATH.");
}

/* The words begin with what we pass ourselves. */
static bool has_our_words(struct launch *launch)
{
    BH_CLEANUP(bh_json_release) json_t *ours = launch->host->make_arguments(launch->place, &launch->problem);
    size_t count = json_array_size(ours);
    if (count == 0 || (size_t)launch->word_count < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(launch->words[i], json_string_value(json_array_get(ours, i))) != 0)
            return false;
    }
    return true;
}

/* A program of that name that starts us again would do so for ever. */
static bool is_no_loop(struct launch *launch)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    char next[16];
    const char *text = bh_client_environment(DEPTH);
    long depth = text == NULL ? 0 : strtol(text, NULL, 10);
    bh_buf_init(&message, TEXT_LIMIT);
    if (depth >= 0 && depth < DEPTH_MAX && !has_our_words(launch)) {
        snprintf(next, sizeof(next), "%ld", depth + 1);
        return setenv(DEPTH, next, 1) == 0;
    }
    bh_buf_addf(&message, "%s was not started: %s seems to start behalf again.", launch->host->label,
        launch->program.data);
    return fail(bh_buf_span(&message), "Put the folder of the agent's own program first on PATH.");
}

static bool arguments_are_safe(struct launch *launch)
{
    if (!launch->host->refuses(launch->word_count, launch->words, &launch->problem))
        return true;
    return fail_with_problem(launch, NULL);
}

static bool find_agent(struct launch *launch)
{
    /* It is about the agent, whoever sits at the keyboard. */
    launch->client.developer_token = launch->client.session = NULL;
    launch->agent_id = bh_client_agent_id(&launch->client, NULL);
    return launch->agent_id != NULL && bh_client_needs_key(&launch->client);
}

/* For orientation only, so an old state, or none, is no reason to stop. */
static json_t *refresh_permissions(struct launch *launch)
{
    bool fresh = false;
    int64_t now_ms = bh_clock_wall_ms();
    launch->client.quiet = true;
    launch->client.patience_ms = REFRESH_MS;
    json_t *data = bh_permission_cache_fetch(&launch->client, launch->agent_id, now_ms);
    if (data != NULL)
        return data;
    data = bh_permission_cache_read(launch->agent_id, now_ms, &fresh);
    bh_output_note("The permissions could not be refreshed (%s); the context file shows %s.",
        launch->client.error.message, data == NULL ? "none" : "those of the last time");
    return data;
}

/* ---- the hook ---- */

static void note_warnings(const struct launch *launch)
{
    size_t at;
    json_t *warning;
    json_array_foreach(launch->report.warnings, at, warning)
    {
        bh_output_note("%s", json_string_value(warning));
    }
}

static bool install_hook(struct launch *launch)
{
    if (launch->host->install(launch->place, &launch->report, &launch->problem) != BH_OK)
        return fail_with_problem(launch, "Run `behalf doctor`.");
    bh_buf_clear(&launch->problem);
    return launch->host->is_installed(launch->place, &launch->problem) ||
           fail_with_problem(launch, "Run `behalf doctor`.");
}

/*
 * Blocked for another reason than the canary: nothing can be done past the permissions, so the agent may
 * start, but nothing will be allowed as long as that lasts. Where calls pass unasked in such a case it may
 * not.
 */
static bool prove_hook(struct launch *launch)
{
    bh_buf_clear(&launch->problem);
    if (!bh_canary_is_blocked(launch->host, launch->place, &launch->problem))
        return fail_with_problem(launch, "Run `behalf doctor --canary`, and put right what it finds.");
    if (launch->problem.len == 0)
        return true;
    if (is_yes(bh_client_environment("BEHALFID_HOOK_FAIL_OPEN")))
        return fail_with_problem(launch,
            "With BEHALFID_HOOK_FAIL_OPEN calls would pass unchecked; unset it, or run `behalf doctor`.");
    bh_output_note("Every action is blocked for now: %.*s", (int)launch->problem.len, launch->problem.data);
    return true;
}

/* ---- the project ---- */

static bool write_project(struct launch *launch, const json_t *data)
{
    static const char *const notes[] = {"CLAUDE.md", "AGENTS.md", ".cursorrules"};
    bh_buf_clear(&launch->problem);
    enum bh_err err = bh_project_write(
        launch->place, launch->agent_id, data, bh_clock_wall_ms(), &launch->report, &launch->problem);
    for (size_t i = 0; err == BH_OK && !launch->no_inject && i < BH_COUNT(notes); i++) {
        if (bh_project_lacks_reference(launch->place, notes[i]))
            err = bh_project_add_reference(launch->place, notes[i], &launch->report, &launch->problem);
    }
    return err == BH_OK || fail_with_problem(launch, NULL);
}

/* Two set-ups at once would write over each other's. */
static bool set_up(struct launch *launch, const json_t *data)
{
    int lock;
    if (!bh_place_lock(launch->place, &lock, &launch->problem))
        return fail_with_problem(launch, NULL);
    bool done = install_hook(launch) && prove_hook(launch) && write_project(launch, data);
    bh_place_unlock(lock);
    note_warnings(launch);
    return done;
}

/* ---- the start ---- */

static bool set_environment(const struct launch *launch)
{
    char session[BH_ID_TEXT];
    bh_random_id("run", session);
    const char *const pairs[][2] = {
        {"BEHALFID_SESSION_ID", session},
        {"BEHALFID_ENABLED", "1"},
        {"BEHALFID_ACTIVATION_MODE", "always"},
        {"BEHALFID_REPOSITORY_ROOT", launch->place->project},
        {"BEHALF_MODE", "enforce"},
        {"BEHALF_SESSION_ID", session},
        {"BEHALF_API_URL", launch->client.base_url},
    };
    for (size_t i = 0; i < BH_COUNT(pairs); i++) {
        if (setenv(pairs[i][0], pairs[i][1], 1) != 0)
            return false;
    }
    return true;
}

/* Name, what wins over a project's settings, the user's own. The texts of `ours` stay its own. */
static char **make_line(const struct launch *launch, const json_t *ours)
{
    size_t at = 0, count = json_array_size(ours);
    char **line = calloc(count + (size_t)launch->word_count + 2, sizeof(*line));
    if (line == NULL)
        return NULL;
    line[at++] = (char *)(uintptr_t)launch->host->name;
    for (size_t i = 0; i < count; i++)
        line[at++] = (char *)(uintptr_t)json_string_value(json_array_get(ours, i));
    for (int i = 0; i < launch->word_count; i++)
        line[at++] = launch->words[i];
    return line;
}

/* Long settings of ours would hide the rest. */
static void add_command(const struct launch *launch, char *const *line, size_t ours, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, TEXT_LIMIT);
    bh_buf_add_text(&text, launch->program.data);
    for (size_t i = 1; line[i] != NULL; i++)
        bh_buf_addf(&text, " %s", i <= ours && strlen(line[i]) > SHOWN_MAX ? "{...}" : line[i]);
    bh_redact(text.failed ? BH_SPAN("(too long to be shown)") : bh_buf_span(&text), out);
}

static void tell(const struct launch *launch, char *const *line, size_t ours)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf shown = {0};
    bh_buf_init(&text, 2 * TEXT_LIMIT);
    bh_buf_init(&shown, 8 * TEXT_LIMIT);
    if (launch->quiet)
        return;
    bh_buf_addf(
        &text, "behalf: %s acts as %s at %s", launch->host->label, launch->agent_id, launch->client.base_url);
    bh_output_add_neutral(bh_buf_span(&text), &shown);
    bh_buf_clear(&text);
    bh_buf_addf(&text, "%s/.behalf/context.md", launch->place->project);
    bh_buf_add_text(&shown, "\n  context  ");
    bh_output_add_neutral(bh_buf_span(&text), &shown);
    bh_buf_clear(&text);
    bh_buf_addf(&text, "%s/.mcp.json", launch->place->project);
    bh_buf_add_text(&shown, "\n  mcp      ");
    bh_output_add_neutral(bh_buf_span(&text), &shown);
    bh_buf_clear(&text);
    add_command(launch, line, ours, &text);
    bh_buf_add_text(&shown, "\n  command  ");
    bh_output_add_neutral(bh_buf_span(&text), &shown);
    bh_output_note("%.*s", (int)shown.len, bh_buf_span(&shown).data);
}

/* Comes back only when it failed. */
static void start(struct launch *launch)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, TEXT_LIMIT);
    BH_CLEANUP(bh_json_release) json_t *ours = launch->host->make_arguments(launch->place, &launch->problem);
    if (ours == NULL) {
        (void)!fail_with_problem(launch, NULL);
        return;
    }
    char **line = make_line(launch, ours);
    if (line == NULL || !set_environment(launch)) {
        free(line);
        (void)!bh_output_no_memory();
        return;
    }
    tell(launch, line, json_array_size(ours));
    (void)!bh_output_finish(0);
    execv(launch->program.data, line);
    bh_buf_addf(&message, "%s cannot be run: %s.", launch->program.data, strerror(errno));
    free(line);
    (void)!fail(bh_buf_span(&message), NULL);
}

/* What can refuse comes first, what writes into the project last, and each file is written as a whole. */
static void prepare_and_start(struct launch *launch)
{
    if (!find_agent(launch) || !find_program(launch) || !is_no_loop(launch) || !arguments_are_safe(launch))
        return;
    BH_CLEANUP(bh_json_release) json_t *data = refresh_permissions(launch);
    if (set_up(launch, data))
        start(launch);
}

/* ---- the line ---- */

/* How many of the arguments are ours, the command's name with them. */
static int count_own(int argc, char **argv)
{
    static const char *const own[] = {"--no-inject", "--json", "--no-banner", "--help", "-h"};
    int at = 1;
    for (bool found = true; found && at < argc; at += found) {
        found = false;
        for (size_t i = 0; i < BH_COUNT(own); i++)
            found |= strcmp(argv[at], own[i]) == 0;
    }
    return at;
}

static bool has_word(int argc, char **argv, const char *word)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], word) == 0)
            return true;
    }
    return false;
}

static void make_summary(const struct bh_host *host, char *ret_text, size_t size)
{
    snprintf(ret_text, size, "Start %s with its permissions enforced", host->label);
}

int bh_launch(const struct bh_host *host, int argc, char **argv)
{
    struct launch launch = {.host = host};
    char summary[64], example[64];
    const struct bh_option options[] = {
        BH_OPTION_FLAG(
            "no-inject", 0, launch.no_inject, "leave CLAUDE.md, AGENTS.md and .cursorrules as they are"),
    };
    make_summary(host, summary, sizeof(summary));
    snprintf(example, sizeof(example), "%s\n%s -- --help", host->name, host->name);
    const struct bh_usage usage = {.command = host->name,
        .operands = "[--] [arguments]",
        .operands_last = true,
        .summary = summary,
        .details =
            "Refreshes what is known of the agent's permissions, installs the hook that every tool call must "
            "pass, proves\nwith a call of its own that it blocks, writes .mcp.json and .behalf/context.md, "
            "and "
            "becomes the agent.\nWithout that proof nothing is started. Our own options stand before the "
            "first argument that is none, or\nbefore `--`; everything behind goes to the agent as it is. "
            "Arguments that would switch hooks off are refused.\n--no-banner or BEHALF_NO_BANNER=1: without "
            "the lines about what is started.",
        .examples = example,
        .exits = "the agent's own; 1: not started",
        .options = options,
        .option_count = BH_COUNT(options)};
    int own = count_own(argc, argv);
    struct bh_arguments arguments;
    const struct bh_client_flags flags = {0};
    struct bh_place_texts texts;
    struct bh_place place;
    int status;
    if (!bh_client_begin(&usage, own, argv, &flags, &arguments, &launch.client, &status))
        return status;
    launch.quiet = arguments.json || has_word(own, argv, "--no-banner") ||
                   is_yes(bh_client_environment("BEHALF_NO_BANNER"));
    int rest = own < argc && strcmp(argv[own], "--") == 0 ? own + 1 : own;
    launch.words = argv + rest;
    launch.word_count = argc - rest;
    bh_buf_init(&launch.program, TEXT_LIMIT);
    bh_buf_init(&launch.problem, TEXT_LIMIT);
    launch.place = &place;
    if (!bh_report_init(&launch.report))
        (void)!bh_output_no_memory();
    else if (!bh_place_find(&texts, &place, &launch.problem))
        (void)!fail_with_problem(&launch, NULL);
    else
        prepare_and_start(&launch);
    bh_report_finish(&launch.report);
    bh_buf_finish(&launch.program);
    bh_buf_finish(&launch.problem);
    bh_client_finish(&launch.client);
    return 1;
}
