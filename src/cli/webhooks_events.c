// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf webhooks events`, `deliveries` and `replay`.
 */
#include "cli/webhooks.h"

#include "client/output.h"
#include "lib/json.h"

#define PATH_LIMIT 65536

void bh_webhooks_write_deliveries(const json_t *deliveries)
{
    static const char *const headings[] = {
        "when", "eventId", "type", "status", "attempt", "http", "next attempt", "error"};
    static const char *const keys[] = {
        "createdAt", "eventId", "eventType", "status", "attempt", "httpStatus", "nextRetryAt", "error"};
    bh_output_write_rows(deliveries, headings, keys, BH_COUNT(keys));
}

/* ---- events ---- */

struct filter {
    const char *status, *type, *limit, *before;
    bool dead_letter;
};

static json_t *fetch_events(struct bh_client *client, const struct filter *filter)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    bh_buf_add_text(&path, BH_WEBHOOK_EVENTS_PATH);
    bh_client_add_query(&path, "status", filter->status);
    bh_client_add_query(&path, "type", filter->type);
    bh_client_add_query(&path, "deadLetter", filter->dead_letter ? "true" : NULL);
    bh_client_add_query(&path, "limit", filter->limit);
    bh_client_add_query(&path, "before", filter->before);
    return bh_client_call(client, "GET", &path, NULL);
}

static int list_events(struct bh_client *client, const struct filter *filter, bool json)
{
    static const char *const headings[] = {
        "when", "eventId", "type", "agentId", "status", "attempts", "dead letter", "error"};
    static const char *const keys[] = {
        "createdAt", "eventId", "type", "agentId", "status", "attempts", "deadLetter", "lastError"};
    BH_CLEANUP(bh_json_release) json_t *answer = fetch_events(client, filter);
    if (answer == NULL)
        return 1;
    if (json) {
        bh_output_write_json(answer);
        return 0;
    }
    bh_output_write_rows(json_object_get(answer, "events"), headings, keys, BH_COUNT(keys));
    const char *next = json_string_value(json_object_get(answer, "nextBefore"));
    if (next != NULL)
        bh_output_note("Older ones: --before %s", next);
    return 0;
}

static void write_event(const json_t *answer)
{
    bh_output_write_members(json_object_get(answer, "event"));
    bh_output_write_line("%s", "");
    bh_webhooks_write_deliveries(json_object_get(answer, "deliveries"));
}

int bh_webhooks_run_events(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct filter filter = {0};
    const struct bh_option options[] = {
        BH_OPTION_VALUE("status", 0, filter.status, "NAME", "pending, processing, completed or failed"),
        BH_OPTION_VALUE("type", 0, filter.type, "NAME", "one type of event"),
        BH_OPTION_FLAG("dead-letter", 0, filter.dead_letter, "only those that can be replayed"),
        BH_OPTION_VALUE("limit", 0, filter.limit, "N", "1 to 100 events (default: 50)"),
        BH_OPTION_VALUE("before", 0, filter.before, "EVENT", "only older ones than this event"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "webhooks events",
        .operands = "[eventId]",
        .operands_max = 1,
        .summary = "List events and how far they are, newest first; or show one with its deliveries",
        .details = "An event exists only where an endpoint of the account wanted its type.",
        .examples = "webhooks events\nwebhooks events --dead-letter\nwebhooks events evt_x",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    if (arguments.operand_count == 0)
        return list_events(&client, &filter, arguments.json);
    return bh_output_answer(
        bh_client_ask(&client, "GET", NULL, BH_WEBHOOK_EVENTS_PATH "/%s", arguments.operands[0]),
        arguments.json, write_event);
}

/* ---- deliveries ---- */

int bh_webhooks_run_deliveries(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "webhooks deliveries",
        .operands = "<webhookId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "List the 50 newest attempts of an endpoint",
        .examples = "webhooks deliveries wh_x\nwebhooks deliveries wh_x --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(&client, "GET", NULL, BH_WEBHOOKS_PATH "/%s", arguments.operands[0]);
    if (answer == NULL)
        return 1;
    const json_t *deliveries = json_object_get(answer, "deliveries");
    if (arguments.json)
        bh_output_write_json(deliveries);
    else
        bh_webhooks_write_deliveries(deliveries);
    return 0;
}

/* ---- replay ---- */

static int replay_event(struct bh_client *client, const char *id, bool json)
{
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(client, "POST", NULL, BH_WEBHOOK_EVENTS_PATH "/%s/replay", id);
    if (answer == NULL)
        return 1;
    if (json)
        bh_output_write_json(answer);
    else
        bh_output_write_line("Event %s is sent again.", id);
    return 0;
}

/* The server replays a portion with each call. `path` may have a gap for the id. */
static int replay_many(struct bh_client *client, const char *path, const char *id, bool json)
{
    double replayed = 0;
    bool more = true;
    while (more) {
        BH_CLEANUP(bh_json_release)
        json_t *answer = bh_client_ask(client, "POST", NULL, path, id);
        if (answer == NULL) {
            if (replayed > 0)
                bh_output_note("%.0f were sent again before that.", replayed);
            return 1;
        }
        double count = json_number_value(json_object_get(answer, "replayed"));
        more = count > 0 && json_is_true(json_object_get(answer, "more"));
        replayed += count;
    }
    if (json)
        bh_output_write_line("{\"replayed\":%.0f}", replayed);
    else
        bh_output_write_line("%.0f dead-lettered deliveries are sent again.", replayed);
    return 0;
}

int bh_webhooks_run_replay(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *event = NULL;
    bool all = false;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("event", 0, event, "EVENT", "only this event, to each endpoint where it is dead"),
        BH_OPTION_FLAG("all", 0, all, "what is dead at any endpoint of the account"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "webhooks replay",
        .operands = "[webhookId]",
        .operands_max = 1,
        .summary = "Send dead-lettered events again: those of an endpoint, one event, or all",
        .examples = "webhooks replay wh_x\nwebhooks replay --event evt_x\nwebhooks replay --all",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    const char *id = arguments.operands[0];
    if ((id != NULL) + (event != NULL) + all != 1)
        return bh_options_fail(&usage, "Name an endpoint, or --event EVENT, or --all: one of them.");
    if (event != NULL)
        return replay_event(&client, event, arguments.json);
    return replay_many(
        &client, all ? BH_WEBHOOK_EVENTS_PATH "/replay" : BH_WEBHOOKS_PATH "/%s/replay", id, arguments.json);
}
