// SPDX-License-Identifier: Apache-2.0
#include "app/signed_passport.h"

#include "lib/json.h"
#include "lib/jws.h"
#include "store/reader.h"
#include "store/signing_keys.h"

#define MS_PER_SECOND 1000
#define SECONDS_PER_MINUTE 60

static void add_integer(struct bh_buf *out, const char *key, int64_t value)
{
    bh_json_add_key(out, key);
    bh_buf_add_int(out, value);
}

static void write_claims(const struct bh_app *app, const struct bh_passport *passport, int64_t policy_version,
    int64_t now_ms, struct bh_buf *out)
{
    int64_t issued = now_ms / MS_PER_SECOND;
    bh_buf_add_char(out, '{');
    bh_passport_write_members(passport, out);
    bh_json_add_text_member(out, "iss", bh_span_from(app->base_url));
    bh_json_add_text_member(out, "sub", passport->agent_id);
    add_integer(out, "iat", issued);
    add_integer(out, "exp", issued + app->config->passport_minutes * SECONDS_PER_MINUTE);
    add_integer(out, "policyVersion", policy_version);
    bh_buf_add_char(out, '}');
}

static enum bh_err find_newest(const struct bh_app *app, int64_t now_ms, int64_t *ret_number)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_signing_key keys[BH_SIGNING_KEYS];
    size_t count;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_signing_key_list(reader.db, now_ms, keys, &count);
    if (err == BH_OK)
        *ret_number = keys[0].number;
    return err;
}

enum bh_err bh_signed_passport_write(struct bh_app *app, const struct bh_passport *passport,
    int64_t policy_version, int64_t now_ms, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf claims = {.limit = out->limit};
    int64_t number;
    enum bh_err err = find_newest(app, now_ms, &number);
    if (err != BH_OK)
        return err;
    write_claims(app, passport, policy_version, now_ms, &claims);
    struct bh_sha256 seed = bh_signing_key_seed(&app->key, number);
    bool done = !claims.failed && bh_jws_write(&seed, bh_buf_span(&claims), out);
    bh_wipe(&seed, sizeof(seed));
    return done ? BH_OK : BH_ERR_INTERNAL;
}

static enum bh_err write_rotation(void *argument, const struct bh_commit_context *context)
{
    int64_t number;
    (void)argument;
    enum bh_err err = bh_signing_key_rotate(context->db, context->now_ms, &number);
    return err == BH_ERR_CONFLICT ? BH_ERR_SIGNING_KEYS : err;
}

enum bh_err bh_signed_passport_rotate_key(struct bh_app *app, const struct bh_authority *authority)
{
    return bh_committer_run_for(app->committer, authority, write_rotation, NULL, NULL);
}
