// SPDX-License-Identifier: Apache-2.0
#include "cli/people.h"

#include <stdio.h>

#include "client/body.h"
#include "client/output.h"
#include "lib/json.h"

#define PATH_LIMIT 4096
#define COLUMNS_MAX 8

bool bh_people_begin(const struct bh_usage *usage, int argc, char **argv, const struct bh_client_flags *flags,
    struct bh_arguments *ret_arguments, struct bh_client *ret_client, int *ret_status)
{
    if (!bh_client_begin(usage, argc, argv, flags, ret_arguments, ret_client, ret_status))
        return false;
    ret_client->api_key = NULL;
    if (ret_client->session != NULL)
        return true;
    bool by_token = ret_client->developer_token != NULL;
    bh_output_error(BH_SPAN("auth"),
        BH_SPAN("This command requires you to be logged in. Run `behalf login`."),
        by_token ? BH_SPAN("A developer token will not do: unset BEHALFID_DEVELOPER_TOKEN.") : BH_ABSENT);
    bh_client_finish(ret_client);
    *ret_status = 1;
    return false;
}

json_t *bh_people_call(
    struct bh_client *client, const char *method, const char *before, const char *id, const json_t *body)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    if (id == NULL)
        bh_buf_add_text(&path, before);
    else
        bh_client_add_path(&path, before, id, "");
    return bh_client_call(client, method, &path, body);
}

int bh_people_delete(
    struct bh_client *client, const char *before, const char *id, const char *done, bool as_json)
{
    BH_CLEANUP(bh_json_release) json_t *answer = bh_people_call(client, "DELETE", before, id, NULL);
    if (answer == NULL)
        return 1;
    if (!as_json) {
        bh_output_write_line("%s %s.", id, done);
        return 0;
    }
    BH_CLEANUP(bh_json_release) json_t *result = json_pack("{s:b}", done, 1);
    if (!bh_body_set_text(result, "id", id))
        return bh_output_no_memory();
    bh_output_write_json(result);
    return 0;
}

static bool has_value(const json_t *rows, const char *column)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *value = json_object_get(json_array_get(rows, i), column);
        if (value != NULL && !json_is_null(value))
            return true;
    }
    return false;
}

void bh_people_write_rows(const json_t *rows, const char *const *columns, size_t count)
{
    const char *shown[COLUMNS_MAX];
    size_t shown_count = 0;
    for (size_t i = 0; i < count && shown_count < COLUMNS_MAX; i++) {
        if (has_value(rows, columns[i]))
            shown[shown_count++] = columns[i];
    }
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, shown, shown_count);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        for (size_t k = 0; k < shown_count; k++)
            bh_table_add_value(&table, json_object_get(json_array_get(rows, i), shown[k]));
    }
    bh_output_write_table(&table);
}

int bh_people_report_secret(const json_t *answer, const char *member, const char *note, bool as_json)
{
    if (bh_json_member_text(answer, member).len == 0) {
        bh_output_error(
            BH_SPAN("bad_response"), BH_SPAN("The answer of the server has no secret."), BH_ABSENT);
        return 1;
    }
    if (as_json)
        bh_output_write_json(answer);
    else
        bh_output_write_members(answer);
    fflush(stdout);
    bh_output_note("%s", note);
    return 0;
}
