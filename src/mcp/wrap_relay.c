// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_relay.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/output.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "mcp/line.h"
#include "mcp/wrap_hide.h"

#define OUT_HIGH ((size_t)8 << 20) /* nothing more is read for a side that has so much before it */
#define OUT_LIMIT (OUT_HIGH + BH_WRAP_SERVER_LINE + BH_WRAP_HELD_BYTES + BH_WRAP_REPLY_BYTES)
#define ID_TEXT (BH_WRAP_ID_BYTES * 8)
#define PROGRESS_MS 5000
#define SERVER_GONE (-32000)
#define TOO_LARGE (-32000)
#define NOTES_MAX 100 /* of what is not passed on; more would only fill somebody's log */

bool bh_wrap_relay_init(struct bh_wrap_relay *relay, const struct bh_wrap_options *options)
{
    relay->options = options;
    bh_wrap_input_init(&relay->client_in, STDIN_FILENO, BH_LINE_LIMIT);
    bh_wrap_output_init(&relay->client_out, STDOUT_FILENO, OUT_LIMIT);
    bh_buf_init(&relay->cwd, 8192);
    char *cwd = getcwd(NULL, 0);
    if (cwd != NULL) {
        bh_buf_add_text(&relay->cwd, cwd);
        bh_buf_add_char(&relay->cwd, 0);
    }
    free(cwd);
    return bh_wrap_asker_init(
        &relay->asker, options->flags, options->agent_id, options->server, options->wait_s);
}

void bh_wrap_relay_attach(struct bh_wrap_relay *relay, int server_input, int server_output)
{
    bh_wrap_output_init(&relay->server_out, server_input, OUT_LIMIT);
    bh_wrap_input_init(&relay->server_in, server_output, BH_WRAP_SERVER_LINE);
}

void bh_wrap_relay_finish(struct bh_wrap_relay *relay)
{
    bh_wrap_opens_finish(&relay->opens);
    bh_wrap_asker_finish(&relay->asker);
    bh_wrap_input_finish(&relay->client_in);
    bh_wrap_input_finish(&relay->server_in);
    bh_wrap_output_finish(&relay->client_out);
    bh_wrap_output_finish(&relay->server_out);
    bh_buf_finish(&relay->cwd);
}

bool bh_wrap_relay_takes_client(const struct bh_wrap_relay *relay)
{
    return bh_wrap_output_left(&relay->server_out) < OUT_HIGH &&
           bh_wrap_output_left(&relay->client_out) < OUT_HIGH;
}

bool bh_wrap_relay_takes_server(const struct bh_wrap_relay *relay)
{
    return bh_wrap_output_left(&relay->client_out) < OUT_HIGH;
}

static void note(struct bh_wrap_relay *relay, struct bh_span what)
{
    if (relay->notes++ < NOTES_MAX)
        bh_output_note("behalf mcp wrap: not passed on: %.*s", (int)what.len, what.data);
}

/* A line whose stream ended before its end gets one, so that nothing is joined to it. */
static void add_whole(struct bh_wrap_output *output, struct bh_span line)
{
    bh_wrap_output_add(output, line);
    if (line.len == 0 || line.data[line.len - 1] != '\n')
        bh_wrap_output_add(output, BH_SPAN("\n"));
}

/* ---- calls ---- */

static struct bh_wrap_place place_of(const struct bh_wrap_relay *relay)
{
    return (struct bh_wrap_place){.server = relay->options->server,
        .cwd = relay->cwd.len > 0 ? relay->cwd.data : NULL,
        .home = bh_client_environment("HOME")};
}

static void refuse_call(
    struct bh_wrap_relay *relay, const json_t *params, struct bh_span id, struct bh_span problem)
{
    const struct bh_wrap_about about = {.id = id,
        .server = relay->options->server,
        .tool = json_string_value(json_object_get(params, "name")),
        .base_url = "",
        .is_task = json_object_get(params, "task") != NULL};
    BH_CLEANUP(bh_buf_finish) struct bh_buf reply = {0};
    bh_buf_init(&reply, BH_WRAP_TEXT_BYTES * 2);
    bh_wrap_add_unknown(&reply, &about, problem);
    bh_wrap_output_add_line(&relay->client_out, bh_buf_span(&reply));
}

static char *copy_text(struct bh_span text)
{
    return strndup(text.data, text.len);
}

/* A token that can be sent back exactly; others are not answered with progress. */
static char *copy_token(const json_t *params)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, ID_TEXT);
    const json_t *token = json_object_get(json_object_get(params, "_meta"), "progressToken");
    return bh_wrap_id_text(token, &text) ? copy_text(bh_buf_span(&text)) : NULL;
}

