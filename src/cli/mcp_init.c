// SPDX-License-Identifier: Apache-2.0
#include "cli/mcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/setup_report.h"
#include "client/output.h"
#include "client/permission_cache.h"
#include "client/prompt.h"
#include "coding/json_settings.h"
#include "coding/place.h"
#include "coding/project.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "mcp/wrap_config.h"

#define PROBLEM_LIMIT 16384

struct init {
    struct bh_client_flags flags;
    bool refresh, dry_run, no_inject, wrap_all, json;
    size_t open_servers; /* that seem to be behind the interceptor */
    struct bh_place_texts texts;
    struct bh_place place;
    struct bh_setup_report report;
    struct bh_buf problem;
    bool inject[2]; /* of the notes below */
};

static const char *const notes[] = {"CLAUDE.md", "AGENTS.md"};

/* ---- questions ---- */

static bool ask(const char *name)
{
    char question[160], answer[16];
    snprintf(question, sizeof(question), "Add the line " BH_PROJECT_REFERENCE " to %s? [Y/n] ", name);
    bh_prompt_ask(question, false, answer, sizeof(answer));
    return answer[0] == 0 || strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}

/* Before anything is written, so that a question that nobody answers leaves nothing half done. */
static void ask_about_notes(struct init *init)
{
    for (size_t i = 0; i < BH_COUNT(notes); i++) {
        if (init->no_inject || !bh_project_lacks_reference(&init->place, notes[i]))
            continue;
        if (init->dry_run)
            init->inject[i] = true;
        else if (bh_prompt_is_possible())
            init->inject[i] = ask(notes[i]);
        else
            bh_report_warn(
                &init->report, "%s was left alone; add the line " BH_PROJECT_REFERENCE " to it.", notes[i]);
    }
}

/* ---- what the server says ---- */

/* False when it should have been asked and could not be; `detail` stays NULL where there is no key. */
static bool find_detail(
    struct init *init, struct bh_client *client, const char *agent_id, int64_t now_ms, json_t **detail)
{
    bool fresh;
    if (client->api_key == NULL) {
        bh_report_warn(&init->report,
            "There is no agent key, so nothing can be verified yet; run `behalf config "
            "set api-key bhf_sk_...`.");
        *detail = bh_permission_cache_read(agent_id, now_ms, &fresh);
        return true;
    }
    if (init->dry_run) /* what is in the files is not shown */
        return true;
    client->session = NULL;
    client->developer_token = NULL;
    *detail = init->refresh ? bh_permission_cache_fetch(client, agent_id, now_ms)
                            : bh_permission_cache_get(client, agent_id, now_ms);
    return *detail != NULL;
}

/* ---- the other servers ---- */

static void tell_wrapped(struct init *init, const char *path, const struct bh_wrap_report *wrapped)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(wrapped->skipped, i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "server"));
        if (strcmp(name, BH_WRAP_OWN_SERVER) != 0)
            bh_report_warn(&init->report, "The server %s was not wrapped: %s.", name,
                json_string_value(json_object_get(entry, "reason")));
    }
    json_array_foreach(wrapped->notes, i, entry) bh_report_warn(&init->report,
        "The server %s was wrapped before: %s.", json_string_value(json_object_get(entry, "server")),
        json_string_value(json_object_get(entry, "reason")));
    init->open_servers = wrapped->open;
    if (json_array_size(wrapped->changed) == 0)
        return;
    BH_CLEANUP(bh_buf_finish) struct bh_buf backup = {0};
    bh_buf_init(&backup, PROBLEM_LIMIT);
    bh_buf_addf(&backup, "%s%s", path, BH_WRAP_BACKUP);
    bh_buf_add_char(&backup, 0);
    if (!backup.failed)
        bh_report_add(init->report.changed, backup.data);
}

/* The interceptor before each stdio server of .mcp.json. */
static enum bh_err wrap_servers(struct init *init)
{
    BH_CLEANUP(bh_wrap_report_finish) struct bh_wrap_report wrapped = {NULL, NULL, NULL, NULL, 0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PROBLEM_LIMIT);
    bh_buf_addf(&path, "%s/.mcp.json", init->place.project);
    bh_buf_add_char(&path, 0);
    if (path.failed || !bh_wrap_report_init(&wrapped))
        return BH_ERR_NO_MEMORY;
    if (init->dry_run && access(path.data, F_OK) != 0) /* there would be our own server in it */
        return BH_OK;
    enum bh_err err = bh_wrap_config_apply(path.data, init->dry_run, &wrapped, &init->problem);
    if (err == BH_OK)
        tell_wrapped(init, path.data, &wrapped);
    return err;
}

/* ---- init ---- */

