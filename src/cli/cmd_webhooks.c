// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "client/body.h"
#include "client/group.h"
#include "client/output.h"
#include "cli/webhooks.h"
#include "core/event.h"
#include "lib/json.h"

#define PATH_LIMIT 4096
#define CELL_LIMIT 65536

bool bh_webhooks_begin(const struct bh_usage *usage, int argc, char **argv,
    const struct bh_client_flags *flags, struct bh_arguments *ret_arguments, struct bh_client *ret_client,
    int *ret_status)
{
    if (!bh_client_begin(usage, argc, argv, flags, ret_arguments, ret_client, ret_status))
        return false;
    if (bh_client_needs_token(ret_client))
        return true;
    bh_client_finish(ret_client);
    *ret_status = 1;
    return false;
}

json_t *bh_webhooks_call(struct bh_client *client, const char *method, const char *before, const char *id,
    const char *after, const json_t *body)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    if (id == NULL)
        bh_buf_add_text(&path, before);
    else
        bh_client_add_path(&path, before, id, after);
    return bh_client_call(client, method, &path, body);
}

void bh_webhooks_join(const json_t *array, struct bh_buf *out)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            bh_buf_add_char(out, ',');
        bh_buf_add(out, bh_json_text(json_array_get(array, i)));
    }
}

static void add_events_cell(struct bh_table *table, const json_t *webhook)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf events = {0};
    bh_buf_init(&events, CELL_LIMIT);
    bh_webhooks_join(json_object_get(webhook, "events"), &events);
    bh_table_add(table, bh_buf_span(&events));
}

/* ---- list, show ---- */

static int list(struct bh_client *client, bool json)
{
    static const char *const headings[] = {"webhookId", "url", "events", "status", "created"};
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_webhooks_call(client, "GET", BH_WEBHOOKS_PATH, NULL, NULL, NULL);
    if (answer == NULL)
        return 1;
    if (json) {
        bh_output_write_json(answer);
        return 0;
    }
    const json_t *webhooks = json_object_get(answer, "webhooks");
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < json_array_size(webhooks); i++) {
        const json_t *webhook = json_array_get(webhooks, i);
        bh_table_add_value(&table, json_object_get(webhook, "webhookId"));
        bh_table_add_value(&table, json_object_get(webhook, "url"));
        add_events_cell(&table, webhook);
        bh_table_add_value(&table, json_object_get(webhook, "status"));
        bh_table_add_value(&table, json_object_get(webhook, "createdAt"));
    }
    bh_output_write_table(&table);
    return 0;
}