static struct bh_wrap_job *make_job(struct bh_span line, struct bh_span id)
{
    struct bh_wrap_job *job = calloc(1, sizeof(*job));
    if (job == NULL)
        return NULL;
    bh_buf_init(&job->reply, BH_WRAP_TEXT_BYTES * 2);
    job->id = copy_text(id);
    job->line = malloc(line.len + 1);
    job->line_len = line.len;
    if (job->id == NULL || job->line == NULL) {
        bh_wrap_job_destroy(job);
        return NULL;
    }
    memcpy(job->line, line.data, line.len);
    return job;
}

/* Takes the job over. */
static bool start_job(struct bh_wrap_relay *relay, struct bh_wrap_job *job)
{
    bool room = relay->opens.judging < BH_WRAP_JUDGING_MAX &&
                relay->opens.held_bytes + job->line_len <= BH_WRAP_HELD_BYTES;
    if (!room || bh_wrap_opens_add(&relay->opens, bh_span_from(job->id), job) == NULL) {
        bh_wrap_job_destroy(job);
        return false;
    }
    bh_wrap_asker_put(&relay->asker, job);
    return true;
}

static void take_call(
    struct bh_wrap_relay *relay, const json_t *message, struct bh_span line, struct bh_span id)
{
    const json_t *params = json_object_get(message, "params");
    const struct bh_wrap_place place = place_of(relay);
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    bh_buf_init(&problem, 4096);
    struct bh_wrap_job *job = make_job(line, id);
    if (job == NULL) {
        refuse_call(relay, params, id, BH_SPAN("There is not enough memory."));
        return;
    }
    if (!bh_wrap_asking_init(&job->asking, relay->options->map, &place, params, id, &problem)) {
        bh_wrap_job_destroy(job);
        refuse_call(relay, params, id, bh_buf_span(&problem));
        return;
    }
    job->is_task = json_object_get(params, "task") != NULL;
    job->progress_token = copy_token(params);
    if (!start_job(relay, job))
        refuse_call(relay, params, id, BH_SPAN("Too many calls are being decided at once. Try again later."));
}

static void take_list(struct bh_wrap_relay *relay, struct bh_span line, struct bh_span id)
{
    struct bh_wrap_job *job = make_job(line, id);
    if (job != NULL)
        job->is_list = true;
    if (job == NULL || !start_job(relay, job))
        add_whole(&relay->server_out, line);
}

/* ---- from the client ---- */

/* Requests that the server gets, so that they can be answered when it ends. */
static void note_open(struct bh_wrap_relay *relay, const json_t *message)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf id = {0};
    bh_buf_init(&id, ID_TEXT);
    if (json_object_get(message, "method") == NULL || !bh_wrap_id_text(json_object_get(message, "id"), &id))
        return;
    if (bh_wrap_opens_find(&relay->opens, bh_buf_span(&id)) == NULL)
        (void)bh_wrap_opens_add(&relay->opens, bh_buf_span(&id), NULL);
}

/* True when the call was still in our hands: then the server need not hear of it. */
static bool cancel(struct bh_wrap_relay *relay, const json_t *message)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf id = {0};
    bh_buf_init(&id, ID_TEXT);
    const json_t *params = json_object_get(message, "params");
    struct bh_wrap_open *open = bh_wrap_id_text(json_object_get(params, "requestId"), &id)
                                    ? bh_wrap_opens_find(&relay->opens, bh_buf_span(&id))
                                    : NULL;
    if (open == NULL || open->job == NULL)
        return false;
    atomic_store(&open->job->cancelled, true);
    bh_wrap_opens_remove(&relay->opens, open);
    return true;
}

static void pass(struct bh_wrap_relay *relay, const json_t *message, struct bh_span line)
{
    size_t i;
    const json_t *item;
    json_array_foreach(message, i, item)
    {
        if (bh_span_equal(bh_json_member_text(item, "method"), BH_SPAN("notifications/cancelled")))
            (void)cancel(relay, item);
        note_open(relay, item);
    }
    note_open(relay, message);
    add_whole(&relay->server_out, line);
}

