// SPDX-License-Identifier: Apache-2.0
/*
 * Signing up, in and out, and what a session tells about itself.
 */
#include "http/handlers.h"

#include "app/mailer.h"
#include "http/auth.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/present.h"
#include "http/reply.h"
#include "store/reader.h"

#define ACCOUNTS_SHOWN 1000

/* ---- up ---- */

static enum bh_err check_open(const struct bh_app *app)
{
    switch (app->config->signup) {
    case BH_SIGNUP_OPEN:
        return BH_OK;
    case BH_SIGNUP_INVITE:
        return BH_ERR_SIGNUP_INVITE;
    case BH_SIGNUP_CLOSED:
    default:
        return BH_ERR_SIGNUP_CLOSED;
    }
}

static void reply_signed_up(
    struct bh_app *app, struct bh_exchange *exchange, const char *email, const struct bh_sign_in *sign_in)
{
    if (!sign_in->email_verified)
        bh_mailer_request(app->mailer, BH_MAIL_VERIFY, email);
    bh_auth_set_cookie(app, exchange, sign_in->secret);
    struct bh_buf *body = bh_reply_json(exchange, 201);
    bh_buf_addf(body, "{\"user\":{\"userId\":\"%s\",\"email\":", sign_in->user_id);
    bh_json_add_string(body, bh_span_from(email));
    bh_buf_addf(body, "},\"emailVerificationSent\":%s}", sign_in->email_verified ? "false" : "true");
}

void bh_api_auth_signup(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"email", "password", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_span password;
    struct bh_sign_in sign_in;
    struct bh_session_source source;
    char email[BH_EMAIL_TEXT];
    char stored[BH_PASSWORD_TEXT];
    enum bh_err err = check_open(app);
    if (err == BH_OK)
        err = bh_auth_begin(app, exchange, keys, &object, &detail);
    if (err == BH_OK)
        err = bh_auth_read_email(object, email);
    if (err == BH_OK)
        err = bh_auth_read_password(object, "password", &password);
    if (err == BH_OK && !bh_auth_within_email(app, exchange, bh_span_from(email)))
        err = BH_ERR_RATE_LIMIT;
    if (err == BH_OK)
        err = bh_auth_hash(password, stored);
    if (err == BH_OK)
        err = bh_auth_read_source(app, exchange, "password", &source);
    if (err == BH_OK)
        err = bh_accounts_sign_up(app, bh_span_from(email), bh_span_from(stored), &source, &sign_in);
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, detail);
    else
        reply_signed_up(app, exchange, email, &sign_in);
    bh_wipe(&sign_in, sizeof(sign_in));
}

/* ---- in ---- */

/* Whoever it is: the password is computed once, also when there is nobody of that address. */
static enum bh_err find_by_password(
    struct bh_app *app, struct bh_exchange *exchange, const json_t *object, struct bh_person_record *person)
{
    char email[BH_EMAIL_TEXT];
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK && bh_auth_read_email(object, email) == BH_OK)
        err = bh_person_find_by_email(reader.db, bh_span_from(email), &exchange->arena, person);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    bh_reader_close(&reader); /* not for as long as the computation takes */
    return bh_password_verify(bh_json_member_text(object, "password"), person->password);
}

static void reply_signed_in(struct bh_app *app, struct bh_exchange *exchange,
    const struct bh_person_record *person, const char *secret)
{
    bh_auth_set_cookie(app, exchange, secret);
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"user\":{");
    bh_json_add_text_member(body, "userId", person->user_id);
    bh_json_add_text_member(body, "email", person->email);
    bh_json_add_bool_member(body, "emailVerified", person->email_verified);
    bh_buf_add_text(body, "}}");
}

void bh_api_auth_login(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"email", "password", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_person_record person = {.password = BH_ABSENT};
    struct bh_session_source source;
    char secret[BH_SECRET_TEXT];
    enum bh_err err = bh_auth_begin(app, exchange, keys, &object, &detail);
    if (err == BH_OK && !bh_auth_within_email(app, exchange, bh_json_member_text(object, "email")))
        err = BH_ERR_RATE_LIMIT;
    if (err == BH_OK)
        err = find_by_password(app, exchange, object, &person);
    if (err == BH_OK)
        err = bh_auth_read_source(app, exchange, "password", &source);
    if (err == BH_OK)
        err = bh_accounts_sign_in(app, &person, &source, secret);
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, detail);
    else
        reply_signed_in(app, exchange, &person, secret);
    bh_wipe(secret, sizeof(secret));
}

/* ---- out ---- */

/* Also without a session: whoever wants to be signed out is. */
void bh_api_auth_logout(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_span secret = bh_session_cookie(exchange);
    enum bh_err err = bh_span_is_absent(secret) ? BH_OK : bh_accounts_sign_out(app, secret);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    bh_session_set_cookie(app, exchange, NULL);
    bh_buf_add_text(bh_reply_json(exchange, 200), "{\"loggedOut\":true}");
}

/* ---- who is it? ---- */

struct view {
    struct bh_principal principal;
    struct bh_person_record person;
    struct bh_member_record *members;
    size_t count;
};

