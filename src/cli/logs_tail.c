// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf logs tail`: the decisions about an agent, or about all of the account, as they are made. A
 * connection that is lost is made again, from where it was, so nothing is shown twice and nothing left out
 * without a word.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/client.h"
#include "cli/log_row.h"
#include "cli/logs_filter.h"
#include "client/output.h"
#include "lib/json.h"

#define LINE_LIMIT (1 << 20)
#define PATH_LIMIT 65536
#define ID_LIMIT 256
#define PAUSE_FIRST_S 1
#define PAUSE_LAST_S 30

static volatile sig_atomic_t interrupted;

struct tail {
    struct bh_buf line;                /* the one that is being received */
    struct bh_buf event, data;         /* fields of the event that is being received */
    char id[ID_LIMIT], last[ID_LIMIT]; /* as received; of the last event that is complete: where we are */
    const struct bh_logs_filter *filter;
    bool of_several; /* agents */
    bool json;
    bool alive; /* something came over this connection */
    bool failed;
};

static void note_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static bool is_interrupted(void *context)
{
    (void)context;
    return interrupted != 0;
}

/* Wide enough for most, so that lines that come one by one stand below each other. */
static void add_padded(const json_t *row, enum bh_log_column column, struct bh_buf *line)
{
    static const size_t widths[BH_LOG_COLUMNS] = {[BH_LOG_WHEN] = 24,
        [BH_LOG_DECISION] = 17,
        [BH_LOG_REQUEST] = 26,
        [BH_LOG_AGENT] = 20,
        [BH_LOG_ACTION] = 20,
        [BH_LOG_VENDOR] = 20,
        [BH_LOG_AMOUNT] = 8,
        [BH_LOG_RISK] = 6};
    size_t start = line->len;
    bh_log_add_cell(row, column, line);
    if (column == BH_LOG_REASON)
        return;
    struct bh_span cell = bh_span_from_index(bh_buf_span(line), start);
    size_t width = 0;
    for (size_t at = 0; at < cell.len; width++)
        (void)bh_span_next_code_point(cell, &at);
    for (; width < widths[column]; width++)
        bh_buf_add_char(line, ' ');
    bh_buf_add_text(line, "  ");
}

static void add_cells(const struct tail *tail, const json_t *row, struct bh_buf *line)
{
    enum bh_log_column columns[BH_LOG_COLUMNS];
    size_t count =
        bh_log_choose(tail->of_several, bh_log_has_approval(row), bh_log_has_execution(row), columns);
    for (size_t i = 0; i < count; i++)
        add_padded(row, columns[i], line);
}

static void show(const struct tail *tail, const json_t *row)
{
    if (!bh_logs_filter_matches(tail->filter, row))
        return;
    BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0};
    bh_buf_init(&line, LINE_LIMIT);
    if (tail->json)
        bh_json_add_value(&line, row);
    else
        add_cells(tail, row, &line);
    bh_output_write_line("%.*s", (int)line.len, bh_buf_span(&line).data);
    fflush(stdout);
}

static void note_gap(void)
{
    bh_output_note("More decisions were made meanwhile than are kept for a reader; `behalf logs` lists all.");
}

/* An empty line ends an event. */
static void finish_event(struct tail *tail)
{
    BH_CLEANUP(bh_json_release) json_t *row = NULL;
    if (bh_span_equal(bh_buf_span(&tail->event), BH_SPAN("gap"))) {
        note_gap();
    } else if (bh_span_equal(bh_buf_span(&tail->event), BH_SPAN("decision")) &&
               bh_json_parse_object(bh_buf_span(&tail->data), &row) == BH_OK) {
        show(tail, row);
    }
    memcpy(tail->last, tail->id, sizeof(tail->last));
    bh_buf_clear(&tail->event);
    bh_buf_clear(&tail->data);
}

static struct bh_span field_of(struct bh_span line, const char *name)
{
    struct bh_span key = bh_span_from(name);
    if (!bh_span_starts_with(line, key) || line.len <= key.len || line.data[key.len] != ':')
        return BH_ABSENT;
    struct bh_span value = bh_span_from_index(line, key.len + 1);
    return value.len > 0 && value.data[0] == ' ' ? bh_span_from_index(value, 1) : value;
}

static void finish_line(struct tail *tail)
{
    struct bh_span line = bh_buf_span(&tail->line);
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    struct bh_span id = field_of(line, "id");
    if (line.len == 0)
        finish_event(tail);
    else if (!bh_span_is_absent(id))
        snprintf(tail->id, sizeof(tail->id), "%.*s", id.len < ID_LIMIT ? (int)id.len : 0, id.data);
    else if (!bh_span_is_absent(field_of(line, "event")))
        bh_buf_add(&tail->event, field_of(line, "event"));
    else if (!bh_span_is_absent(field_of(line, "data")))
        bh_buf_add(&tail->data, field_of(line, "data"));
    bh_buf_clear(&tail->line);
}

