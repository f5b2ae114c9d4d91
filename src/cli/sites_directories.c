// SPDX-License-Identifier: Apache-2.0
#include "cli/sites.h"

#include <fcntl.h>
#include <unistd.h>

#include "cli/request.h"
#include "client/body.h"
#include "client/group.h"
#include "lib/json.h"
#include "lib/jwk.h"

static void add_row(struct bh_table *table, const json_t *row)
{
    BH_CLEANUP(bh_json_release)
    json_t *count = json_integer((json_int_t)json_array_size(json_object_get(row, "keys")));
    bh_table_add_value(table, json_object_get(row, "directoryId"));
    bh_table_add_value(table, json_object_get(row, "url"));
    bh_table_add_value(table, count);
    bh_table_add_value(table, json_object_get(row, "pinned"));
    bh_table_add_value(table, json_object_get(row, "fetchedAt"));
    bh_table_add_value(table, json_object_get(row, "error"));
}

void bh_sites_write_directories(const json_t *directories)
{
    static const char *const headings[] = {"directoryId", "url", "keys", "pinned", "fetchedAt", "error"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < json_array_size(directories); i++)
        add_row(&table, json_array_get(directories, i));
    bh_output_write_table(&table);
}

/* ---- list ---- */

static void write_list(const json_t *answer)
{
    bh_sites_write_directories(json_object_get(answer, "directories"));
}

static int run_list(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "sites directories",
            .operands = "[list|add|delete|refresh] <siteId>",
            .summary = "List the directories whose keys a site trusts to sign requests",
            .details = "Commands (each has its own --help):\n"
                       "  list     the same as no command\n"
                       "  add      trust a directory\n"
                       "  delete   trust it no longer\n"
                       "  refresh  fetch its keys now",
            .examples = "sites directories site_x\nsites directories site_x --json"},
        .method = "GET",
        .path = BH_SITES_PATH "/%s/directories",
        .write = write_list};
    return bh_request_run(&command, argc, argv);
}

/* ---- add ---- */

static void write_directory(const json_t *answer)
{
    static const char *const keys[] = {"directoryId", "siteId", "url", "pinned", "fetchedAt", "attemptedAt",
        "error", "createdAt", "updatedAt"};
    const json_t *directory = json_object_get(answer, "directory");
    bh_output_write_pairs(directory, keys, BH_COUNT(keys));
    for (size_t i = 0; i < json_array_size(json_object_get(directory, "keys")); i++) {
        struct bh_span kid =
            bh_json_member_text(json_array_get(json_object_get(directory, "keys"), i), "kid");
        bh_output_write_line("key  %.*s", (int)kid.len, kid.data);
    }
}

/* The whole file, "-" = the standard input; NULL with the error printed. */
static json_t *read_keys(const char *path)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bool is_input = path[0] == '-' && path[1] == 0;
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;
    json_t *keys = NULL;
    bh_buf_init(&text, BH_DIRECTORY_BYTES + 1);
    while (fd >= 0 && text.len <= BH_DIRECTORY_BYTES) {
        char *place = bh_buf_reserve(&text, BH_DIRECTORY_BYTES + 1 - text.len);
        got = place == NULL ? -1 : read(fd, place, BH_DIRECTORY_BYTES + 1 - text.len);
        if (got <= 0)
            break;
        text.len += (size_t)got;
    }
    if (fd >= 0 && !is_input)
        close(fd);
    if (got == 0 && bh_json_parse_object(bh_buf_span(&text), &keys) == BH_OK)
        return keys;
    bh_output_error(BH_SPAN("bad_input"), BH_SPAN("The file of keys cannot be read, or is no JSON object."),
        BH_SPAN("It must be a JWK set: {\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"...\"}]}"));
    return NULL;
}

static bool set_body(json_t *body, const char *url, json_t *keys)
{
    return bh_body_set_text(body, "url", url) && (keys == NULL || bh_body_set_take(body, "keys", keys));
}

static int run_add(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *url = NULL;
    const char *file = NULL;
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED(
            "url", 'u', url, "URL", "https address of the signer, as Signature-Agent names it"),
        BH_OPTION_VALUE("keys", 0, file, "FILE",
            "JWK set with its keys, \"-\" = standard input; without it they are fetched"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "sites directories add",
        .operands = "<siteId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Trust the keys of a directory to sign requests",
        .details =
            "Keys from a file are pinned: they count until the directory is deleted. Without a file the\n"
            "server fetches them, now and every hour, from "
            "URL/.well-known/http-message-signatures-directory.",
        .examples = "sites directories add site_x --url https://bot.example.com\n"
                    "sites directories add site_x --url https://partner.example --keys keys.json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    json_t *keys = file == NULL ? NULL : read_keys(file);
    if (file != NULL && keys == NULL)
        return 1;
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!set_body(body, url, keys))
        return bh_output_no_memory();
    return bh_output_answer(
        bh_client_ask(&client, "POST", body, BH_SITES_PATH "/%s/directories", arguments.operands[0]),
        arguments.json, write_directory);
}

/* ---- delete, refresh ---- */

static int run_delete(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "sites directories delete",
            .operands = "<siteId> <directoryId>",
            .summary = "Trust a directory no longer",
            .examples = "sites directories delete site_x sgd_x"},
        .method = "DELETE",
        .path = BH_SITES_PATH "/%s/directories/%s",
        .subject = "Directory",
        .outcome = "deleted"};
    return bh_request_run(&command, argc, argv);
}

static int run_refresh(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "sites directories refresh",
            .operands = "<siteId> <directoryId>",
            .summary = "Fetch the keys of a directory now rather than within the hour",
            .details = "The server does it soon after; `behalf sites directories` shows what came of it.",
            .examples = "sites directories refresh site_x sgd_x"},
        .method = "POST",
        .path = BH_SITES_PATH "/%s/directories/%s/refresh",
        .subject = "Directory",
        .outcome = "will be fetched now"};
    return bh_request_run(&command, argc, argv);
}

int bh_sites_run_directories(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, "List the directories that a site trusts"},
        {"add", run_add, "Trust a directory"},
        {"delete", run_delete, "Trust a directory no longer"},
        {"refresh", run_refresh, "Fetch the keys of a directory soon"},
    };
    const struct bh_command_group group = {.name = "behalf sites directories",
        .summary = "List, add, refresh and delete trusted key directories",
        .commands = commands,
        .command_count = BH_COUNT(commands),
        .fallback = run_list};
    return bh_sites_dispatch(&group, argc, argv);
}
