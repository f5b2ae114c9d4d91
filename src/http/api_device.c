// SPDX-License-Identifier: Apache-2.0
/*
 * Device login: the command line asks and polls, a person confirms its code in a browser.
 */
#include "http/handlers.h"

#include "http/auth.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/reply.h"
#include "http/route.h"

#define POLL_SECONDS 5
#define RETRY_SECONDS "60" /* when too many wait; each of them ends within 15 minutes */
#define REQUESTS_FACTOR 2  /* from one address, against what one person may try */

void bh_api_device_request(struct bh_app *app, struct bh_exchange *exchange)
{
    char device_code[BH_SECRET_TEXT];
    char user_code[BH_DEVICE_USER_CODE_TEXT];
    enum bh_err err = bh_session_check_origin_if_any(app, exchange);
    if (err == BH_OK && !bh_route_within_auth_limit(
                            app, exchange, "device-ip", bh_route_caller(app, exchange), REQUESTS_FACTOR))
        return;
    if (err == BH_OK)
        err = bh_devices_request(app, device_code, user_code);
    if (err != BH_OK) {
        if (err == BH_ERR_DEVICE_LIMIT)
            bh_exchange_add_header(exchange, "Retry-After", RETRY_SECONDS);
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_addf(
        body, "{\"deviceCode\":\"%s\",\"userCode\":\"%s\",\"verificationUri\":", device_code, user_code);
    BH_CLEANUP(bh_buf_finish) struct bh_buf uri = {0};
    bh_buf_init(&uri, 512);
    bh_buf_addf(&uri, "%s/authenticate", app->base_url);
    bh_json_add_string(body, bh_buf_span(&uri));
    bh_buf_addf(body, ",\"expiresIn\":%d,\"interval\":%d}", (int)(BH_DEVICE_LIFE_MS / 1000), POLL_SECONDS);
    bh_wipe(device_code, sizeof(device_code));
}

void bh_api_device_poll(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const names[] = {[BH_DEVICE_EXPIRED] = "expired",
        [BH_DEVICE_PENDING] = "pending",
        [BH_DEVICE_DENIED] = "denied",
        [BH_DEVICE_AUTHORIZED] = "authorized"};
    static const char *const keys[] = {"deviceCode", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    enum bh_device_status status = BH_DEVICE_EXPIRED;
    struct bh_session_source source;
    char secret[BH_SECRET_TEXT];
    enum bh_err err = bh_fields_parse(exchange, keys, &object, &detail);
    struct bh_span device_code = bh_span_trim(bh_json_member_text(object, "deviceCode"));
    if (err == BH_OK && device_code.len == 0) {
        err = BH_ERR_FIELD_REQUIRED;
        detail = BH_SPAN("deviceCode");
    }
    if (err == BH_OK)
        err = bh_auth_read_source(app, exchange, "device", &source);
    if (err == BH_OK)
        err = bh_devices_poll(app, device_code, &source, &status, secret);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_addf(body, "{\"status\":\"%s\"", names[status]);
    if (status == BH_DEVICE_AUTHORIZED)
        bh_buf_addf(body, ",\"token\":\"%s\"", secret);
    bh_buf_add_char(body, '}');
    bh_wipe(secret, sizeof(secret));
}

static void answer(struct bh_app *app, struct bh_exchange *exchange, bool authorize)
{
    static const char *const keys[] = {"userCode", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_span code = BH_ABSENT;
    struct bh_principal principal;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &object, &detail);
    if (err == BH_OK)
        err = bh_fields_required_text(object, "userCode", 80, BH_ERR_DEVICE_CODE, &code, &detail);
    if (err == BH_OK && !bh_auth_within_person(app, exchange, "device-code", principal.user_id))
        err = BH_ERR_RATE_LIMIT;
    if (err == BH_OK)
        err = bh_devices_answer(app, code, authorize, principal.person, principal.account);
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, detail);
    else
        bh_buf_add_text(
            bh_reply_json(exchange, 200), authorize ? "{\"authorized\":true}" : "{\"denied\":true}");
}

void bh_api_device_authorize(struct bh_app *app, struct bh_exchange *exchange)
{
    answer(app, exchange, true);
}

void bh_api_device_deny(struct bh_app *app, struct bh_exchange *exchange)
{
    answer(app, exchange, false);
}
