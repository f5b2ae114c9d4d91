// SPDX-License-Identifier: Apache-2.0
/*
 * The account's settings, and what the caller should know of the server's.
 */
#include "http/handlers.h"

#include "app/app.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/log.h"
#include "store/reader.h"

struct settings {
    struct bh_account_record account;
    bool separates_duties;
};

static enum bh_err load(struct bh_db *db, int64_t account, struct bh_arena *arena, struct settings *settings)
{
    enum bh_err err = bh_account_find(db, account, arena, &settings->account);
    return err == BH_OK ? bh_account_separates_duties(db, account, &settings->separates_duties) : err;
}

static void reply(struct bh_app *app, struct bh_exchange *exchange, const struct bh_principal *principal,
    const struct settings *settings)
{
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "email", principal->email);
    bh_json_add_text_member(body, "appUrl", bh_span_from(app->base_url));
    bh_buf_add_text(body, ",\"account\":{");
    bh_json_add_text_member(body, "accountId", settings->account.account_id);
    bh_json_add_text_member(body, "name", settings->account.name);
    bh_buf_add_char(body, '}');
    bh_json_add_bool_member(body, "separationOfDuties", settings->separates_duties);
    bh_buf_add_text(body, ",\"logRetentionDays\":");
    if (app->config->retention_days == 0)
        bh_buf_add_text(body, "null");
    else
        bh_buf_add_int(body, app->config->retention_days);
    bh_buf_addf(body, ",\"signup\":\"%s\"", bh_config_signup_text(app->config->signup));
    bh_json_add_bool_member(body, "mailEnabled", app->mailer != NULL);
    bh_buf_add_text(body, ",\"webhooksEnabled\":true,\"workspaceAuthority\":");
    bh_present_authority(principal->role, body);
    bh_buf_add_char(body, '}');
}

void bh_api_settings_read(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    struct settings settings;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = load(reader.db, principal.account, &exchange->arena, &settings);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        reply(app, exchange, &principal, &settings);
}

struct change {
    int64_t account;
    struct bh_arena *arena;
    struct bh_span name; /* absent = as it is */
    bool sets_duties, separates_duties;
    struct settings result;
};

static enum bh_err read_change(const json_t *object, struct change *change, struct bh_span *ret_detail)
{
    enum bh_err err = BH_OK;
    const json_t *separates = json_object_get(object, "separationOfDuties");
    if (separates != NULL && !json_is_boolean(separates)) {
        *ret_detail = BH_SPAN("separationOfDuties");
        return BH_ERR_BOOLEAN;
    }
    change->sets_duties = separates != NULL;
    change->separates_duties = json_is_true(separates);
    if (json_object_get(object, "name") != NULL) {
        err = bh_fields_required_text(object, "name", 120, BH_ERR_NAME_TOO_LONG, &change->name, ret_detail);
    } else if (!change->sets_duties) {
        *ret_detail = BH_SPAN("settings");
        err = BH_ERR_NOTHING_TO_CHANGE;
    }
    return err;
}

static enum bh_err write_change(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    enum bh_err err = BH_OK;
    if (!bh_span_is_absent(change->name))
        err = bh_account_rename(context->db, change->account, change->name);
    if (err == BH_OK && change->sets_duties)
        err = bh_account_separate_duties(context->db, change->account, change->separates_duties);
    return err == BH_OK ? load(context->db, change->account, change->arena, &change->result) : err;
}

void bh_api_settings_change(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"name", "separationOfDuties", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_principal principal;
    struct bh_span detail = BH_ABSENT;
    struct change change = {.arena = &exchange->arena};
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &object, &detail);
    if (err == BH_OK)
        err = read_change(object, &change, &detail);
    if (err == BH_OK) {
        change.account = principal.account;
        err = bh_committer_run_for(app->committer, &principal.authority, write_change, NULL, &change);
    }
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    bh_log(BH_LOG_INFO, "the account's settings were changed", "accountId", principal.account_id.data, "by",
        principal.actor.data, NULL);
    reply(app, exchange, &principal, &change.result);
}
