// SPDX-License-Identifier: Apache-2.0
#include "cli/sites.h"

#include "cli/request.h"
#include "client/body.h"
#include "client/group.h"
#include "lib/json.h"

void bh_sites_write_keys(const json_t *keys)
{
    static const char *const columns[] = {"keyId", "name", "keyPreview", "status", "lastUsedAt", "createdAt"};
    bh_output_write_rows(keys, columns, columns, BH_COUNT(columns));
}

/* ---- list ---- */

static void write_list(const json_t *answer)
{
    bh_sites_write_keys(json_object_get(answer, "keys"));
}

static int run_list(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "sites keys",
            .operands = "[list|create|revoke] <siteId>",
            .summary = "List the keys with which a site asks, the active ones first",
            .details = "Commands (each has its own --help):\n"
                       "  list    the same as no command\n"
                       "  create  make a key and show it, once\n"
                       "  revoke  stop a key from working",
            .examples = "sites keys site_x\nsites keys site_x --json"},
        .method = "GET",
        .path = BH_SITES_PATH "/%s/keys",
        .write = write_list};
    return bh_request_run(&command, argc, argv);
}

/* ---- create ---- */

static void write_key(const json_t *answer)
{
    static const char *const keys[] = {"keyId", "siteId", "name", "keyPreview", "createdAt"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    bh_table_add_pair(&table, "rawKey", json_object_get(answer, "rawKey"));
    for (size_t i = 0; i < BH_COUNT(keys); i++)
        bh_table_add_pair(&table, keys[i], json_object_get(json_object_get(answer, "key"), keys[i]));
    bh_output_write_table(&table);
}

static int run_create(int argc, char **argv)
{
    static const struct bh_secret_words words = {.member = "rawKey", .what = "key", .write = write_key};
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
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!bh_body_set_text(body, "name", name))
        return bh_output_no_memory();
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(&client, "POST", body, BH_SITES_PATH "/%s/keys", arguments.operands[0]);
    if (!bh_secret_show(answer, &words, arguments.json))
        return 1;
    bh_output_note("The key is not shown again: keep it where the site asks with it.");
    return 0;
}

/* ---- revoke ---- */

static int run_revoke(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "sites keys revoke",
            .operands = "<siteId> <keyId>",
            .summary = "Stop a key from working, at once and for good",
            .examples = "sites keys revoke site_x sgk_x"},
        .method = "DELETE",
        .path = BH_SITES_PATH "/%s/keys/%s",
        .subject = "Key",
        .outcome = "revoked"};
    return bh_request_run(&command, argc, argv);
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
