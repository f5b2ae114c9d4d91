// SPDX-License-Identifier: Apache-2.0
/*
 * Invitations into the account: made, listed and taken back by those who manage members; accepted by whoever
 * has the link.
 */
#include "http/handlers.h"

#include "app/mailer.h"
#include "app/members.h"
#include "http/auth.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "store/reader.h"

/* The open half of an invitation's object: what the list shows, and what its maker gets besides the link. */
static void add_invite(const struct bh_invite_record *invite, struct bh_buf *out)
{
    bh_json_add_text_member(out, "inviteId", invite->invite_id);
    bh_buf_addf(out, ",\"role\":\"%s\",\"roleLabel\":\"%s\"", bh_role_text(invite->role),
        bh_role_label(invite->role));
    bh_json_add_text_member(out, "email", invite->email);
    bh_json_add_text_member(out, "invitedBy", invite->invited_by_email);
    bh_json_add_time_member(out, "createdAt", invite->created_at);
    bh_json_add_time_member(out, "expiresAt", invite->expires_at);
}

/* ---- manage ---- */

void bh_api_invite_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    struct bh_invite_record *invites = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = bh_invite_list(
            reader.db, principal.account, bh_clock_wall_ms(), &exchange->arena, &invites, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"invites\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        bh_buf_add_char(body, '{');
        add_invite(&invites[i], body);
        bh_buf_add_char(body, '}');
    }
    bh_buf_add_text(body, "],\"workspaceAuthority\":");
    bh_present_authority(principal.role, body);
    bh_buf_add_char(body, '}');
}

static enum bh_err read_invite(
    const json_t *object, struct bh_invite_record *invite, char email[static BH_EMAIL_TEXT])
{
    invite->role = bh_role_find(bh_json_member_text(object, "role"));
    if (invite->role == BH_ROLE_NONE)
        return BH_ERR_MEMBER_ROLE;
    const json_t *value = json_object_get(object, "email");
    if (value == NULL || json_is_null(value))
        return BH_OK;
    enum bh_err err = bh_email_read(bh_json_text(value), email);
    if (err == BH_OK)
        invite->email = bh_span_from(email);
    return err;
}

void bh_api_invite_create(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"role", "email", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_principal principal;
    struct bh_invite_record invite = {0};
    char email[BH_EMAIL_TEXT];
    char invite_id[BH_ID_TEXT];
    char token[BH_SECRET_TEXT];
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &object, &detail);
    if (err == BH_OK)
        err = read_invite(object, &invite, email);
    if (err == BH_OK) {
        invite.invited_by_email = principal.email;
        err = bh_invites_create(app, &principal.authority, &invite, invite_id, token);
    }
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 201);
    bh_buf_add_char(body, '{');
    add_invite(&invite, body);
    bh_buf_addf(body, ",\"inviteUrl\":\"%s/invite#token=%s\"}", app->base_url, token);
    bh_wipe(token, sizeof(token));
}

void bh_api_invite_delete(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_principal principal;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = bh_invites_delete(app, &principal.authority, exchange->params[0]);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"deleted\":true}");
}

/* ---- look at it ---- */

static void reply_invitation(struct bh_exchange *exchange, const struct bh_invite_record *invite)
{
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"account\":{");
    bh_json_add_text_member(body, "name", invite->account_name);
    bh_buf_addf(body, "},\"role\":\"%s\",\"roleLabel\":\"%s\"", bh_role_text(invite->role),
        bh_role_label(invite->role));
    bh_json_add_text_member(body, "email", invite->email);
    bh_json_add_text_member(body, "invitedBy", invite->invited_by_email);
    bh_json_add_time_member(body, "expiresAt", invite->expires_at);
    bh_buf_add_char(body, '}');
}

/* Whoever has the link may know what it is for before joining; who is a member already is not told. */
void bh_api_invite_read(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"token", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_invite_record invite;
    enum bh_err err = bh_session_check_origin_if_any(app, exchange);
    if (err == BH_OK)
        err = bh_auth_begin(app, exchange, keys, &object, &detail);
    if (err == BH_OK)
        err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_invites_find(
            reader.db, bh_json_member_text(object, "token"), bh_clock_wall_ms(), &exchange->arena, &invite);
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, detail);
    else
        reply_invitation(exchange, &invite);
}

/* ---- accept ---- */

/* Looked at before the password is, so that without an invitation nobody makes us hash one. */
static enum bh_err find_invite_and_person(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_span token, struct bh_span email, struct bh_person_record *ret_person)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_invite_record invite;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_invites_find(reader.db, token, bh_clock_wall_ms(), &exchange->arena, &invite);
    if (err != BH_OK)
        return err;
    err = bh_person_find_by_email(reader.db, email, &exchange->arena, ret_person);
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

