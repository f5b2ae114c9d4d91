// SPDX-License-Identifier: Apache-2.0
#include "cli/audit_checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include "client/client.h"
#include "client/output.h"
#include "lib/file.h"
#include "lib/json.h"

#define FILE_LIMIT 65536

/* "<before><path><after>" */
static bool fail(const char *before, const char *path, const char *after, const char *hint)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, FILE_LIMIT);
    bh_buf_addf(&message, "%s%s%s", before, path, after);
    bh_output_error(BH_ABSENT, bh_buf_span(&message), bh_span_from(hint));
    return false;
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

static json_t *read_json(const char *path)
{
    char text[FILE_LIMIT];
    json_t *json = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    size_t length = 0;
    ssize_t count;
    while (length < sizeof(text) && (count = read(file, text + length, sizeof(text) - length)) > 0)
        length += (size_t)count;
    close(file);
    return length < sizeof(text) && bh_json_parse_object((struct bh_span){text, length}, &json) == BH_OK
               ? json
               : NULL;
}

/* What people read beside the signed text must say the same, or it would deceive them. */
static bool members_agree(const json_t *json, const struct bh_audit_known *known)
{
    char chain[BH_SHA256_HEX + 1];
    const json_t *point = json_object_get(json, "checkpoint");
    if (point == NULL)
        return true;
    bh_hex_encode(bh_sha256_span(&known->chain), chain);
    return json_number_value(json_object_get(point, "size")) == (double)known->size &&
           bh_span_equal(bh_json_member_text(point, "chain"), bh_span_from(chain));
}

bool bh_audit_checkpoint_load(
    const char *path, const struct bh_server_key *key, struct bh_audit_known *ret_known)
{
    BH_CLEANUP(bh_json_release) json_t *json = read_json(path);
    struct bh_audit_known known;
    struct bh_public_key public;
    int64_t time;
    if (json == NULL)
        return fail("", path, " cannot be read as a checkpoint.",
            "Fetch one with `behalf audit checkpoint -o FILE`.");
    struct bh_span key_id = bh_json_member_text(json, "keyId");
    if (bh_public_key_make(key, &public) != BH_OK)
        return fail("", path, " cannot be checked.", "");
    if (key_id.len > 0 && !bh_span_equal(key_id, bh_span_from(public.key_id)))
        return fail("The checkpoint in ", path, " was signed with the key of another server.",
            "Name the data folder that belongs to it with --data.");
    if (!bh_signed_checkpoint_read(
            key, bh_json_member_text(json, "text"), bh_json_member_text(json, "signature"), &known, &time) ||
        !members_agree(json, &known))
        return fail("The signature of the checkpoint in ", path, " does not fit what it says.",
            "It was altered, or is no checkpoint.");
    *ret_known = known;
    return true;
}

/* ---- fetching -------------------------------------------------------------------------------------------
 */

static bool save(const char *path, const json_t *answer)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, FILE_LIMIT);
    bh_output_add_json(answer, &text);
    bh_buf_add_char(&text, '\n');
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0 || text.failed)
        return fail("", path, " cannot be written.", "");
    bool done = bh_file_write_all(file, bh_buf_span(&text));
    done = close(file) == 0 && done;
    return done || fail("", path, " cannot be written.", "");
}

static int fetch(struct bh_client *client, const char *path, bool as_json)
{
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(client, "GET", NULL, "/api/audit/checkpoint");
    if (answer == NULL)
        return 1;
    if (path != NULL)
        return save(path, answer) ? 0 : 1;
    if (as_json) {
        bh_output_write_json(answer);
        return 0;
    }
    bh_output_write_members(json_object_get(answer, "checkpoint"));
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    bh_table_add_pair(&table, "keyId", json_object_get(answer, "keyId"));
    bh_table_add_pair(&table, "signature", json_object_get(answer, "signature"));
    bh_output_write_table(&table);
    return 0;
}

int bh_cmd_audit_checkpoint(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *path = NULL;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("output", 'o', path, "FILE", "save it there, for `behalf audit verify --checkpoint`"),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "audit checkpoint",
        .summary = "Fetch the signed checkpoint of a server's log",
        .details =
            "It says how long the log is and its chain hash, and nothing about any content. Keep it where\n"
            "the server's own people cannot change it.",
        .examples = "audit checkpoint -o yesterday.json\naudit checkpoint --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    int status;
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return fetch(&client, path, arguments.json);
}
