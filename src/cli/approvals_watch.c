// SPDX-License-Identifier: Apache-2.0
/* `behalf approvals watch`: requests as they come, and what becomes of them. */
#include "cli/approvals.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/client.h"
#include "client/options.h"
#include "client/output.h"
#include "lib/json.h"

#define PATH_LIMIT 4096
#define INTERVAL_S 2
#define PAUSE_MOST_S 60

static volatile sig_atomic_t interrupted;

struct watch {
    struct bh_client *client;
    const char *agent; /* or NULL */
    json_t *waiting;   /* object: the requests that waited when last looked at, by id */
    bool json;
};

static void note_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void pause_s(long seconds)
{
    struct timespec left = {.tv_sec = seconds};
    while (interrupted == 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

static void add_part(struct bh_buf *line, const char *before, const json_t *value)
{
    if (value == NULL || json_is_null(value))
        return;
    bh_buf_add_text(line, before);
    bh_output_add_value(value, line);
}

static void write_line(const struct watch *watch, const json_t *approval)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0};
    bh_buf_init(&line, (size_t)64 * PATH_LIMIT);
    if (watch->json) {
        bh_json_add_value(&line, approval);
    } else {
        bool waits = bh_span_equal(bh_json_member_text(approval, "status"), BH_SPAN("pending"));
        add_part(&line, "", json_object_get(approval, waits ? "createdAt" : "resolvedAt"));
        add_part(&line, line.len > 0 ? "  " : "", json_object_get(approval, "displayStatus"));
        add_part(&line, "  ", json_object_get(approval, "approvalId"));
        add_part(&line, "  ", json_object_get(approval, "agentName"));
        add_part(&line, ": ", json_object_get(approval, "action"));
        add_part(&line, " on ", json_object_get(approval, "vendor"));
        add_part(&line, ", amount ", json_object_get(approval, "amount"));
        add_part(&line, ": ", json_object_get(approval, "argumentPreview"));
    }
    bh_buf_add_char(&line, '\n');
    bh_output_write_buf(&line);
}

static json_t *read_waiting(const struct watch *watch)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    bh_buf_add_text(&path, "/api/dashboard/approvals?status=pending&limit=100");
    bh_client_add_query(&path, "agentId", watch->agent);
    return bh_client_call(watch->client, "GET", &path, NULL);
}

/* What became of a request that waits no more; false when it could not be asked. */
static bool tell_end(const struct watch *watch, const char *approval_id)
{
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(watch->client, "GET", NULL, "/api/dashboard/approvals/%s", approval_id);
    if (answer != NULL)
        write_line(watch, json_object_get(answer, "approval"));
    return answer != NULL || watch->client->status == 404;
}

/* Tells of what has come and of what has gone since the look before; false when the server could not be
 * asked. */
static bool look(struct watch *watch)
{
    BH_CLEANUP(bh_json_release) json_t *answer = read_waiting(watch);
    BH_CLEANUP(bh_json_release) json_t *now = json_object();
    const json_t *approvals = json_object_get(answer, "approvals");
    if (answer == NULL)
        return false;
    for (size_t i = json_array_size(approvals); i-- > 0;) {
        json_t *approval = json_array_get(approvals, i);
        const char *id = json_string_value(json_object_get(approval, "approvalId"));
        if (id == NULL || json_object_set(now, id, approval) != 0)
            continue;
        if (json_object_get(watch->waiting, id) == NULL)
            write_line(watch, approval);
    }
    const char *id;
    json_t *before;
    json_object_foreach(watch->waiting, id, before)
    {
        if (json_object_get(now, id) == NULL && !tell_end(watch, id))
            return false;
    }
    json_object_clear(watch->waiting);
    return json_object_update(watch->waiting, now) == 0 && fflush(stdout) == 0;
}

/* A server that is busy or away is asked again; one that refuses is not. */
static bool may_come_back(const struct bh_client *client)
{
    return client->status == 0 || client->status == 429 || client->status >= 500;
}

static int follow(struct watch *watch, long interval_s)
{
    long pause = interval_s;
    bool reached = false;
    while (interrupted == 0) {
        watch->client->quiet = reached;
        if (look(watch)) {
            reached = true;
            pause = interval_s;
        } else if (!reached || !may_come_back(watch->client)) {
            if (reached)
                bh_output_error(bh_span_from(watch->client->error.code),
                    bh_span_from(watch->client->error.message), bh_span_from(watch->client->error.hint));
            return interrupted == 0 ? 1 : 0;
        } else {
            pause = 2 * pause < PAUSE_MOST_S ? 2 * pause : PAUSE_MOST_S;
            bh_output_note("%s Trying again in %ld s.", watch->client->error.message, pause);
        }
        pause_s(pause);
    }
    return 0;
}

int bh_approvals_run_watch(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *agent = NULL, *interval = NULL;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("agent", 0, agent, "ID", "only this agent's"),
        BH_OPTION_VALUE("interval", 'i', interval, "SECONDS", "how often to look, 1 to 3600 (default: 2)"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "approvals watch",
        .summary = "Show requests as they come, and what becomes of them",
        .details =
            "Begins with what waits now. With --json each request is one line of JSON. Goes on until it is\n"
            "interrupted.",
        .examples = "approvals watch\napprovals watch --agent agent_x --json",
        .exits = "0 interrupted, 1 error",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    int status;
    double seconds = INTERVAL_S;
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    if (interval != NULL && (!bh_options_amount(interval, &seconds) || seconds < 1 || seconds > 3600))
        return bh_options_fail(&usage, "--interval must be a number of seconds from 1 to 3600.");
    if (!bh_client_needs_token(&client))
        return 1;
    const struct sigaction action = {.sa_handler = note_interrupt};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct watch watch = {
        .client = &client, .agent = agent, .waiting = json_object(), .json = arguments.json};
    status = follow(&watch, (long)seconds);
    json_decref(watch.waiting);
    return status;
}
