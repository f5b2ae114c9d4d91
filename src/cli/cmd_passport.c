// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf passport`: what an agent may do, for models that are told instead of asking; and its link.
 */
#include "cli/commands.h"

#include <string.h>

#include "client/body.h"
#include "client/group.h"
#include "client/output.h"
#include "cli/passport_verify.h"
#include "cli/people.h"
#include "core/passport.h"
#include "lib/json.h"

#define PATH_LIMIT 4096
#define LINK "/api/dashboard/agents/%s/passport"

/* ---- show ---- */

struct view {
    struct bh_client_flags flags;
    const char *token, *format;
};

static void write_head(const json_t *document)
{
    static const char *const keys[] = {
        "agentId", "name", "agentType", "provider", "connectionStatus", "description"};
    const json_t *agent = json_object_get(document, "agent");
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    for (size_t i = 0; i < BH_COUNT(keys); i++)
        bh_table_add_pair(&table, keys[i], json_object_get(agent, keys[i]));
    bh_table_add_pair(&table, "mode", json_object_get(document, "mode"));
    bh_output_write_table(&table);
    bh_output_write_line("%s", "");
}

static void write_document(const json_t *document)
{
    static const char *const headings[] = {"action", "resource", "scope", "status", "expires"};
    static const char *const keys[] = {"action", "resource", "scope", "status", "expiresAt"};
    write_head(document);
    bh_output_write_rows(json_object_get(document, "permissions"), headings, keys, BH_COUNT(keys));
}

static bool collect(void *context, struct bh_span piece)
{
    struct bh_buf *text = context;
    bh_buf_add(text, piece);
    return !text->failed;
}

/* Line by line, each harmless for a terminal. */
static void write_text(struct bh_span text)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    bh_buf_init(&out, BH_OUTPUT_LIMIT);
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t line = end == NULL ? text.len : (size_t)(end - text.data);
        bh_output_add_neutral((struct bh_span){text.data, line}, &out);
        bh_buf_add_char(&out, '\n');
        text = bh_span_from_index(text, line + 1);
    }
    bh_output_write_buf(&out);
}

static int show_text(struct bh_client *client, struct bh_buf *path, const char *format)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_OUTPUT_LIMIT / 8);
    bh_client_add_query(path, "format", format);
    const struct bh_follower follower = {.finite = true, .take = collect, .context = &text};
    if (bh_client_follow(client, path, &follower) != BH_FOLLOW_ENDED)
        return 1;
    write_text(bh_buf_span(&text));
    return 0;
}

static int show(struct bh_client *client, const char *agent_id, const char *format, bool json)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    agent_id = bh_client_agent_id(client, agent_id);
    if (agent_id == NULL)
        return 1;
    if (client->api_key == NULL) {
        bh_output_error(BH_SPAN("auth"), BH_SPAN("This command needs a passport's token or the agent's key."),
            BH_SPAN(
                "Pass --token or --key, or set BEHALFID_API_KEY; `behalf passport create` makes a link."));
        return 1;
    }
    /* the passport is of whoever holds the token: nobody is signed in here */
    client->session = NULL;
    client->developer_token = NULL;
    bh_buf_init(&path, PATH_LIMIT);
    bh_client_add_path(&path, "/api/passport/", agent_id, "");
    return format == NULL ? bh_output_answer(bh_client_call(client, "GET", &path, NULL), json, write_document)
                          : show_text(client, &path, format);
}

/* NULL: the table. */
static bool read_format(const char *text, const char **ret_format)
{
    enum bh_passport_format format;
    if (text == NULL || strcmp(text, "table") == 0) {
        *ret_format = NULL;
        return true;
    }
    *ret_format = text;
    return strcmp(text, "jwt") == 0 || bh_passport_format_find(bh_span_from(text), &format);
}

static int run_show(int argc, char **argv)
{
    struct view view = {0};
    const char *format;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("format", 0, view.format, "NAME",
            "table, memory, json, prompt, instruction, markdown or jwt (default: table)"),
        BH_OPTION_VALUE("token", 0, view.token, "TOKEN", "token of the passport, from its link"),
        BH_OPTION_API_KEY(view.flags),
        BH_OPTION_BASE_URL(view.flags),
    };
    const struct bh_usage usage = {.command = "passport",
        .operands = "[create|revoke|verify] [agentId]",
        .operands_max = 1,
        .summary = "Show what an agent may do, as a table or as a text to paste into a model",
        .details = "Without [agentId]: the agent of the configuration or of BEHALFID_AGENT_ID.\n"
                   "\n"
                   "Commands (each has its own --help):\n"
                   "  create  make a passport link, in place of the old one\n"
                   "  revoke  end the passport link\n"
                   "  verify  check a signed passport",
        .examples = "passport agent_x\npassport agent_x --format memory\npassport create agent_x",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &view.flags, &arguments, &client, &status))
        return status;
    if (view.token != NULL)
        client.api_key = view.token;
    if (view.token != NULL && view.flags.api_key != NULL)
        return bh_options_fail(&usage, "Use either --token or --key, not both.");
    if (arguments.json && view.format != NULL)
        return bh_options_fail(&usage, "Use either --format or --json, not both.");
    if (!read_format(view.format, &format))
        return bh_options_fail(
            &usage, "--format must be table, memory, json, prompt, instruction, markdown or jwt.");
    return show(&client, arguments.operands[0], format, arguments.json);
}

/* ---- the link ---- */

static int create(struct bh_client *client, const char *agent_id, bool json)
{
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(client, "POST", NULL, LINK, agent_id);
    return bh_people_report_secret(answer, "passportUrl",
        "The link is a secret and not shown again: whoever has it can read the agent's permissions. An older "
        "one "
        "is dead.",
        json);
}

static int revoke(struct bh_client *client, const char *agent_id, bool json)
{
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(client, "DELETE", NULL, LINK, agent_id);
    if (answer == NULL)
        return 1;
    if (!json)
        bh_output_write_line("%s has no passport link any more.", agent_id);
    else if (bh_body_set_text(answer, "agentId", agent_id))
        bh_output_write_json(answer);
    else
        return bh_output_no_memory();
    return 0;
}

static int run_link(int argc, char **argv, struct bh_usage usage,
    int (*act)(struct bh_client *client, const char *agent_id, bool json))
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    usage.operands = "<agentId>";
    usage.operands_min = 1;
    usage.operands_max = 1;
    usage.options = options;
    usage.option_count = BH_COUNT(options);
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    client.api_key = NULL;
    return act(&client, arguments.operands[0], arguments.json);
}

static int run_create(int argc, char **argv)
{
    return run_link(argc, argv,
        (struct bh_usage){.command = "passport create",
            .summary = "Make the agent's passport link and show it, once; an older one is dead",
            .examples = "passport create agent_x"},
        create);
}

static int run_revoke(int argc, char **argv)
{
    return run_link(argc, argv,
        (struct bh_usage){.command = "passport revoke",
            .summary = "End the agent's passport link",
            .examples = "passport revoke agent_x"},
        revoke);
}

/* What is no command of these is the id of an agent. */
int bh_cmd_passport(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"create", run_create, "Make an agent's link, or a new one in place of the old"},
        {"revoke", run_revoke, "Make an agent's link useless"},
        {"verify", bh_passport_run_verify, "Check a signed passport"},
    };
    const struct bh_command_group group = {.name = "behalf passport",
        .summary = "Show what an agent may do, as a text for a model; make its link",
        .commands = commands,
        .command_count = BH_COUNT(commands),
        .fallback = run_show};
    return bh_group_run(&group, argc, argv);
}