static int run_list(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "webhooks list",
        .summary = "List the webhook endpoints of your account",
        .examples = "webhooks list\nwebhooks list --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    struct bh_client client;
    if (!bh_webhooks_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    status = list(&client, arguments.json);
    bh_client_finish(&client);
    return status;
}

/* What has a value; the rest would only be in the way. */
static void add_webhook(struct bh_table *table, const json_t *webhook)
{
    static const char *const keys[] = {"webhookId", "url", "status", "disabledReason", "secretPreview",
        "previousSecretExpiresAt", "failingSince", "lastTriggeredAt", "createdAt", "updatedAt"};
    for (size_t i = 0; i < BH_COUNT(keys); i++) {
        const json_t *value = json_object_get(webhook, keys[i]);
        if (value != NULL && !json_is_null(value))
            bh_table_add_pair(table, keys[i], value);
    }
    bh_table_add_text(table, "events");
    add_events_cell(table, webhook);
}

static void write_webhook(const json_t *webhook)
{
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    add_webhook(&table, webhook);
    bh_output_write_table(&table);
}

static int show(struct bh_client *client, const char *id, bool json)
{
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_webhooks_call(client, "GET", BH_WEBHOOKS_PATH "/", id, "", NULL);
    if (answer == NULL)
        return 1;
    if (json) {
        bh_output_write_json(answer);
        return 0;
    }
    write_webhook(json_object_get(answer, "webhook"));
    bh_output_write_line("%s", "");
    bh_webhooks_write_deliveries(json_object_get(answer, "deliveries"));
    return 0;
}

static int run_show(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "webhooks show",
        .operands = "<webhookId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Show an endpoint and its newest deliveries",
        .examples = "webhooks show wh_x",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    struct bh_client client;
    if (!bh_webhooks_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    status = show(&client, arguments.operands[0], arguments.json);
    bh_client_finish(&client);
    return status;
}

/* ---- create, update ---- */

static void write_created(const json_t *webhook, const json_t *secret)
{
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    bh_table_add_pair(&table, "secret", secret);
    add_webhook(&table, webhook);
    bh_output_write_table(&table);
}

/* The secret is shown before anything else can fail: it cannot be had again. */
static int report_secret(const json_t *answer, const json_t *webhook, bool json)
{
    if (bh_json_member_text(answer, "secret").len == 0) {
        bh_output_error(
            BH_SPAN("bad_response"), BH_SPAN("The answer of the server has no secret."), BH_ABSENT);
        return 1;
    }
    if (json)
        bh_output_write_json(answer);
    else if (webhook == NULL)
        bh_output_write_members(answer);
    else
        write_created(webhook, json_object_get(answer, "secret"));
    fflush(stdout);
    bh_output_note("The secret is not shown again: keep it where the endpoint verifies signatures.");
    return 0;
}

static bool fill_body(json_t *body, const char *url, const char *events)
{
    return bh_body_set_text(body, "url", url) && bh_body_set_list(body, "events", events);
}

/* The types that there are, if one in the body is none of them; else absent. */
static const char *hint_types(const json_t *body, struct bh_buf *out)
{
    size_t at;
    const json_t *type;
    enum bh_event_type ignored;
    bool known = true;
    json_array_foreach(json_object_get(body, "events"), at, type)
    {
        known = known && bh_event_type_find(bh_json_text(type), &ignored);
    }
    if (known)
        return NULL;
    bh_buf_init(out, CELL_LIMIT);
    bh_buf_add_text(out, "Types of events: ");
    for (enum bh_event_type each = 0; each < BH_EVENT_TYPES; each++)
        bh_buf_addf(out, "%s%s", each == 0 ? "" : ", ", bh_event_type_text(each));
    bh_buf_add_text(out, ".");
    bh_buf_add_char(out, 0);
    return out->failed ? NULL : out->data;
}

static int run_create(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *url = NULL;
    const char *events = NULL;
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("url", 'u', url, "URL", "where events are sent"),
        BH_OPTION_REQUIRED("events", 'e', events, "LIST", "types of event, separated by commas"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "webhooks create",
        .summary = "Create an endpoint and show its secret, once",
        .details = "`webhooks list --json` names all types of event.",
        .examples = "webhooks create --url https://example.com/behalfid --events "
                    "approval.requested,verification.denied",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status = 1;
    struct bh_client client;
    if (!bh_webhooks_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_buf_finish) struct bh_buf types = {0};
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    BH_CLEANUP(bh_json_release) json_t *answer = NULL;
    bool filled = fill_body(body, url, events);
    client.hint = hint_types(body, &types);
    if (!filled)
        status = bh_options_fail(&usage, "--events must name at least one type of event.");
    else
        answer = bh_webhooks_call(&client, "POST", BH_WEBHOOKS_PATH, NULL, NULL, body);
    if (answer != NULL)
        status = report_secret(answer, json_object_get(answer, "webhook"), arguments.json);
    bh_client_finish(&client);
    return status;
}

static int run_update(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *url = NULL;
    const char *events = NULL;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("url", 'u', url, "URL", "where events are sent (default: as it is)"),
        BH_OPTION_VALUE(
            "events", 'e', events, "LIST", "types of event, separated by commas (default: as they are)"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "webhooks update",
        .operands = "<webhookId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Change the address or the events of an endpoint",
        .examples = "webhooks update wh_x --events agent.created,agent.disabled",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status = 1;
    struct bh_client client;
    if (!bh_webhooks_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_buf_finish) struct bh_buf types = {0};
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    BH_CLEANUP(bh_json_release) json_t *answer = NULL;
    bool filled = fill_body(body, url, events);
    client.hint = hint_types(body, &types);
    status = 1;
    if (url == NULL && events == NULL)
        status = bh_options_fail(&usage, "Name at least one of --url and --events.");
    else if (!filled)
        status = bh_options_fail(&usage, "--events must name at least one type of event.");
    else
        answer = bh_webhooks_call(&client, "PATCH", BH_WEBHOOKS_PATH "/", arguments.operands[0], "", body);
    if (answer != NULL) {
        status = 0;
        if (arguments.json)
            bh_output_write_json(answer);
        else
            write_webhook(json_object_get(answer, "webhook"));
    }
    bh_client_finish(&client);
    return status;
}

/* ---- what takes an endpoint and nothing else ---- */

struct verb {
    struct bh_usage usage; /* without operands and options */
    const char *method, *suffix;
    const char *done; /* what people read; %s = the endpoint. NULL: the answer is shown */
};

static int report(const struct verb *verb, json_t *answer, const char *id, bool json)
{
    if (json_object_get(answer, "secret") != NULL)
        return report_secret(answer, NULL, json);
    if (json) {
        if (!bh_body_set_text(answer, "webhookId", id))
            return bh_output_no_memory();
        bh_output_write_json(answer);
    } else if (verb->done == NULL) {
        bh_output_write_members(answer);
    } else {
        bh_output_write_line("Webhook %s %s.", id, verb->done);
    }
    return 0;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    struct bh_usage usage = verb->usage;
    usage.operands = "<webhookId>";
    usage.operands_min = 1;
    usage.operands_max = 1;
    usage.options = options;
    usage.option_count = BH_COUNT(options);
    struct bh_arguments arguments;
    int status;
    struct bh_client client;
    if (!bh_webhooks_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    const char *id = arguments.operands[0];
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_webhooks_call(&client, verb->method, BH_WEBHOOKS_PATH "/", id, verb->suffix, NULL);
    status = answer == NULL ? 1 : report(verb, answer, id, arguments.json);
    bh_client_finish(&client);
    return status;
}

static int run_disable(int argc, char **argv)
{
    static const struct verb verb = {.usage = {.command = "webhooks disable",
                                         .summary = "Send no more events to an endpoint; what waits for it "
                                                    "is dropped",
                                         .examples = "webhooks disable wh_x"},
        .method = "POST",
        .suffix = "/disable",
        .done = "disabled"};
    return run_verb(&verb, argc, argv);
}

static int run_enable(int argc, char **argv)
{
    static const struct verb verb = {.usage = {.command = "webhooks enable",
                                         .summary = "Send events to a disabled endpoint again, from now on",
                                         .examples = "webhooks enable wh_x"},
        .method = "POST",
        .suffix = "/enable",
        .done = "enabled"};
    return run_verb(&verb, argc, argv);
}

static int run_delete(int argc, char **argv)
{
    static const struct verb verb = {.usage = {.command = "webhooks delete",
                                         .summary = "Remove an endpoint and its secret",
                                         .examples = "webhooks delete wh_x"},
        .method = "DELETE",
        .suffix = "",
        .done = "deleted"};
    return run_verb(&verb, argc, argv);
}

static int run_rotate(int argc, char **argv)
{
    static const struct verb verb = {
        .usage = {.command = "webhooks rotate-secret",
            .summary = "Make a new secret and show it, once",
            .details = "For 24 hours every request carries the signatures of both secrets.",
            .examples = "webhooks rotate-secret wh_x"},
        .method = "POST",
        .suffix = "/rotate-secret"};
    return run_verb(&verb, argc, argv);
}

static int run_test(int argc, char **argv)
{
    static const struct verb verb = {
        .usage = {.command = "webhooks test",
            .summary = "Send a webhook.test event to an endpoint",
            .details = "Whether it arrived: `behalf webhooks deliveries <webhookId>`.",
            .examples = "webhooks test wh_x"},
        .method = "POST",
        .suffix = "/test"};
    return run_verb(&verb, argc, argv);
}

int bh_cmd_webhooks(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, "List the endpoints of your account"},
        {"create", run_create, "Create an endpoint and show its secret, once"},
        {"show", run_show, "Show an endpoint and its newest deliveries"},
        {"update", run_update, "Change the address or the events of an endpoint"},
        {"enable", run_enable, "Send events to a disabled endpoint again"},
        {"disable", run_disable, "Send no more events to an endpoint"},
        {"rotate-secret", run_rotate, "Make a new secret"},
        {"delete", run_delete, "Remove an endpoint"},
        {"test", run_test, "Send a test event to an endpoint"},
        {"events", bh_webhooks_run_events, "List events and how far they are"},
        {"deliveries", bh_webhooks_run_deliveries, "List the newest attempts of an endpoint"},
        {"replay", bh_webhooks_run_replay, "Send dead-lettered events again"},
        {"listen", bh_webhooks_run_listen, "Print events as they happen, or pass them on"},
    };
    const struct bh_command_group group = {.name = "behalf webhooks",
        .summary = "Manage webhook endpoints and look at events",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