static enum bh_err write_all(struct init *init, const char *agent_id, const json_t *detail, int64_t now_ms)
{
    int lock;
    if (!bh_place_lock(&init->place, &lock, &init->problem))
        return BH_ERR_IO;
    enum bh_err err = bh_project_write(&init->place, agent_id, detail, now_ms, &init->report, &init->problem);
    if (err == BH_OK && init->wrap_all)
        err = wrap_servers(init);
    for (size_t i = 0; err == BH_OK && i < BH_COUNT(notes); i++) {
        if (init->inject[i])
            err = bh_project_add_reference(&init->place, notes[i], &init->report, &init->problem);
    }
    bh_place_unlock(lock);
    return err;
}

static void say_next(const struct init *init)
{
    if (!init->json && !init->dry_run)
        bh_output_note("Next: `behalf claude`, `behalf codex` or `behalf run cursor`.");
}

static int run(struct init *init, struct bh_client *client, const char *agent_id)
{
    BH_CLEANUP(bh_json_release) json_t *detail = NULL;
    int64_t now_ms = bh_clock_wall_ms();
    if (!bh_place_find(&init->texts, &init->place, &init->problem))
        return bh_setup_report_fail(&init->problem);
    init->place.dry_run = init->dry_run;
    if (!find_detail(init, client, agent_id, now_ms, &detail))
        return 1;
    ask_about_notes(init);
    if (write_all(init, agent_id, detail, now_ms) != BH_OK)
        return bh_setup_report_fail(&init->problem);
    int status = bh_setup_report_write(
        "initialized", json_pack("{s:s}", "agentId", agent_id), init->dry_run, init->json, &init->report);
    say_next(init);
    return init->open_servers > 0 && status == 0 ? 1 : status;
}

int bh_mcp_run_init(int argc, char **argv)
{
    struct init init = {0};
    const struct bh_option options[] = {
        BH_OPTION_FLAG("refresh", 0, init.refresh, "ask the server even when it was asked within 30 minutes"),
        BH_OPTION_FLAG("dry-run", 0, init.dry_run, "show what would change, change nothing"),
        BH_OPTION_FLAG("no-inject", 0, init.no_inject, "leave CLAUDE.md and AGENTS.md alone"),
        BH_OPTION_FLAG(
            "wrap-all", 0, init.wrap_all, "put the interceptor before every stdio server of .mcp.json"),
        BH_OPTION_API_KEY(init.flags),
        BH_OPTION_BASE_URL(init.flags),
    };
    const struct bh_usage usage = {.command = "mcp init",
        .summary = "Set a project up: the MCP server and the agent's context",
        .details = "Run it in the project. It names the MCP server in .mcp.json, writes the agent's "
                   "permissions and\n"
                   "the rules to .behalf/context.md, and asks before it adds a line to CLAUDE.md or "
                   "AGENTS.md; without\n"
                   "a terminal it does not add it. What else is in these files is kept.",
        .examples = "mcp init\nmcp init --refresh\nmcp init --dry-run --json\nmcp init --wrap-all",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    int status;
    if (!bh_client_begin(&usage, argc, argv, &init.flags, &arguments, &client, &status))
        return status;
    init.json = arguments.json;
    bh_buf_init(&init.problem, PROBLEM_LIMIT);
    const char *agent_id = bh_client_agent_id(&client, NULL);
    status = agent_id == NULL               ? 1
             : bh_report_init(&init.report) ? run(&init, &client, agent_id)
                                            : bh_output_no_memory();
    bh_report_finish(&init.report);
    bh_buf_finish(&init.problem);
    return status;
}

/* ---- status ---- */

static json_t *make_status(const struct bh_place *place, const char *agent_id)
{
    bool fresh;
    BH_CLEANUP(bh_json_release)
    json_t *detail = agent_id == NULL ? NULL : bh_permission_cache_read(agent_id, bh_clock_wall_ms(), &fresh);
    json_t *cached = detail == NULL
                         ? json_null()
                         : json_real((double)json_array_size(json_object_get(detail, "permissions")));
    return json_pack("{s:s?, s:b, s:b, s:o}", "agentId", agent_id, "hasMcp", bh_project_has_server(place),
        "hasContext", bh_project_has_context(place), "cachedPermissions", cached);
}

int bh_mcp_run_status(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_usage usage = {.command = "mcp status",
        .summary = "Show whether the project is set up",
        .details = "cachedPermissions is the number of permissions that were fetched last, or null.",
        .examples = "mcp status\nmcp status --json"};
    struct bh_arguments arguments;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    struct bh_place_texts texts;
    struct bh_place place;
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    int status;
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    bh_buf_init(&problem, PROBLEM_LIMIT);
    const char *agent_id = json_string_value(json_object_get(client.config, "agentId"));
    if (agent_id == NULL || agent_id[0] == 0)
        agent_id = bh_client_environment("BEHALFID_AGENT_ID");
    bool found = bh_place_find(&texts, &place, &problem);
    json_t *answer = found ? make_status(&place, agent_id) : NULL;
    if (answer == NULL)
        return bh_setup_report_fail(&problem);
    return bh_output_answer(answer, arguments.json, bh_output_write_members);
}
