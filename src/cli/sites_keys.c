// SPDX-License-Identifier: Apache-2.0
#include "cli/sites.h"

#include <stdio.h>

#include "client/body.h"
#include "client/group.h"
#include "lib/json.h"

void bh_sites_write_keys(const json_t *keys)
{
    static const char *const headings[] = {
        "keyId", "name", "keyPreview", "status", "lastUsedAt", "createdAt"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < json_array_size(keys); i++) {
        for (size_t column = 0; column < BH_COUNT(headings); column++)
            bh_table_add_value(&table, json_object_get(json_array_get(keys, i), headings[column]));
    }
    bh_output_write_table(&table);
}

/* ---- list ---- */

static void write_list(const json_t *answer, const struct bh_arguments *arguments)
{
    (void)arguments;
    bh_sites_write_keys(json_object_get(answer, "keys"));
}

static int run_list(int argc, char **argv)
{
    static const struct bh_sites_command command = {
        .usage = {.command = "sites keys",
            .operands = "[list|create|revoke] <siteId>",
            .summary = "List the keys with which a site asks, the active ones first",
            .details = "Commands (each has its own --help):\n"
                       "  list    the same as no command\n"
                       "  create  make a key and show it, once\n"
                       "  revoke  stop a key from working",
            .examples = "sites keys site_x\nsites keys site_x --json"},
        .method = "GET",
        .part = "keys",
        .write = write_list};
    return bh_sites_run(&command, argc, argv);
}

/* ---- create ---- */

/* The key is shown before anything else can fail: it cannot be had again. */
static int report_key(const json_t *answer, bool json)
{
    static const char *const keys[] = {"keyId", "siteId", "name", "keyPreview", "createdAt"};
    struct bh_span secret = bh_json_member_text(answer, "rawKey");
    if (secret.len == 0) {
        bh_output_error(BH_SPAN("bad_response"), BH_SPAN("The answer of the server has no key."), BH_ABSENT);
        return 1;
    }
    if (json) {
        bh_output_write_json(answer);
    } else {
        BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
        bh_table_init(&table, NULL, 2);
        bh_table_add_pair(&table, "rawKey", json_object_get(answer, "rawKey"));
        for (size_t i = 0; i < BH_COUNT(keys); i++)
            bh_table_add_pair(&table, keys[i], json_object_get(json_object_get(answer, "key"), keys[i]));
        bh_output_write_table(&table);
    }
    fflush(stdout);
    bh_output_note("The key is not shown again: keep it where the site asks with it.");
    return 0;
}

static int run_create(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *name = NULL;
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("name", 'n', name, "TEXT", "for people: where the key is used"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "sites keys create",
        .operands = "<siteId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Create a key for a site and show it, once",
        .examples = "sites keys create site_x --name nginx",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    struct bh_client client;
    if (!bh_sites_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    BH_CLEANUP(bh_json_release) json_t *answer = NULL;
    const struct bh_sites_target target = {.site = arguments.operands[0], .part = "keys"};
    status = 1;
    if (!bh_body_set_text(body, "name", name))
        status = bh_output_no_memory();
    else
        answer = bh_sites_call(&client, "POST", &target, body);
    if (answer != NULL)
        status = report_key(answer, arguments.json);
    bh_client_finish(&client);
    return status;
}

/* ---- revoke ---- */

static int run_revoke(int argc, char **argv)
{
    static const struct bh_sites_command command = {
        .usage = {.command = "sites keys revoke",
            .operands = "<siteId> <keyId>",
            .summary = "Stop a key from working, at once and for good",
            .examples = "sites keys revoke site_x sgk_x"},
        .method = "DELETE",
        .part = "keys",
        .of_item = true,
        .subject = "Key",
        .outcome = "revoked"};
    return bh_sites_run(&command, argc, argv);
}

int bh_sites_run_keys(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, "List the keys of a site"},
        {"create", run_create, "Make a key, shown once"},
        {"revoke", run_revoke, "Make a key useless"},
    };
    const struct bh_command_group group = {.name = "behalf sites keys",
        .summary = "List, create and revoke keys",
        .commands = commands,
        .command_count = BH_COUNT(commands),
        .fallback = run_list};
    return bh_sites_dispatch(&group, argc, argv);
}