static void take_decided(
    struct bh_wrap_relay *relay, const struct bh_wrap_judged *judged, struct bh_span line)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf id = {0};
    bh_buf_init(&id, ID_TEXT);
    bool known = bh_wrap_id_text(json_object_get(judged->message, "id"), &id);
    bool is_call = judged->kind == BH_WRAP_CALL;
    bool is_open = known && bh_wrap_opens_find(&relay->opens, bh_buf_span(&id)) != NULL;
    if (is_call && is_open) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf reply = {0};
        bh_buf_init(&reply, ID_TEXT * 2);
        /* Without the id: it would pass for the answer to the request that is open. */
        bh_wrap_add_error(&reply, BH_ABSENT, -32600,
            BH_SPAN("The id of this tools/call is that of a request without an answer."));
        bh_wrap_output_add_line(&relay->client_out, bh_buf_span(&reply));
    } else if (is_call) {
        take_call(relay, judged->message, line, bh_buf_span(&id));
    } else if (relay->options->hide_denied && known && !is_open) {
        take_list(relay, line, bh_buf_span(&id));
    } else {
        pass(relay, judged->message, line);
    }
}

static void take_line(struct bh_wrap_relay *relay, struct bh_span line)
{
    struct bh_wrap_judged judged;
    struct bh_span text = line;
    if (text.len > 0 && text.data[text.len - 1] == '\n')
        text.len--;
    bh_wrap_judge(text, relay->options->hide_denied, &judged);
    switch (judged.kind) {
    case BH_WRAP_REFUSE:
        if (judged.reply.len > 0)
            bh_wrap_output_add_line(&relay->client_out, bh_buf_span(&judged.reply));
        note(relay, bh_span_from(judged.why));
        break;
    case BH_WRAP_PASS:
        pass(relay, judged.message, line);
        break;
    case BH_WRAP_CALL:
    case BH_WRAP_LIST:
        take_decided(relay, &judged, line);
        break;
    case BH_WRAP_CANCEL:
        if (!cancel(relay, judged.message))
            pass(relay, judged.message, line);
        break;
    }
    bh_wrap_judged_finish(&judged);
}

/* The answer to what was too long to be kept; nothing for a notification or an answer. */
static void answer_too_long(struct bh_wrap_relay *relay, struct bh_wrap_output *output,
    const struct bh_wrap_id_scan *scan, const char *who, size_t limit)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf id = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf why = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf reply = {0};
    bh_buf_init(&id, ID_TEXT);
    bh_buf_init(&why, 256);
    bh_buf_init(&reply, 4096);
    bool known = bh_wrap_id_scan_end(scan, &id);
    bh_buf_addf(&why, "A line of the %s is larger than %zu bytes and was not passed on.", who, limit);
    bh_wrap_add_error(&reply, known ? bh_buf_span(&id) : BH_ABSENT, TOO_LARGE, bh_buf_span(&why));
    bh_wrap_output_add_line(output, bh_buf_span(&reply));
    note(relay, bh_buf_span(&why));
}

void bh_wrap_relay_from_client(struct bh_wrap_relay *relay)
{
    struct bh_span line;
    enum bh_wrap_got got;
    while ((got = bh_wrap_input_next(&relay->client_in, &line)) != BH_WRAP_GOT_NOTHING) {
        if (got == BH_WRAP_GOT_LINE)
            take_line(relay, line);
        else
            answer_too_long(relay, &relay->client_out, &relay->client_in.scan, "client", BH_LINE_LIMIT);
    }
}

/* ---- from the server ---- */

/* Takes note of one answer. False: it is none that the server could give. */
static bool close_open(struct bh_wrap_relay *relay, json_t *message, size_t *hidden)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf id = {0};
    bh_buf_init(&id, ID_TEXT);
    if (!json_is_object(message) || json_object_get(message, "method") != NULL ||
        !bh_wrap_id_text(json_object_get(message, "id"), &id))
        return true;
    struct bh_wrap_open *open = bh_wrap_opens_find(&relay->opens, bh_buf_span(&id));
    if (open == NULL)
        return true;
    if (open->job != NULL)
        return false;
    if (open->policy != NULL)
        *hidden += bh_wrap_hide(message, open->policy, relay->options->map, relay->options->server);
    bh_wrap_opens_remove(&relay->opens, open);
    return true;
}

static void add_json_line(struct bh_wrap_output *output, const json_t *message)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_WRAP_SERVER_LINE * 6);
    bh_json_add_value(&text, message);
    bh_wrap_output_add_line(output, bh_buf_span(&text));
}

