// SPDX-License-Identifier: Apache-2.0
/*
 * Developer tokens: each person's own. Who manages members sees all of the account's and may revoke them.
 */
#include "http/handlers.h"

#include "app/app.h"
#include "app/bootstrap.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "store/people.h"
#include "store/reader.h"

#define SHOWN_TOKENS 1000

static bool sees_all(const struct bh_principal *principal)
{
    return bh_role_allows(principal->role, BH_MAY_MANAGE_MEMBERS);
}

/* Without the closing brace; `secret` only for a new one. */
static void add_token(const struct bh_token_record *token, const char *secret, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "tokenId", token->token_id);
    bh_json_add_text_member(out, "name", token->name);
    if (secret != NULL)
        bh_json_add_text_member(out, "token", bh_span_from(secret));
    bh_json_add_text_member(out, "tokenPreview", token->preview);
    bh_json_add_time_member(out, "createdAt", token->created_at);
    bh_json_add_time_member(out, "lastUsedAt", token->last_used_at);
}

/* Those made on the server's command line are nobody's: "userId": null. */
static void add_maker(const struct bh_token_record *token, struct bh_buf *out)
{
    bh_json_add_text_member(out, "userId", token->user_id);
    bh_json_add_text_member(out, "email", token->email);
}

void bh_api_token_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    struct bh_token_record *tokens = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = bh_token_list(reader.db, principal.account, sees_all(&principal) ? 0 : principal.person,
            SHOWN_TOKENS, &exchange->arena, &tokens, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"tokens\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        add_token(&tokens[i], NULL, body);
        if (sees_all(&principal))
            add_maker(&tokens[i], body);
        bh_buf_add_char(body, '}');
    }
    bh_buf_add_text(body, "]}");
}

struct creation {
    const struct bh_principal *principal;
    struct bh_span name;
    int64_t now_ms;
    char token_id[BH_ID_TEXT];
    char secret[BH_SECRET_TEXT];
};

static enum bh_err write_token(void *argument, const struct bh_commit_context *context)
{
    struct creation *creation = argument;
    const struct bh_principal *principal = creation->principal;
    creation->now_ms = context->now_ms;
    return bh_bootstrap_token(context->db, principal->account, principal->person, creation->name,
        context->now_ms, creation->token_id, creation->secret);
}

void bh_api_token_create(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"name", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_principal principal;
    struct creation creation = {.principal = &principal};
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &object, &detail);
    if (err == BH_OK)
        err = bh_fields_required_text(object, "name", 120, BH_ERR_NAME_TOO_LONG, &creation.name, &detail);
    if (err == BH_OK)
        err = bh_committer_run_for(app->committer, &principal.authority, write_token, NULL, &creation);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    char preview[BH_TOKEN_PREVIEW_TEXT];
    bh_bootstrap_token_preview(creation.secret, preview);
    const struct bh_token_record token = {.token_id = bh_span_from(creation.token_id),
        .name = creation.name,
        .preview = bh_span_from(preview),
        .created_at = creation.now_ms};
    struct bh_buf *body = bh_reply_json(exchange, 201);
    add_token(&token, creation.secret, body);
    bh_buf_add_char(body, '}');
    bh_wipe(creation.secret, sizeof(creation.secret));
}

struct deletion {
    int64_t account, owner_person; /* 0 = whoever made it */
    struct bh_span token_id;
};

static enum bh_err write_deletion(void *argument, const struct bh_commit_context *context)
{
    const struct deletion *deletion = argument;
    enum bh_err err =
        bh_token_delete(context->db, deletion->account, deletion->owner_person, deletion->token_id);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_TOKEN_NOT_FOUND : err;
}

void bh_api_token_delete(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_principal principal;
    struct deletion deletion = {0};
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK) {
        deletion = (struct deletion){.account = principal.account,
            .owner_person = sees_all(&principal) ? 0 : principal.person,
            .token_id = exchange->params[0]};
        if (sees_all(&principal)) /* to revoke those of others */
            principal.authority.may |= BH_MAY_MANAGE_MEMBERS;
        err = bh_committer_run_for(app->committer, &principal.authority, write_deletion, NULL, &deletion);
    }
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    bh_reply_json(exchange, 204);
    exchange->reply.no_body = true;
}
