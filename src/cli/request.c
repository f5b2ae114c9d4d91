// SPDX-License-Identifier: Apache-2.0
#include "cli/request.h"

#include <stdio.h>
#include <string.h>

#include "cli/people.h"
#include "client/body.h"
#include "client/output.h"
#include "lib/json.h"

static size_t count_gaps(const char *path)
{
    size_t count = 0;
    for (; (path = strstr(path, "%s")) != NULL; path += 2)
        count++;
    return count;
}

static json_t *ask(
    const struct bh_request_command *command, struct bh_client *client, const struct bh_arguments *arguments)
{
    BH_CLEANUP(bh_json_release) json_t *body = command->status == NULL ? NULL : json_object();
    if (command->status != NULL && !bh_body_set_text(body, "status", command->status)) {
        (void)!bh_output_no_memory();
        return NULL;
    }
    return bh_client_ask(
        client, command->method, body, command->path, arguments->operands[0], arguments->operands[1]);
}

static int show(const struct bh_request_command *command, json_t *answer, const char *operand, bool as_json)
{
    if (answer != NULL && as_json && command->id_member != NULL &&
        !bh_body_set_text(answer, command->id_member, operand)) {
        json_decref(answer);
        return bh_output_no_memory();
    }
    if (answer == NULL || as_json || command->write != NULL)
        return bh_output_answer(answer, as_json, command->write);
    json_decref(answer);
    bh_output_write_line("%s %s %s.", command->subject, operand, command->outcome);
    return 0;
}

int bh_request_run(const struct bh_request_command *command, int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    size_t skipped = command->by_session ? 1 : 0; /* a token would not do */
    struct bh_usage usage = command->usage;
    usage.operands_min = usage.operands_max = count_gaps(command->path);
    usage.options = options + skipped;
    usage.option_count = BH_COUNT(options) - skipped;
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    bool begun = command->by_session
                     ? bh_people_begin(&usage, argc, argv, &flags, &arguments, &client, &status)
                     : bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status);
    if (!begun)
        return status;
    const char *last = arguments.operand_count == 0 ? "" : arguments.operands[arguments.operand_count - 1];
    return show(command, ask(command, &client, &arguments), last, arguments.json);
}

bool bh_secret_show(const json_t *answer, const struct bh_secret_words *words, bool as_json)
{
    if (answer == NULL)
        return false;
    if (bh_json_member_text(answer, words->member).len == 0) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf message = {.limit = 256};
        bh_buf_addf(&message, "The answer of the server has no %s.", words->what);
        bh_output_error(BH_SPAN("bad_response"), bh_buf_span(&message), BH_ABSENT);
        return false;
    }
    if (as_json)
        bh_output_write_json(answer);
    else
        words->write(answer);
    fflush(stdout);
    return true;
}