/* A token is for one account: it does not tell where else its maker is a member. */
static void keep_present_account(struct view *view)
{
    size_t kept = 0;
    for (size_t i = 0; i < view->count; i++) {
        if (view->members[i].account == view->principal.account)
            view->members[kept++] = view->members[i];
    }
    view->count = kept;
}

static enum bh_err load(struct bh_app *app, struct bh_exchange *exchange, struct view *view)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &view->principal);
    if (err != BH_OK || view->principal.person == 0)
        return err;
    err = bh_person_find(reader.db, view->principal.person, &exchange->arena, &view->person);
    if (err == BH_OK)
        err = bh_member_list_accounts(reader.db, view->principal.person, ACCOUNTS_SHOWN, &exchange->arena,
            &view->members, &view->count);
    if (err == BH_OK && view->principal.session == 0)
        keep_present_account(view);
    return err;
}

/* These and no others, whatever else the record holds. */
static void add_user(const struct bh_person_record *person, struct bh_buf *body)
{
    if (person->id == 0) {
        bh_buf_add_text(body, "null");
        return;
    }
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "userId", person->user_id);
    bh_json_add_text_member(body, "email", person->email);
    bh_json_add_bool_member(body, "emailVerified", person->email_verified);
    bh_json_add_time_member(body, "createdAt", person->created_at);
    bh_json_add_bool_member(body, "isOperator", person->is_operator);
    bh_buf_add_char(body, '}');
}

static void add_account(const struct bh_member_record *member, bool with_role, struct bh_buf *body)
{
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "accountId", member->account_id);
    bh_json_add_text_member(body, "name", member->account_name);
    if (with_role)
        bh_json_add_text_member(body, "role", bh_span_from(bh_role_text(member->role)));
    bh_buf_add_char(body, '}');
}

static void add_present_account(const struct view *view, struct bh_buf *body)
{
    for (size_t i = 0; i < view->count; i++) {
        if (view->members[i].account == view->principal.account) {
            add_account(&view->members[i], false, body);
            return;
        }
    }
    bh_buf_add_text(body, "null");
}

void bh_api_auth_me(struct bh_app *app, struct bh_exchange *exchange)
{
    struct view view = {0};
    enum bh_err err = load(app, exchange, &view);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_key(body, "user");
    add_user(&view.person, body);
    bh_json_add_key(body, "account");
    add_present_account(&view, body);
    bh_json_add_text_member(body, "role",
        view.principal.role == BH_ROLE_NONE ? BH_ABSENT : bh_span_from(bh_role_text(view.principal.role)));
    bh_json_add_key(body, "accounts");
    bh_buf_add_char(body, '[');
    for (size_t i = 0; i < view.count; i++) {
        bh_json_add_separator(body);
        add_account(&view.members[i], true, body);
    }
    bh_buf_add_text(body, "]}");
}

/* ---- the session ---- */

static enum bh_err find_session(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_session_record *ret_session)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err != BH_OK)
        return err;
    struct bh_sha256 hash = bh_sha256(bh_session_cookie(exchange));
    err = bh_session_find(reader.db, &hash, &exchange->arena, ret_session);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_AUTH_REQUIRED : err;
}

void bh_api_auth_session(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_session_record session;
    enum bh_err err = find_session(app, exchange, &session);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        if (err == BH_ERR_AUTH_REQUIRED) {
            bh_buf_clear(&exchange->reply.body);
            bh_buf_add_text(&exchange->reply.body, "{\"authenticated\":false}");
        }
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"authenticated\":true,\"session\":{");
    bh_json_add_text_member(body, "sessionId", session.session_id);
    bh_json_add_text_member(body, "userId", session.person.user_id);
    bh_json_add_text_member(body, "email", session.person.email);
    bh_json_add_bool_member(body, "emailVerified", session.person.email_verified);
    bh_json_add_key(body, "inactivityMs");
    bh_buf_add_int(body, BH_SESSION_IDLE_MS);
    bh_buf_add_text(body, "}}");
}

/* What a page sends now and then while somebody works in it: looking at the session slides it along. */
void bh_api_auth_ping(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_session_record session;
    struct bh_span secret;
    enum bh_err err = find_session(app, exchange, &session);
    if (err == BH_OK && !bh_arena_copy(&exchange->arena, bh_session_cookie(exchange), &secret))
        err = BH_ERR_NO_MEMORY;
    if (err != BH_OK) {
        bh_reply_error(exchange, err == BH_ERR_AUTH_REQUIRED ? BH_ERR_SESSION_EXPIRED : err, BH_ABSENT);
        return;
    }
    bh_auth_set_cookie(app, exchange, secret.data);
    bh_buf_add_text(bh_reply_json(exchange, 200), "{\"ok\":true}");
}

void bh_api_auth_switch(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"accountId", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_span account_id = BH_ABSENT;
    struct bh_session_record session;
    enum bh_err err = find_session(app, exchange, &session);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &object, &detail);
    if (err == BH_OK)
        err =
            bh_fields_required_text(object, "accountId", 80, BH_ERR_ACCOUNT_NOT_FOUND, &account_id, &detail);
    if (err == BH_OK)
        err = bh_accounts_switch(app, session.id, session.person.id, account_id);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"accountId\":");
    bh_json_add_string(body, account_id);
    bh_buf_add_char(body, '}');
}
