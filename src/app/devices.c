// SPDX-License-Identifier: Apache-2.0
/*
 * Signing in a device that has no browser: it shows a code, a person who is signed in confirms it elsewhere.
 */
#include "app/accounts.h"

#include "lib/clock.h"
#include "lib/user_code.h"
#include "store/reader.h"

#define ATTEMPTS 3 /* when a code is taken already */

_Static_assert(BH_DEVICE_USER_CODE_TEXT == BH_USER_CODE_TEXT, "room for a user code");

/*
 * A user code has few bits: a plain hash in a stolen database could be tried out within its life. So it is
 * kept under a key that is not in the database.
 */
static struct bh_sha256 hash_user_code(const struct bh_app *app, const char *user_code)
{
    struct bh_sha256 key = bh_server_key_derive(&app->key, "device user code");
    struct bh_sha256 hash = bh_hmac_sha256(bh_sha256_span(&key), bh_span_from(user_code));
    bh_wipe(&key, sizeof(key));
    return hash;
}

struct request {
    struct bh_sha256 device_hash, user_code_hash;
};

static enum bh_err write_request(void *argument, const struct bh_commit_context *context)
{
    const struct request *request = argument;
    return bh_device_login_create(
        context->db, &request->device_hash, &request->user_code_hash, context->now_ms);
}

static void draw_user_code(char ret_user_code[static BH_USER_CODE_TEXT])
{
    char random[32];
    do
        bh_random_bytes(random, sizeof(random));
    while (!bh_user_code_draw((struct bh_span){random, sizeof(random)}, ret_user_code));
    bh_wipe(random, sizeof(random));
}

enum bh_err bh_devices_request(struct bh_app *app, char ret_device_code[static BH_SECRET_TEXT],
    char ret_user_code[static BH_DEVICE_USER_CODE_TEXT])
{
    enum bh_err err = BH_ERR_CONFLICT;
    for (int i = 0; i < ATTEMPTS && err == BH_ERR_CONFLICT; i++) {
        bh_random_secret("", ret_device_code);
        draw_user_code(ret_user_code);
        struct request request = {
            bh_sha256(bh_span_from(ret_device_code)), hash_user_code(app, ret_user_code)};
        err = bh_committer_run(app->committer, write_request, NULL, &request);
    }
    return err;
}

struct answer {
    struct bh_sha256 user_code_hash;
    bool authorize;
    int64_t person, account;
};

static enum bh_err write_answer(void *argument, const struct bh_commit_context *context)
{
    const struct answer *answer = argument;
    return bh_device_login_answer(context->db, &answer->user_code_hash, answer->authorize, answer->person,
        answer->account, context->now_ms);
}

enum bh_err bh_devices_answer(
    struct bh_app *app, struct bh_span user_code, bool authorize, int64_t person, int64_t account)
{
    char code[BH_USER_CODE_TEXT];
    if (!bh_user_code_read(user_code, code))
        return BH_ERR_DEVICE_CODE;
    struct answer answer = {hash_user_code(app, code), authorize, person, account};
    return bh_committer_run(app->committer, write_answer, NULL, &answer);
}

struct collection {
    struct bh_sha256 device_hash;
    const struct bh_session_source *source;
    char *secret;
    bool member;
};

/* Who lost their part in the account meanwhile gets nothing; the request is gone all the same. */
static enum bh_err write_collection(void *argument, const struct bh_commit_context *context)
{
    struct collection *collection = argument;
    int64_t person, account;
    enum bh_role role;
    collection->member = false;
    enum bh_err err =
        bh_device_login_take(context->db, &collection->device_hash, context->now_ms, &person, &account);
    if (err != BH_OK)
        return err;
    err = bh_member_role(context->db, account, person, &role);
    if (err == BH_ERR_NOT_FOUND)
        return BH_OK;
    if (err == BH_OK)
        err = bh_accounts_add_session(
            context->db, person, account, collection->source, context->now_ms, collection->secret);
    collection->member = err == BH_OK;
    return err;
}

static enum bh_err look(
    struct bh_app *app, const struct bh_sha256 *device_hash, enum bh_device_status *ret_status)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_device_login_status(reader.db, device_hash, bh_clock_wall_ms(), ret_status);
    return err;
}

enum bh_err bh_devices_poll(struct bh_app *app, struct bh_span device_code,
    const struct bh_session_source *source, enum bh_device_status *ret_status,
    char ret_secret[static BH_SECRET_TEXT])
{
    enum bh_device_status status;
    struct collection collection = {
        .device_hash = bh_sha256(device_code), .source = source, .secret = ret_secret};
    enum bh_err err = look(app, &collection.device_hash, &status);
    if (err == BH_OK && status == BH_DEVICE_AUTHORIZED) {
        err = bh_committer_run(app->committer, write_collection, NULL, &collection);
        if (err == BH_ERR_NOT_FOUND) /* another poll was first */
            err = BH_OK;
        if (!collection.member)
            status = BH_DEVICE_EXPIRED;
    }
    if (err == BH_OK)
        *ret_status = status;
    return err;
}
