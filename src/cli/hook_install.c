// SPDX-License-Identifier: Apache-2.0
#include "cli/hook.h"

#include <string.h>
#include <unistd.h>

#include "cli/setup_report.h"
#include "client/options.h"
#include "client/output.h"
#include "coding/json_settings.h"
#include "coding/path_program.h"
#include "coding/place.h"
#include "lib/json.h"

#define PROBLEM_LIMIT 16384
#define PATH_LIMIT 8192

struct job {
    const char *host; /* a name, "all" or NULL */
    bool system, dry_run, json;
    struct bh_place_texts texts;
    struct bh_place place;
    struct bh_setup_report report;
    struct bh_buf problem;
    const struct bh_host *chosen[8]; /* ends with NULL */
};

/* ---- which hosts ---- */

/* On PATH, or it has left its folder at home. */
static bool is_here(const struct bh_host *host, const struct bh_place *place)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    if (bh_path_program_find(host->name, place->program, &path))
        return true;
    bh_buf_clear(&path);
    bh_buf_addf(&path, "%s/.%s", place->home, host->name);
    bh_buf_add_char(&path, 0);
    return !path.failed && access(path.data, F_OK) == 0;
}

static int choose(struct job *job, const struct bh_usage *usage)
{
    bool all = job->host == NULL || strcmp(job->host, "all") == 0;
    const struct bh_host *const *hosts = bh_host_all();
    size_t count = 0;
    for (size_t i = 0; hosts[i] != NULL && count < BH_COUNT(job->chosen) - 1; i++) {
        if (all ? is_here(hosts[i], &job->place) : strcmp(hosts[i]->name, job->host) == 0)
            job->chosen[count++] = hosts[i];
    }
    if (count > 0)
        return 0;
    if (!all)
        return bh_options_fail(usage, "--host must be claude, codex, cursor or all.");
    bh_output_error(BH_ABSENT,
        BH_SPAN("No coding agent was found: neither on PATH nor by its folder at home."),
        BH_SPAN("Name it with --host claude, codex or cursor."));
    return 1;
}

/* ---- install, uninstall ---- */

static void add_failure(struct job *job, const struct bh_host *host)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, PROBLEM_LIMIT + 128);
    bh_buf_addf(&text, "%s: ", host->label);
    bh_buf_add(&text, job->problem.len == 0 ? BH_SPAN("out of memory") : bh_buf_span(&job->problem));
    bh_output_error(BH_ABSENT, bh_buf_span(&text), BH_ABSENT);
    bh_buf_clear(&job->problem);
}

/* One that fails does not keep the others from being done. */
static int act(struct job *job, bool install)
{
    int lock, status = 0;
    BH_CLEANUP(bh_json_release) json_t *done = json_array();
    if (!bh_place_lock(&job->place, &lock, &job->problem))
        return bh_setup_report_fail(&job->problem);
    for (size_t i = 0; job->chosen[i] != NULL; i++) {
        const struct bh_host *host = job->chosen[i];
        enum bh_err err = install ? host->install(&job->place, &job->report, &job->problem)
                                  : host->uninstall(&job->place, &job->report, &job->problem);
        if (err == BH_OK)
            (void)!json_array_append_new(done, json_string(host->name));
        else
            add_failure(job, host);
        status |= err != BH_OK;
    }
    bh_place_unlock(lock);
    if (json_array_size(done) == 0)
        return 1;
    return bh_setup_report_write(install ? "installed" : "uninstalled", json_pack("{s:O}", "hosts", done),
               job->dry_run, job->json, &job->report) |
           status;
}

static int show_status(struct job *job, bool install);

static int run(
    int argc, char **argv, struct bh_usage usage, bool install, int (*step)(struct job *job, bool install))
{
    struct job job = {0};
    const struct bh_option options[] = {
        BH_OPTION_VALUE(
            "host", 0, job.host, "NAME", "claude, codex, cursor or all (default: all that are here)"),
        BH_OPTION_FLAG("system", 0, job.system, "for every user of this machine; needs root"),
        BH_OPTION_FLAG("dry-run", 0, job.dry_run, "show what would change, change nothing"),
    };
    struct bh_arguments arguments;
    int status;
    usage.options = options;
    usage.option_count = BH_COUNT(options) - (step == show_status);
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    bh_buf_init(&job.problem, PROBLEM_LIMIT);
    job.json = arguments.json;
    if (!bh_report_init(&job.report))
        status = bh_output_no_memory();
    else if (!bh_place_find(&job.texts, &job.place, &job.problem))
        status = bh_setup_report_fail(&job.problem);
    else
        status = choose(&job, &usage);
    job.place.system = job.system;
    job.place.dry_run = job.dry_run;
    if (status == 0)
        status = step(&job, install);
    bh_report_finish(&job.report);
    bh_buf_finish(&job.problem);
    return status;
}

int bh_hook_run_install(int argc, char **argv)
{
    return run(argc, argv,
        (struct bh_usage){.command = "hook install",
            .summary = "Write the hook into the settings of coding agents",
            .details =
                "Claude Code: ~/.claude/settings.json. Codex: ~/.codex/hooks.json and config.toml, with the\n"
                "MCP server, and trusted. Cursor: ~/.cursor/hooks.json. With --system:\n"
                "/etc/claude-code/managed-settings.json, /etc/codex/requirements.toml,\n"
                "/etc/cursor/hooks.json. What else is in these files is kept; one that is not in order is\n"
                "left alone.",
            .examples =
                "hook install\nhook install --host claude --dry-run\nhook install --host codex --system"},
        true, act);
}

int bh_hook_run_uninstall(int argc, char **argv)
{
    return run(argc, argv,
        (struct bh_usage){.command = "hook uninstall",
            .summary = "Take the hook out again",
            .examples = "hook uninstall\nhook uninstall --host cursor"},
        false, act);
}

/* ---- status ---- */

static void write_rows(const json_t *rows)
{
    static const char *const headings[] = {"host", "hook", "detail"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        bh_table_add_value(&table, json_object_get(row, "label"));
        bh_table_add_text(&table, json_is_true(json_object_get(row, "installed")) ? "in place" : "missing");
        bh_table_add_value(&table, json_object_get(row, "problem"));
    }
    bh_output_write_table(&table);
}

static int show_status(struct job *job, bool install)
{
    (void)install;
    int status = 0;
    BH_CLEANUP(bh_json_release) json_t *rows = json_array();
    for (size_t i = 0; job->chosen[i] != NULL; i++) {
        const struct bh_host *host = job->chosen[i];
        bh_buf_clear(&job->problem);
        bool installed = host->is_installed(&job->place, &job->problem);
        status |= !installed;
        bh_buf_add_char(&job->problem, 0);
        (void)!json_array_append_new(
            rows, json_pack("{s:s, s:s, s:b, s:s?}", "host", host->name, "label", host->label, "installed",
                      installed, "problem", installed || job->problem.failed ? NULL : job->problem.data));
    }
    if (job->json)
        bh_output_write_json(rows);
    else
        write_rows(rows);
    return status;
}

int bh_hook_run_status(int argc, char **argv)
{
    return run(argc, argv,
        (struct bh_usage){.command = "hook status",
            .summary = "Show whether the hook is in place",
            .details =
                "In place: written as `behalf hook install` writes it, before all others, trusted, and not\n"
                "switched off by another setting of yours or of the project. Codex itself is asked.",
            .examples = "hook status\nhook status --host codex --json",
            .exits = "0 in place for all that are shown, 1 not"},
        false, show_status);
}