static bool take(void *context, struct bh_span piece)
{
    struct tail *tail = context;
    tail->alive = true;
    for (size_t i = 0; i < piece.len; i++) {
        if (piece.data[i] == '\n')
            finish_line(tail);
        else
            bh_buf_add_char(&tail->line, piece.data[i]);
    }
    tail->failed = tail->line.failed || tail->event.failed || tail->data.failed;
    return interrupted == 0 && !tail->failed;
}

static void pause_s(int seconds)
{
    bh_output_note("Connection lost; trying again in %d s.", seconds);
    struct timespec left = {.tv_sec = seconds};
    while (interrupted == 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

/* What was received in part belongs to the connection that is lost. */
static void forget_part(struct tail *tail)
{
    bh_buf_clear(&tail->line);
    bh_buf_clear(&tail->event);
    bh_buf_clear(&tail->data);
    tail->alive = false;
}

static int follow(struct bh_client *client, const struct bh_buf *path, struct tail *tail)
{
    struct bh_follower follower = {.take = take, .stopped = is_interrupted, .context = tail};
    int seconds = PAUSE_FIRST_S;
    while (interrupted == 0) {
        follower.last_event_id = tail->last[0] == 0 ? NULL : tail->last;
        enum bh_follow_end end = bh_client_follow(client, path, &follower);
        if (tail->failed) {
            bh_output_error(
                BH_SPAN("bad_response"), BH_SPAN("The server sent an event that is too large."), BH_ABSENT);
            return 1;
        }
        if (end == BH_FOLLOW_FAILED && interrupted == 0)
            return 1;
        if (end == BH_FOLLOW_LOST) {
            seconds = tail->alive ? PAUSE_FIRST_S : seconds;
            pause_s(seconds);
            seconds = 2 * seconds < PAUSE_LAST_S ? 2 * seconds : PAUSE_LAST_S;
        }
        follower.persistent = true; /* it has been reached once */
        forget_part(tail);
    }
    return 0;
}

/* A wrong id would be waited for without end. */
static bool agent_exists(struct bh_client *client, const char *agent_id)
{
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(client, "GET", NULL, "/api/dashboard/agents/%s", agent_id);
    return answer != NULL;
}

/* The stream to listen to; false with the error printed. */
static bool add_path(struct bh_client *client, struct bh_logs_filter *filter, struct bh_buf *path)
{
    if (bh_logs_is_account_wide(client, filter->agent)) {
        bh_buf_add_text(path, "/api/dashboard/logs/stream");
        return filter->agent == NULL || agent_exists(client, filter->agent);
    }
    filter->agent = bh_client_agent_id(client, filter->agent);
    if (filter->agent == NULL || !bh_client_needs_key(client))
        return false;
    bh_client_add_path(path, "/api/logs/", filter->agent, "/stream");
    return true;
}

static int tail_logs(struct bh_client *client, struct bh_logs_filter *filter, const char *after, bool json)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    struct tail tail = {.filter = filter, .json = json};
    bh_buf_init(&path, PATH_LIMIT);
    if (!add_path(client, filter, &path))
        return 1;
    tail.of_several = filter->agent == NULL;
    bh_buf_init(&tail.line, LINE_LIMIT);
    bh_buf_init(&tail.event, ID_LIMIT);
    bh_buf_init(&tail.data, LINE_LIMIT);
    bh_client_add_query(&path, "after", after);
    int status = follow(client, &path, &tail);
    bh_buf_finish(&tail.line);
    bh_buf_finish(&tail.event);
    bh_buf_finish(&tail.data);
    return status;
}

int bh_cmd_logs_tail(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct bh_logs_filter filter = {0};
    const char *after = NULL;
    const char *interval = NULL;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("agent", 0, filter.agent, "ID", "the agent, instead of [agentId]"),
        BH_OPTION_FLAG("allowed", 0, filter.allowed, "only what is allowed"),
        BH_OPTION_FLAG("denied", 0, filter.denied, "only what is not allowed"),
        BH_OPTION_VALUE("risk", 0, filter.risk, "NAME", "only low, medium or high"),
        BH_OPTION_VALUE("action", 0, filter.action, "NAME", "only this action"),
        BH_OPTION_VALUE("after", 0, after, "REQUEST", "begin with the decisions after this one"),
        BH_OPTION_VALUE("interval", 'i', interval, "SECONDS", "ignored: decisions come as they are made"),
        BH_OPTION_API_KEY(flags),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "logs tail",
        .operands = "[agentId]",
        .operands_max = 1,
        .summary = "Show decisions as they are made",
        .details =
            "Without [agentId]: signed in or with a developer token, those of the whole account; with an\n"
            "agent's key, those of the agent of the configuration or of BEHALFID_AGENT_ID. With --json each\n"
            "decision is one line of JSON. Goes on until it is interrupted.",
        .examples = "logs tail\nlogs tail agent_x --denied --json",
        .exits = "0 interrupted, 1 error",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    const struct sigaction action = {.sa_handler = note_interrupt};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (arguments.operands[0] != NULL)
        filter.agent = arguments.operands[0];
    status = bh_logs_filter_check(&usage, &filter);
    return status == 0 ? tail_logs(&client, &filter, after, arguments.json) : status;
}