static void take_answer(struct bh_wrap_relay *relay, struct bh_span line)
{
    BH_CLEANUP(bh_json_release) json_t *message = NULL;
    size_t hidden = 0, i;
    json_t *item;
    bool usable = true;
    struct bh_span text = bh_span_trim(line);
    if (relay->opens.count > 0 && bh_json_parse(text, &message) != BH_OK)
        message = NULL; /* garbage is for the client to judge, as without us */
    json_array_foreach(message, i, item) usable &= close_open(relay, item, &hidden);
    usable &= close_open(relay, message, &hidden);
    if (!usable)
        note(relay, BH_SPAN("an answer to a call that the server does not have."));
    else if (hidden > 0)
        add_json_line(&relay->client_out, message);
    else
        add_whole(&relay->client_out, line);
}

static void take_long_answer(struct bh_wrap_relay *relay)
{
    const struct bh_wrap_id_scan *scan = &relay->server_in.scan;
    BH_CLEANUP(bh_buf_finish) struct bh_buf id = {0};
    bh_buf_init(&id, ID_TEXT);
    struct bh_wrap_output *to = scan->has_method ? &relay->server_out : &relay->client_out;
    answer_too_long(relay, to, scan, "server", BH_WRAP_SERVER_LINE);
    struct bh_wrap_open *open = !scan->has_method && bh_wrap_id_scan_end(scan, &id)
                                    ? bh_wrap_opens_find(&relay->opens, bh_buf_span(&id))
                                    : NULL;
    if (open != NULL && open->job == NULL)
        bh_wrap_opens_remove(&relay->opens, open);
}

void bh_wrap_relay_from_server(struct bh_wrap_relay *relay)
{
    struct bh_span line;
    enum bh_wrap_got got;
    while ((got = bh_wrap_input_next(&relay->server_in, &line)) != BH_WRAP_GOT_NOTHING) {
        if (got == BH_WRAP_GOT_LINE)
            take_answer(relay, line);
        else
            take_long_answer(relay);
    }
}

/* ---- what was decided ---- */

static void settle_job(struct bh_wrap_relay *relay, struct bh_wrap_job *job)
{
    struct bh_wrap_open *open = bh_wrap_opens_find(&relay->opens, bh_span_from(job->id));
    if (atomic_load(&job->cancelled) || open == NULL || open->job != job)
        return;
    if (!job->allowed) {
        bh_wrap_opens_remove(&relay->opens, open);
        bh_wrap_output_add_line(&relay->client_out, bh_buf_span(&job->reply));
        return;
    }
    bh_wrap_opens_pass(&relay->opens, open);
    open->policy = json_incref(job->policy);
    add_whole(&relay->server_out, (struct bh_span){job->line, job->line_len});
}

static void send_progress(struct bh_wrap_relay *relay, struct bh_wrap_job *job, int64_t now_ms)
{
    if (job->progress_token == NULL || !atomic_load(&job->is_waiting) || now_ms < job->progress_at_ms)
        return;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_WRAP_TEXT_BYTES);
    double all = (double)(job->waits_until_ms - job->waits_from_ms) + 1000;
    double part = ((double)(now_ms - job->waits_from_ms) + 1) / all;
    int64_t left_ms = job->waits_until_ms - now_ms;
    if (left_ms <= 0)
        return;
    bh_wrap_add_progress(
        &text, bh_span_from(job->progress_token), part, job->approval_id, (int)(left_ms / 1000));
    bh_wrap_output_add_line(&relay->client_out, bh_buf_span(&text));
    job->progress_at_ms = now_ms + PROGRESS_MS;
}

void bh_wrap_relay_settle(struct bh_wrap_relay *relay)
{
    struct bh_wrap_job *job;
    int64_t now_ms = bh_clock_steady_ms();
    while ((job = bh_wrap_asker_take(&relay->asker)) != NULL) {
        settle_job(relay, job);
        bh_wrap_job_destroy(job);
    }
    for (size_t i = 0; relay->opens.judging > 0 && i < relay->opens.count; i++) {
        if (relay->opens.items[i].job != NULL)
            send_progress(relay, relay->opens.items[i].job, now_ms);
    }
}

void bh_wrap_relay_fail_open(struct bh_wrap_relay *relay, struct bh_span why)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf reply = {0};
    bh_buf_init(&reply, BH_WRAP_TEXT_BYTES);
    while (relay->opens.count > 0) {
        struct bh_wrap_open *open = &relay->opens.items[relay->opens.count - 1];
        if (open->job != NULL)
            atomic_store(&open->job->cancelled, true);
        bh_buf_clear(&reply);
        bh_wrap_add_error(&reply, bh_span_from(open->id), SERVER_GONE, why);
        bh_wrap_output_add_line(&relay->client_out, bh_buf_span(&reply));
        bh_wrap_opens_remove(&relay->opens, open);
    }
}
