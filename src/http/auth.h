// SPDX-License-Identifier: Apache-2.0
/*
 * What the routes that let people in share: their limits, the two fields they all take, and how they refuse.
 */
#ifndef BH_HTTP_AUTH_H
#define BH_HTTP_AUTH_H

#include "app/accounts.h"
#include "http/server.h"
#include "lib/email.h"
#include "lib/json.h"
#include "lib/password.h"

/* Counts against the caller's address; false when the answer is now a 429. */
BH_MUST_USE
bool bh_auth_within_address(struct bh_app *app, struct bh_exchange *exchange);
/* The same against an e-mail address, known or not, in any case of its letters: closely for this caller, so
 * that a stranger does not lock its owner out, and more widely for all callers together. */
BH_MUST_USE
bool bh_auth_within_email(struct bh_app *app, struct bh_exchange *exchange, struct bh_span email);
/* The same against a person, for what is guessed when signed in. */
BH_MUST_USE
bool bh_auth_within_person(
    struct bh_app *app, struct bh_exchange *exchange, const char *bucket, struct bh_span user_id);

/* Parses the body and counts against the address. BH_ERR_RATE_LIMIT: the answer is complete. The caller owns
 * *ret_object. */
BH_MUST_USE
enum bh_err bh_auth_begin(struct bh_app *app, struct bh_exchange *exchange, const char *const *keys,
    json_t **ret_object, struct bh_span *ret_detail);
/* The member "email". BH_ERR_EMAIL. */
BH_MUST_USE
enum bh_err bh_auth_read_email(const json_t *object, char ret_email[static BH_EMAIL_TEXT]);
/* The member of that name as a new password, not trimmed. BH_ERR_PASSWORD_LENGTH. */
BH_MUST_USE
enum bh_err bh_auth_read_password(const json_t *object, const char *key, struct bh_span *ret_password);
/* With a fresh salt. */
BH_MUST_USE
enum bh_err bh_auth_hash(struct bh_span password, char ret_text[static BH_PASSWORD_TEXT]);
/* What the owner of a new session will see of it: made in this way (a constant), by this request. In the
 * exchange's arena. */
BH_MUST_USE
enum bh_err bh_auth_read_source(const struct bh_app *app, struct bh_exchange *exchange, const char *kind,
    struct bh_session_source *ret_source);
/* Sets the session's cookie from a secret that does not outlive the handler. */
void bh_auth_set_cookie(const struct bh_app *app, struct bh_exchange *exchange, const char *secret);

#endif
