// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf admin keys`: the keys that sign passports.
 */
#include "cli/admin_session.h"

#include "client/group.h"
#include "client/options.h"
#include "lib/clock.h"
#include "store/signing_keys.h"

#define TEXT_LIMIT 65536

static const char *const headings[] = {"number", "kid", "created", "published until", "signs"};
static const char *const members[] = {"number", "kid", "createdAt", "publishedUntil", "signs"};

/* As an array. */
static enum bh_err add_keys(struct bh_admin_session *session, struct bh_buf *out)
{
    struct bh_signing_key records[BH_SIGNING_KEYS];
    size_t count = 0;
    enum bh_err err =
        bh_signing_key_list(bh_store_writer(session->store), bh_clock_wall_ms(), records, &count);
    if (err != BH_OK)
        return err;
    bh_buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        struct bh_signature_key key;
        if (!bh_signing_key_public(&session->key, records[i].number, &key))
            return BH_ERR_INTERNAL;
        bh_signing_key_write(&records[i], &key, out);
    }
    bh_buf_add_char(out, ']');
    return BH_OK;
}

static enum bh_err rotate(struct bh_admin_session *session)
{
    struct bh_db *db = bh_store_writer(session->store);
    int64_t number;
    enum bh_err err = bh_db_begin(db);
    if (err != BH_OK)
        return err;
    err = bh_signing_key_rotate(db, bh_clock_wall_ms(), &number);
    err = bh_admin_finish_write(db, err);
    return err == BH_ERR_CONFLICT ? BH_ERR_SIGNING_KEYS : err;
}

static int show(const char *data, bool rotated, bool as_json)
{
    BH_CLEANUP(bh_admin_session_close) struct bh_admin_session session = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, TEXT_LIMIT);
    enum bh_err err = bh_admin_session_open(data, &session);
    if (err == BH_OK && rotated)
        err = rotate(&session);
    if (err == BH_OK)
        err = add_keys(&session, &text);
    if (err != BH_OK)
        return bh_admin_fail(err);
    return bh_admin_write_list(&text, as_json, headings, members, BH_COUNT(members));
}

static int keys_list(int argc, char **argv)
{
    const char *data = NULL;
    const struct bh_option options[] = {BH_ADMIN_DATA_OPTION(data)};
    const struct bh_usage usage = {.command = "admin keys list",
        .summary = "Show the published keys that sign passports, newest first",
        .examples = "admin keys list\nadmin keys list --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    return show(data, false, arguments.json);
}

static int keys_rotate(int argc, char **argv)
{
    const char *data = NULL;
    const struct bh_option options[] = {BH_ADMIN_DATA_OPTION(data)};
    const struct bh_usage usage = {.command = "admin keys rotate",
        .summary = "Make a new key, which signs passports from now on",
        .details =
            "A running server uses it from the next passport on. The one before stays published for two\n"
            "days, so that what it has signed can be verified until it expires. At most 16 are published.",
        .examples = "admin keys rotate",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    return show(data, true, arguments.json);
}

int bh_admin_keys(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", keys_list, "show the published keys"},
        {"rotate", keys_rotate, "make a new key"},
    };
    static const struct bh_command_group group = {.name = "behalf admin keys",
        .summary = "Keys that sign passports",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
