// SPDX-License-Identifier: Apache-2.0
#include "cli/people.h"

#include "cli/request.h"
#include "client/body.h"
#include "client/output.h"
#include "lib/json.h"

#define COLUMNS_MAX 8

bool bh_people_begin(const struct bh_usage *usage, int argc, char **argv, const struct bh_client_flags *flags,
    struct bh_arguments *ret_arguments, struct bh_client *ret_client, int *ret_status)
{
    if (!bh_client_begin(usage, argc, argv, flags, ret_arguments, ret_client, ret_status))
        return false;
    ret_client->api_key = NULL;
    return bh_client_needs_session(
        ret_client, ret_client->developer_token == NULL
                        ? NULL
                        : "A developer token will not do: unset BEHALFID_DEVELOPER_TOKEN.");
}

static int report_deleted(const char *id, const char *done, bool as_json)
{
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

int bh_people_run_delete(
    const struct bh_usage *words, const char *path, const char *done, int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_BASE_URL(flags)};
    struct bh_usage usage = *words;
    usage.operands_min = usage.operands_max = 1;
    usage.options = options;
    usage.option_count = BH_COUNT(options);
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_people_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    const char *id = arguments.operands[0];
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(&client, "DELETE", NULL, path, id);
    return answer == NULL ? 1 : report_deleted(id, done, arguments.json);
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
    bh_output_write_rows(rows, shown, shown, shown_count);
}

int bh_people_report_secret(const json_t *answer, const char *member, const char *note, bool as_json)
{
    const struct bh_secret_words words = {
        .member = member, .what = "secret", .write = bh_output_write_members};
    if (!bh_secret_show(answer, &words, as_json))
        return 1;
    bh_output_note("%s", note);
    return 0;
}
