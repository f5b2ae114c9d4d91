// SPDX-License-Identifier: Apache-2.0
/*
 * Links by mail, and new passwords.
 */
#include "http/handlers.h"

#include "app/mailer.h"
#include "http/auth.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"

/* ---- asking for a link ---- */

/* The answer is the same for all addresses, and for what is none, and comes before anybody has looked whose
 * it is. */
static void request_link(struct bh_app *app, struct bh_exchange *exchange, enum bh_mail_purpose purpose)
{
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    char email[BH_EMAIL_TEXT];
    enum bh_err err = bh_json_parse_object(exchange->body, &object);
    if (err == BH_OK && !bh_auth_within_address(app, exchange))
        err = BH_ERR_RATE_LIMIT;
    bool is_address = err == BH_OK && bh_auth_read_email(object, email) == BH_OK;
    if (is_address && !bh_auth_within_email(app, exchange, bh_span_from(email)))
        err = BH_ERR_RATE_LIMIT;
    if (err != BH_OK) {
        bh_reply_refusal(exchange, err, BH_ABSENT);
        return;
    }
    if (is_address)
        bh_mailer_request(app->mailer, purpose, email);
    bh_buf_add_text(bh_reply_json(exchange, 200), "{\"ok\":true}");
}

void bh_api_auth_resend_verification(struct bh_app *app, struct bh_exchange *exchange)
{
    request_link(app, exchange, BH_MAIL_VERIFY);
}

void bh_api_auth_forgot_password(struct bh_app *app, struct bh_exchange *exchange)
{
    request_link(app, exchange, BH_MAIL_RESET);
}

/* ---- using a link ---- */

void bh_api_auth_verify_email(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"token", "code", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    enum bh_err err = bh_auth_begin(app, exchange, keys, &object, &detail);
    if (err == BH_OK) {
        struct bh_span token = bh_span_trim(bh_json_member_text(object, "token"));
        if (token.len == 0)
            token = bh_span_trim(bh_json_member_text(object, "code"));
        err = token.len == 0 ? BH_ERR_VERIFY_TOKEN_REQUIRED : bh_accounts_verify_email(app, token);
    }
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, detail);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"ok\":true}");
}

/* Before the new password is hashed: that costs more than looking. */
static enum bh_err check_reset_token(struct bh_app *app, struct bh_span token)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_sha256 hash = bh_sha256(token);
    int64_t person;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_mail_token_find(reader.db, &hash, BH_MAIL_RESET, bh_clock_wall_ms(), &person);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_RESET_TOKEN : err;
}

void bh_api_auth_reset_password(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"token", "password", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_span token = BH_ABSENT;
    struct bh_span password;
    char stored[BH_PASSWORD_TEXT];
    enum bh_err err = bh_auth_begin(app, exchange, keys, &object, &detail);
    if (err == BH_OK) {
        token = bh_span_trim(bh_json_member_text(object, "token"));
        err = token.len == 0 ? BH_ERR_RESET_TOKEN_REQUIRED : BH_OK;
    }
    if (err == BH_OK)
        err = bh_auth_read_password(object, "password", &password);
    if (err == BH_OK)
        err = check_reset_token(app, token);
    if (err == BH_OK)
        err = bh_auth_hash(password, stored);
    if (err == BH_OK)
        err = bh_accounts_reset_password(app, token, bh_span_from(stored));
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, detail);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"ok\":true}");
}

/* ---- another password ---- */

static enum bh_err find_self(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_principal *ret_principal, struct bh_person_record *ret_person)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, ret_principal);
    if (err == BH_OK)
        err = bh_person_find(reader.db, ret_principal->person, &exchange->arena, ret_person);
    return err;
}

static enum bh_err read_change(
    const json_t *object, struct bh_span *ret_current, struct bh_span *ret_new, struct bh_span *ret_detail)
{
    *ret_current = bh_json_member_text(object, "currentPassword");
    if (bh_span_is_absent(*ret_current)) {
        *ret_detail = BH_SPAN("currentPassword");
        return BH_ERR_FIELD_REQUIRED;
    }
    return bh_auth_read_password(object, "newPassword", ret_new);
}

void bh_api_auth_change_password(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"currentPassword", "newPassword", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_span current = BH_ABSENT;
    struct bh_span next = BH_ABSENT;
    struct bh_principal principal;
    struct bh_person_record person;
    char stored[BH_PASSWORD_TEXT];
    enum bh_err err = find_self(app, exchange, &principal, &person);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &object, &detail);
    if (err == BH_OK)
        err = read_change(object, &current, &next, &detail);
    if (err == BH_OK && !bh_auth_within_person(app, exchange, "password", principal.user_id))
        err = BH_ERR_RATE_LIMIT;
    if (err == BH_OK)
        err = bh_password_verify(current, person.password);
    if (err == BH_OK)
        err = bh_auth_hash(next, stored);
    if (err == BH_OK)
        err = bh_accounts_change_password(
            app, principal.person, principal.session, person.password, bh_span_from(stored));
    if (err != BH_OK)
        bh_reply_refusal(exchange, err == BH_ERR_LOGIN ? BH_ERR_PASSWORD_WRONG : err, detail);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"ok\":true}");
}
