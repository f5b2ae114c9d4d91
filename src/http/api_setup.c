// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/setup.h"
#include "http/auth.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/reply.h"

#define NAME_UNITS 120

/* What the pages for those who are not signed in can offer them. */
void bh_api_setup_read(struct bh_app *app, struct bh_exchange *exchange)
{
    bool needed;
    enum bh_err err = bh_setup_is_needed(app, &needed);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    bh_buf_addf(bh_reply_json(exchange, 200), "{\"needed\":%s,\"signup\":\"%s\",\"mailEnabled\":%s}",
        needed ? "true" : "false", bh_config_signup_text(app->config->signup),
        app->mailer != NULL ? "true" : "false");
}

struct setup_fields {
    char email[BH_EMAIL_TEXT];
    struct bh_span password, account_name;
};

/* The printed line must work from a terminal, which sends no Origin; a page of another origin must not. */
static enum bh_err check_caller(struct bh_app *app, struct bh_exchange *exchange, const json_t *object)
{
    bool needed;
    enum bh_err err = bh_session_check_origin_if_any(app, exchange);
    if (err == BH_OK)
        err = bh_setup_is_needed(app, &needed);
    if (err != BH_OK)
        return err;
    if (!needed)
        return BH_ERR_SETUP_DONE;
    return bh_setup_accepts(app, bh_json_member_text(object, "token")) ? BH_OK : BH_ERR_SETUP_LINK;
}

static enum bh_err read_fields(
    const json_t *object, struct setup_fields *ret_fields, struct bh_span *ret_detail)
{
    enum bh_err err = bh_auth_read_email(object, ret_fields->email);
    if (err == BH_OK)
        err = bh_auth_read_password(object, "password", &ret_fields->password);
    if (err == BH_OK)
        err = bh_fields_optional_text(object, "accountName", NAME_UNITS, BH_ERR_ACCOUNT_NAME_TOO_LONG,
            &ret_fields->account_name, ret_detail);
    return err;
}

static void reply(struct bh_app *app, struct bh_exchange *exchange, const struct setup_fields *fields,
    const struct bh_sign_in *sign_in)
{
    bh_auth_set_cookie(app, exchange, sign_in->secret);
    struct bh_buf *body = bh_reply_json(exchange, 201);
    bh_buf_addf(body, "{\"user\":{\"userId\":\"%s\",\"email\":", sign_in->user_id);
    bh_json_add_string(body, bh_span_from(fields->email));
    bh_buf_add_text(body, ",\"emailVerified\":true,\"isOperator\":true}}");
}

void bh_api_setup(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"token", "email", "password", "accountName", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct setup_fields fields = {.account_name = BH_ABSENT};
    struct bh_sign_in sign_in;
    struct bh_session_source source;
    char password[BH_PASSWORD_TEXT];
    enum bh_err err = bh_auth_begin(app, exchange, keys, &object, &detail);
    if (err == BH_OK)
        err = check_caller(app, exchange, object);
    if (err == BH_OK)
        err = read_fields(object, &fields, &detail);
    if (err == BH_OK)
        err = bh_auth_hash(fields.password, password);
    if (err == BH_OK)
        err = bh_auth_read_source(app, exchange, "setup", &source);
    if (err == BH_OK)
        err = bh_accounts_set_up(
            app, bh_span_from(fields.email), bh_span_from(password), fields.account_name, &source, &sign_in);
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, detail);
    else
        reply(app, exchange, &fields, &sign_in);
    bh_wipe(&sign_in, sizeof(sign_in));
}
