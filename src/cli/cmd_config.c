// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <string.h>

#include "client/body.h"
#include "client/client.h"
#include "client/config_file.h"
#include "client/group.h"
#include "client/output.h"
#include "client/session_file.h"
#include "lib/json.h"

#define TEXT_LIMIT 65536

struct setting {
    const char *name;   /* on the command line */
    const char *member; /* in the file */
    bool secret;
};

static const struct setting settings[] = {
    {"api-key", BH_CONFIG_API_KEY, true},
    {"agent-id", BH_CONFIG_AGENT_ID, false},
    {"base-url", BH_CONFIG_BASE_URL, false},
};

#define KEYS_HELP "Keys: api-key, agent-id, base-url."

/* A line whose first operand names a setting. NULL: the command is over, with *ret_status. */
static const struct setting *begin(
    const struct bh_usage *usage, int argc, char **argv, struct bh_arguments *ret_arguments, int *ret_status)
{
    if (!bh_options_begin(usage, argc, argv, ret_arguments, ret_status))
        return NULL;
    const char *name = ret_arguments->operands[0];
    for (size_t i = 0; i < BH_COUNT(settings); i++) {
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    }
    *ret_status = bh_options_fail(usage, "Unknown key \"%s\". Valid keys: api-key, agent-id, base-url", name);
    return NULL;
}

/* What may be shown of a value: a string, or null when it is not set. */
static json_t *shown_value(const struct setting *setting, const char *value)
{
    if (value == NULL)
        return json_null();
    if (!setting->secret)
        return json_string(value);
    BH_CLEANUP(bh_buf_finish) struct bh_buf masked = {0};
    bh_buf_init(&masked, TEXT_LIMIT);
    bh_output_add_masked(bh_span_from(value), &masked);
    return json_stringn(bh_buf_span(&masked).data, masked.len);
}

static int change(const struct setting *setting, const char *value, bool json)
{
    BH_CLEANUP(bh_json_release) json_t *config = bh_config_file_read();
    BH_CLEANUP(bh_json_release) json_t *answer = json_object();
    if (!bh_body_set_text(config, setting->member, value) ||
        !bh_body_set_text(answer, "key", setting->name) ||
        !bh_body_set_take(answer, "value", shown_value(setting, value)))
        return bh_output_no_memory();
    if (!bh_config_file_save(config))
        return 1;
    if (json)
        bh_output_write_json(answer);
    else
        bh_output_write_line("Set %s.", setting->name);
    return 0;
}

static int run_set(int argc, char **argv)
{
    static const struct bh_usage usage = {.command = "config set",
        .operands = "<key> <value>",
        .operands_min = 2,
        .operands_max = 2,
        .summary = "Store a value in ~/.behalf/config.json",
        .details = KEYS_HELP,
        .examples = "config set base-url http://127.0.0.1:8420\nconfig set api-key bhf_sk_..."};
    struct bh_arguments arguments;
    int status;
    const struct setting *setting = begin(&usage, argc, argv, &arguments, &status);
    if (setting == NULL)
        return status;
    const char *value = arguments.operands[1];
    if (strcmp(setting->member, BH_CONFIG_BASE_URL) == 0 && !bh_client_url_is_usable(value))
        return bh_options_fail(&usage, "\"%s\" is not a usable base URL.", value);
    return change(setting, value, arguments.json);
}

static int run_get(int argc, char **argv)
{
    static const struct bh_usage usage = {.command = "config get",
        .operands = "<key>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Show one stored value, secrets cut short",
        .details = KEYS_HELP,
        .examples = "config get agent-id"};
    struct bh_arguments arguments;
    int status;
    const struct setting *setting = begin(&usage, argc, argv, &arguments, &status);
    if (setting == NULL)
        return status;
    BH_CLEANUP(bh_json_release) json_t *config = bh_config_file_read();
    BH_CLEANUP(bh_json_release) json_t *answer = json_object();
    if (!bh_body_set_take(
            answer, setting->name, shown_value(setting, bh_config_file_text(config, setting->member))))
        return bh_output_no_memory();
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, TEXT_LIMIT);
    const json_t *value = json_object_get(answer, setting->name);
    if (arguments.json)
        bh_output_add_json(answer, &text);
    else if (json_is_null(value))
        bh_buf_add_text(&text, "(not set)");
    else
        bh_output_add_value(value, &text);
    bh_buf_add_char(&text, '\n');
    bh_output_write_buf(&text);
    return 0;
}

static void write_list(const json_t *values, const char *path)
{
    static const char *const headings[] = {"key", "value"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < BH_COUNT(settings); i++) {
        const json_t *value = json_object_get(values, settings[i].name);
        bh_table_add_text(&table, settings[i].name);
        if (json_is_null(value))
            bh_table_add_text(&table, "(not set)");
        else
            bh_table_add_value(&table, value);
    }
    bh_output_write_table(&table);
    bh_output_write_line("\nFile: %s", path);
}

static int run_list(int argc, char **argv)
{
    static const struct bh_usage usage = {.command = "config list",
        .summary = "Show all stored values, secrets cut short, and where they are",
        .examples = "config list\nconfig list --json"};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, TEXT_LIMIT);
    const char *file = bh_config_file_path(&path) == BH_OK ? path.data : "(no home folder)";
    BH_CLEANUP(bh_json_release) json_t *config = bh_config_file_read();
    BH_CLEANUP(bh_json_release) json_t *values = json_object();
    for (size_t i = 0; i < BH_COUNT(settings); i++) {
        json_t *value = shown_value(&settings[i], bh_config_file_text(config, settings[i].member));
        if (!bh_body_set_take(values, settings[i].name, value))
            return bh_output_no_memory();
    }
    if (!arguments.json) {
        write_list(values, file);
        return 0;
    }
    if (!bh_body_set_text(values, "path", file))
        return bh_output_no_memory();
    bh_output_write_json(values);
    return 0;
}

static int run_clear(int argc, char **argv)
{
    static const struct bh_usage usage = {.command = "config clear",
        .summary = "Remove everything from ~/.behalf/config.json, and sign out",
        .details =
            "The session in ~/.behalf/session is forgotten too. The server is not told: `behalf logout`\n"
            "before it ends the session there at once; else it ends after an hour without use.",
        .examples = "config clear"};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *empty = json_object();
    BH_CLEANUP(bh_json_release) json_t *answer = json_object();
    bool was_in = false;
    if (!bh_session_file_clear(&was_in) || !bh_config_file_save(empty))
        return 1;
    if (!bh_body_set_take(answer, "cleared", json_true()) ||
        (was_in && !bh_body_set_take(answer, "loggedOut", json_true())))
        return bh_output_no_memory();
    if (arguments.json)
        bh_output_write_json(answer);
    else
        bh_output_write_line("Config cleared.%s",
            was_in ? " Logged out here; the server ends the session after an hour without use." : "");
    return 0;
}

int bh_cmd_config(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"set", run_set, "Store a value"},
        {"get", run_get, "Show one value"},
        {"list", run_list, "Show all values and the file"},
        {"clear", run_clear, "Remove everything, and sign out"},
    };
    const struct bh_command_group group = {.name = "behalf config",
        .summary = "Show and change the configuration of this command line",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
