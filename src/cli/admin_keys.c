// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf admin keys`: the keys that sign passports.
 */
#include "cli/admin_session.h"

#include "client/group.h"
#include "client/options.h"
#include "lib/clock.h"
#include "store/signing_keys.h"

static const char *const headings[] = {"number", "kid", "created", "published until", "signs"};
static const char *const members[] = {"number", "kid", "createdAt", "publishedUntil", "signs"};

/* As an array. */
static enum bh_err list_keys(
    struct bh_admin_session *session, const struct bh_arguments *arguments, struct bh_buf *out)
{
    (void)arguments;
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

static enum bh_err rotate(
    struct bh_admin_session *session, const struct bh_arguments *arguments, struct bh_buf *out)
{
    struct bh_db *db = bh_store_writer(session->store);
    int64_t number;
    enum bh_err err = bh_db_begin(db);
    if (err != BH_OK)
        return err;
    err = bh_signing_key_rotate(db, bh_clock_wall_ms(), &number);
    err = bh_admin_finish_write(db, err);
    if (err == BH_OK)
        return list_keys(session, arguments, out);
    return err == BH_ERR_CONFLICT ? BH_ERR_SIGNING_KEYS : err;
}

static int keys_list(int argc, char **argv)
{
    static const struct bh_admin_command command = {
        .usage = {.command = "admin keys list",
            .summary = "Show the published keys that sign passports, newest first",
            .examples = "admin keys list\nadmin keys list --json"},
        .run = list_keys,
        .headings = headings,
        .members = members,
        .columns = BH_COUNT(members)};
    return bh_admin_run(&command, argc, argv);
}

static int keys_rotate(int argc, char **argv)
{
    static const struct bh_admin_command command = {
        .usage = {.command = "admin keys rotate",
            .summary = "Make a new key, which signs passports from now on",
            .details =
                "A running server uses it from the next passport on. The one before stays published for two\n"
                "days, so that what it has signed can be verified until it expires. At most 16 are "
                "published.",
            .examples = "admin keys rotate"},
        .run = rotate,
        .headings = headings,
        .members = members,
        .columns = BH_COUNT(members)};
    return bh_admin_run(&command, argc, argv);
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
