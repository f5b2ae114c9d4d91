// SPDX-License-Identifier: Apache-2.0
#include "cli/admin_session.h"

#include <stdlib.h>

#include "client/output.h"
#include "lib/json.h"
#include "store/data_dir.h"
#include "store/replace.h"
#include "store/request_id.h"

#define BUSY_TIMEOUT_MS 10000
#define TEXT_LIMIT 65536
#define ANSWER_LIMIT ((size_t)64 << 20)
#define MEMORY_LIMIT ((size_t)64 << 20) /* a thousand approvals with the longest targets, and some */

static enum bh_err fail_without_database(const char *data_dir)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {.limit = TEXT_LIMIT};
    bh_buf_addf(&message, "There is no database in %s.", data_dir);
    bh_output_error(BH_ABSENT, bh_buf_span(&message),
        BH_SPAN(
            "Name the server's data folder with --data or BEHALFID_DATA; `behalf serve` makes a new one."));
    return BH_ERR_NO_DATABASE;
}

/* Loading would make a key where there is none, which is the server's part. */
static enum bh_err load_key(const char *data_dir, struct bh_server_key *ret_key)
{
    const char *secret = getenv("BEHALFID_SECRET_KEY");
    if ((secret == NULL || secret[0] == 0) && !bh_data_dir_has(data_dir, "server.key"))
        return BH_ERR_SECRET_KEY;
    return bh_server_key_load(data_dir, secret, ret_key);
}

enum bh_err bh_admin_session_open(const char *data_dir, struct bh_admin_session *session)
{
    if (data_dir == NULL)
        data_dir = getenv("BEHALFID_DATA");
    if (data_dir == NULL)
        data_dir = "./data";
    bh_arena_init(&session->arena, 4096, MEMORY_LIMIT);
    if (!bh_data_dir_has(data_dir, "behalf.db"))
        return fail_without_database(data_dir);
    bh_replace_resume(data_dir);
    enum bh_err err = load_key(data_dir, &session->key);
    if (err != BH_OK)
        return err;
    bh_request_id_setup(&session->key);
    const struct bh_store_options options = {
        .data_dir = data_dir, .key = &session->key, .busy_timeout_ms = BUSY_TIMEOUT_MS};
    return bh_store_open(&options, &session->store);
}

void bh_admin_session_close(struct bh_admin_session *session)
{
    bh_store_close(session->store);
    bh_arena_finish(&session->arena);
    bh_wipe(&session->key, sizeof(session->key));
}

enum bh_err bh_admin_finish_write(struct bh_db *db, enum bh_err err)
{
    if (err == BH_OK)
        return bh_db_commit(db);
    bh_db_rollback(db);
    return err;
}

int bh_admin_fail(enum bh_err err)
{
    if (err == BH_ERR_NO_DATABASE)
        return 1;
    const struct bh_err_info *info = bh_err_info(err);
    bh_output_error(bh_span_from(info->code), bh_span_from(info->text), bh_span_from(info->hint));
    return 1;
}

int bh_admin_write_object(const struct bh_buf *text, bool as_json)
{
    json_t *json = NULL;
    if (text->failed || bh_json_parse(bh_buf_span(text), &json) != BH_OK)
        return bh_output_no_memory();
    return bh_output_answer(json, as_json, bh_output_write_members);
}

int bh_admin_write_list(const struct bh_buf *text, bool as_json, const char *const *headings,
    const char *const *members, size_t columns)
{
    BH_CLEANUP(bh_json_release) json_t *list = NULL;
    if (text->failed || bh_json_parse(bh_buf_span(text), &list) != BH_OK)
        return bh_output_no_memory();
    if (as_json) {
        bh_output_write_json(list);
        return 0;
    }
    bh_output_write_rows(list, headings, members, columns);
    return 0;
}

int bh_admin_run(const struct bh_admin_command *command, int argc, char **argv)
{
    const char *data = NULL;
    const struct bh_option options[] = {BH_ADMIN_DATA_OPTION(data)};
    struct bh_usage usage = command->usage;
    usage.options = options;
    usage.option_count = BH_COUNT(options);
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    BH_CLEANUP(bh_admin_session_close) struct bh_admin_session session = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {.limit = ANSWER_LIMIT};
    enum bh_err err = bh_admin_session_open(data, &session);
    if (err == BH_OK)
        err = command->run(&session, &arguments, &text);
    if (err != BH_OK)
        return bh_admin_fail(err);
    if (command->columns == 0)
        return bh_admin_write_object(&text, arguments.json);
    return bh_admin_write_list(&text, arguments.json, command->headings, command->members, command->columns);
}
