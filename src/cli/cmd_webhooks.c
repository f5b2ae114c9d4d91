// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "client/body.h"
#include "client/group.h"
#include "client/output.h"
#include "cli/request.h"
#include "cli/webhooks.h"
#include "core/event.h"
#include "lib/json.h"

#define HINT_LIMIT 65536

/* ---- list, show ---- */

static void write_list(const json_t *answer)
{
    static const char *const headings[] = {"webhookId", "url", "events", "status", "created"};
    const json_t *webhooks = json_object_get(answer, "webhooks");
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < json_array_size(webhooks); i++) {
        const json_t *webhook = json_array_get(webhooks, i);
        bh_table_add_value(&table, json_object_get(webhook, "webhookId"));
        bh_table_add_value(&table, json_object_get(webhook, "url"));
        bh_table_add_list(&table, json_object_get(webhook, "events"));
        bh_table_add_value(&table, json_object_get(webhook, "status"));
        bh_table_add_value(&table, json_object_get(webhook, "createdAt"));
    }
    bh_output_write_table(&table);
}

static int run_list(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "webhooks list",
            .summary = "List the webhook endpoints of your account",
            .examples = "webhooks list\nwebhooks list --json"},
        .method = "GET",
        .path = BH_WEBHOOKS_PATH,
        .write = write_list};
    return bh_request_run(&command, argc, argv);
}

/* What has a value, the rest would only be in the way; the secret first, where the answer brings one. */
static void write_webhook(const json_t *answer)
{
    static const char *const secret[] = {"secret"};
    static const char *const keys[] = {"webhookId", "url", "status", "disabledReason", "secretPreview",
        "previousSecretExpiresAt", "failingSince", "lastTriggeredAt", "createdAt", "updatedAt"};
    const json_t *webhook = json_object_get(answer, "webhook");
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    bh_table_add_pairs(&table, answer, secret, BH_COUNT(secret));
    bh_table_add_pairs(&table, webhook, keys, BH_COUNT(keys));
    bh_table_add_text(&table, "events");
    bh_table_add_list(&table, json_object_get(webhook, "events"));
    bh_output_write_table(&table);
}

static void write_view(const json_t *answer)
{
    write_webhook(answer);
    bh_output_write_line("%s", "");
    bh_webhooks_write_deliveries(json_object_get(answer, "deliveries"));
}

static int run_show(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "webhooks show",
            .operands = "<webhookId>",
            .summary = "Show an endpoint and its newest deliveries",
            .examples = "webhooks show wh_x"},
        .method = "GET",
        .path = BH_WEBHOOKS_PATH "/%s",
        .write = write_view};
    return bh_request_run(&command, argc, argv);
}

/* ---- create, update ---- */

static int report_secret(const json_t *answer, void (*write)(const json_t *answer), bool json)
{
    const struct bh_secret_words words = {.member = "secret", .what = "secret", .write = write};
    if (!bh_secret_show(answer, &words, json))
        return 1;
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
    bh_buf_init(out, HINT_LIMIT);
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
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_buf_finish) struct bh_buf types = {0};
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!fill_body(body, url, events))
        return bh_options_fail(&usage, "--events must name at least one type of event.");
    client.hint = hint_types(body, &types);
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(&client, "POST", body, BH_WEBHOOKS_PATH);
    return report_secret(answer, write_webhook, arguments.json);
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
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    if (url == NULL && events == NULL)
        return bh_options_fail(&usage, "Name at least one of --url and --events.");
    BH_CLEANUP(bh_buf_finish) struct bh_buf types = {0};
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!fill_body(body, url, events))
        return bh_options_fail(&usage, "--events must name at least one type of event.");
    client.hint = hint_types(body, &types);
    return bh_output_answer(
        bh_client_ask(&client, "PATCH", body, BH_WEBHOOKS_PATH "/%s", arguments.operands[0]), arguments.json,
        write_webhook);
}

/* ---- what takes an endpoint and nothing else ---- */

static int run_disable(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "webhooks disable",
            .operands = "<webhookId>",
            .summary = "Send no more events to an endpoint; what waits for it is dropped",
            .examples = "webhooks disable wh_x"},
        .method = "POST",
        .path = BH_WEBHOOKS_PATH "/%s/disable",
        .id_member = "webhookId",
        .subject = "Webhook",
        .outcome = "disabled"};
    return bh_request_run(&command, argc, argv);
}

static int run_enable(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "webhooks enable",
            .operands = "<webhookId>",
            .summary = "Send events to a disabled endpoint again, from now on",
            .examples = "webhooks enable wh_x"},
        .method = "POST",
        .path = BH_WEBHOOKS_PATH "/%s/enable",
        .id_member = "webhookId",
        .subject = "Webhook",
        .outcome = "enabled"};
    return bh_request_run(&command, argc, argv);
}

static int run_delete(int argc, char **argv)
{
    static const struct bh_request_command command = {.usage = {.command = "webhooks delete",
                                                          .operands = "<webhookId>",
                                                          .summary = "Remove an endpoint and its secret",
                                                          .examples = "webhooks delete wh_x"},
        .method = "DELETE",
        .path = BH_WEBHOOKS_PATH "/%s",
        .id_member = "webhookId",
        .subject = "Webhook",
        .outcome = "deleted"};
    return bh_request_run(&command, argc, argv);
}

static int run_test(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "webhooks test",
            .operands = "<webhookId>",
            .summary = "Send a webhook.test event to an endpoint",
            .details = "Whether it arrived: `behalf webhooks deliveries <webhookId>`.",
            .examples = "webhooks test wh_x"},
        .method = "POST",
        .path = BH_WEBHOOKS_PATH "/%s/test",
        .id_member = "webhookId",
        .write = bh_output_write_members};
    return bh_request_run(&command, argc, argv);
}

static int run_rotate(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "webhooks rotate-secret",
        .operands = "<webhookId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Make a new secret and show it, once",
        .details = "For 24 hours every request carries the signatures of both secrets.",
        .examples = "webhooks rotate-secret wh_x",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release)
    json_t *answer =
        bh_client_ask(&client, "POST", NULL, BH_WEBHOOKS_PATH "/%s/rotate-secret", arguments.operands[0]);
    return report_secret(answer, bh_output_write_members, arguments.json);
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