struct newcomer {
    char user_id[BH_ID_TEXT];
    char email[BH_EMAIL_TEXT];
    char password[BH_PASSWORD_TEXT];
};

/* One computation for a known address as for an unknown one: by the answer's time nobody tells them apart. A
 * wrong password looks like an address that was not invited. */
static enum bh_err check_password(const struct bh_app *app, struct bh_span password,
    struct newcomer *newcomer, struct bh_person_record *person)
{
    if (person->id != 0) {
        enum bh_err err = bh_password_verify(password, person->password);
        return err == BH_ERR_LOGIN ? BH_ERR_INVITE_ADDRESS : err;
    }
    bh_random_id("user", newcomer->user_id);
    *person = (struct bh_person_record){.user_id = bh_span_from(newcomer->user_id),
        .email = bh_span_from(newcomer->email),
        .email_verified = app->mailer == NULL};
    enum bh_err err = bh_auth_hash(password, newcomer->password);
    person->password = bh_span_from(newcomer->password);
    return err;
}

static void reply_accepted(struct bh_exchange *exchange, int status, struct bh_span user_id,
    struct bh_span email, const struct bh_invite_record *invite)
{
    bh_log(BH_LOG_INFO, "an invitation was accepted", "inviteId", invite->invite_id.data, "userId",
        user_id.data, NULL);
    struct bh_buf *body = bh_reply_json(exchange, status);
    bh_buf_add_text(body, "{\"accepted\":true,\"user\":{");
    bh_json_add_text_member(body, "userId", user_id);
    bh_json_add_text_member(body, "email", email);
    bh_buf_add_text(body, "},\"account\":{");
    bh_json_add_text_member(body, "accountId", invite->account_id);
    bh_json_add_text_member(body, "name", invite->account_name);
    bh_buf_addf(body, "},\"role\":\"%s\"}", bh_role_text(invite->role));
}

static enum bh_err accept_by_person(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_span token, const json_t *object)
{
    struct newcomer newcomer;
    struct bh_span password;
    struct bh_person_record person = {0};
    struct bh_invite_record invite;
    struct bh_session_source source;
    char secret[BH_SECRET_TEXT];
    enum bh_err err = bh_auth_read_email(object, newcomer.email);
    if (err == BH_OK)
        err = bh_auth_read_password(object, "password", &password);
    if (err == BH_OK && !bh_auth_within_email(app, exchange, bh_span_from(newcomer.email)))
        err = BH_ERR_RATE_LIMIT;
    if (err == BH_OK)
        err = find_invite_and_person(app, exchange, token, bh_span_from(newcomer.email), &person);
    bool is_new = person.id == 0;
    if (err == BH_OK)
        err = check_password(app, password, &newcomer, &person);
    if (err == BH_OK)
        err = bh_auth_read_source(app, exchange, "invite", &source);
    if (err == BH_OK)
        err = bh_invites_accept_by_person(app, token, &person, &source, &exchange->arena, &invite, secret);
    if (err != BH_OK)
        return err;
    if (is_new && !person.email_verified)
        bh_mailer_request(app->mailer, BH_MAIL_VERIFY, newcomer.email);
    bh_auth_set_cookie(app, exchange, secret);
    reply_accepted(exchange, is_new ? 201 : 200, person.user_id, person.email, &invite);
    bh_wipe(secret, sizeof(secret));
    return BH_OK;
}

static enum bh_err accept_by_session(struct bh_app *app, struct bh_exchange *exchange, struct bh_span token)
{
    struct bh_principal principal;
    struct bh_invite_record invite;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK && principal.session == 0)
        err = BH_ERR_SESSION_REQUIRED;
    if (err == BH_OK)
        err = bh_invites_accept(
            app, token, principal.person, principal.email, principal.session, &exchange->arena, &invite);
    if (err == BH_OK)
        reply_accepted(exchange, 200, principal.user_id, principal.email, &invite);
    return err;
}

void bh_api_invite_accept(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"token", "email", "password", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    /* With a cookie the rule is the same as everywhere. */
    enum bh_err err = bh_session_check_origin_if_any(app, exchange);
    if (err == BH_OK)
        err = bh_auth_begin(app, exchange, keys, &object, &detail);
    if (err == BH_OK) {
        struct bh_span token = bh_json_member_text(object, "token");
        bool names = json_object_get(object, "email") != NULL || json_object_get(object, "password") != NULL;
        if (!bh_span_starts_with(token, BH_SPAN("bhf_inv_")))
            err = BH_ERR_INVITE_INVALID;
        else
            err = names ? accept_by_person(app, exchange, token, object)
                        : accept_by_session(app, exchange, token);
    }
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, detail);
}
