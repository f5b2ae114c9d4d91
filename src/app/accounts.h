// SPDX-License-Identifier: Apache-2.0
/*
 * How people get in and stay in: the first operator, sign-up, sessions, passwords, links by mail, devices.
 * Each change is one transaction through the committer. Passwords come as the text of lib/password.h, hashed
 * by the caller, because that must not keep the commit thread; e-mail addresses as lib/email.h gives them.
 */
#ifndef BH_APP_ACCOUNTS_H
#define BH_APP_ACCOUNTS_H

#include "app/app.h"
#include "store/sign_in.h"

/* A person who has just signed in; the secret is given out once and stored nowhere. */
struct bh_sign_in {
    char user_id[BH_ID_TEXT];
    char secret[BH_SECRET_TEXT];
    bool email_verified;
};

/* ---- inside a write transaction ---- */

/*
 * Makes an operator, who owns the first account. BH_ERR_SETUP_DONE when there is an operator already,
 * BH_ERR_EMAIL_TAKEN. `account_name` absent: the account keeps its name.
 */
BH_MUST_USE
enum bh_err bh_accounts_add_operator(struct bh_db *db, struct bh_span email, struct bh_span password,
    struct bh_span account_name, int64_t now_ms, char ret_user_id[static BH_ID_TEXT], int64_t *ret_person,
    int64_t *ret_account);
/*
 * Makes a person who is there an operator who owns the first account; *ret_role is the role they had in it.
 * BH_ERR_ACCOUNT_NOT_FOUND when there is no account.
 */
BH_MUST_USE
enum bh_err bh_accounts_restore_operator(struct bh_db *db, int64_t person, int64_t now_ms,
    struct bh_arena *arena, struct bh_account_record *ret_account, enum bh_role *ret_role);
/* A new session of a person in an account, which must be one of theirs. */
BH_MUST_USE
enum bh_err bh_accounts_add_session(struct bh_db *db, int64_t person, int64_t account,
    const struct bh_session_source *source, int64_t now_ms, char ret_secret[static BH_SECRET_TEXT]);
/* A new link for the person, which replaces an older one: its secret. */
BH_MUST_USE
enum bh_err bh_accounts_add_link(struct bh_db *db, int64_t person, enum bh_mail_purpose purpose,
    int64_t now_ms, char ret_secret[static BH_SECRET_TEXT]);

/* ---- transactions of their own ---- */

BH_MUST_USE
enum bh_err bh_accounts_set_up(struct bh_app *app, struct bh_span email, struct bh_span password,
    struct bh_span account_name, const struct bh_session_source *source, struct bh_sign_in *ret_sign_in);
/* A person with an account of their own, which bears the address as its name. BH_ERR_EMAIL_TAKEN. */
BH_MUST_USE
enum bh_err bh_accounts_sign_up(struct bh_app *app, struct bh_span email, struct bh_span password,
    const struct bh_session_source *source, struct bh_sign_in *ret_sign_in);
/* In the account that the person has belonged to for longest; BH_ERR_NOT_A_MEMBER when there is none.
 * BH_ERR_LOGIN when the stored password is not that of `person` any more. */
BH_MUST_USE
enum bh_err bh_accounts_sign_in(struct bh_app *app, const struct bh_person_record *person,
    const struct bh_session_source *source, char ret_secret[static BH_SECRET_TEXT]);
/* Ends the session of that secret, if there is one. */
BH_MUST_USE
enum bh_err bh_accounts_sign_out(struct bh_app *app, struct bh_span secret);
/* Uses up the token of a reset link: sets the password, ends everything that was signed in, and deletes the
 * person's open invitations and developer tokens.
 * BH_ERR_RESET_TOKEN when it is unknown, used or expired. */
BH_MUST_USE
enum bh_err bh_accounts_reset_password(struct bh_app *app, struct bh_span token, struct bh_span password);
/* Ends everything that was signed in but `session`, and deletes the person's open invitations; their
 * developer tokens stay. BH_ERR_PASSWORD_WRONG when it is not `old_password` (the stored text) any more. */
BH_MUST_USE
enum bh_err bh_accounts_change_password(struct bh_app *app, int64_t person, int64_t session,
    struct bh_span old_password, struct bh_span password);
/* BH_ERR_VERIFY_TOKEN when it is unknown, used or expired. */
BH_MUST_USE
enum bh_err bh_accounts_verify_email(struct bh_app *app, struct bh_span token);
/* BH_ERR_ACCOUNT_NOT_FOUND unless the person has a part in it. */
BH_MUST_USE
enum bh_err bh_accounts_switch(
    struct bh_app *app, int64_t session, int64_t person, struct bh_span account_id);

/* ---- one's own sessions: own_sessions.c ---- */

/* Ends a session of the person who is at work in `session`, which may be the same one; says whether it was.
 * BH_ERR_SESSION_NOT_FOUND; BH_ERR_AUTH_REQUIRED when `session` itself has ended. */
BH_MUST_USE
enum bh_err bh_own_sessions_end(
    struct bh_app *app, int64_t person, int64_t session, struct bh_span session_id, bool *ret_was_present);
/* Ends all of the person's but `session`, and device logins that would become sessions; says how many
 * sessions there were. BH_ERR_AUTH_REQUIRED. */
BH_MUST_USE
enum bh_err bh_own_sessions_end_others(
    struct bh_app *app, int64_t person, int64_t session, size_t *ret_count);

/* ---- devices: devices.c ---- */

#define BH_DEVICE_USER_CODE_TEXT 10

/* Both codes are shown once and stored as hashes. BH_ERR_DEVICE_LIMIT. */
BH_MUST_USE
enum bh_err bh_devices_request(struct bh_app *app, char ret_device_code[static BH_SECRET_TEXT],
    char ret_user_code[static BH_DEVICE_USER_CODE_TEXT]);
/* A person says yes or no. BH_ERR_DEVICE_CODE, BH_ERR_DEVICE_CODE_EXPIRED. */
BH_MUST_USE
enum bh_err bh_devices_answer(
    struct bh_app *app, struct bh_span user_code, bool authorize, int64_t person, int64_t account);
/* With BH_DEVICE_AUTHORIZED, once: the secret of a new session; the request is gone then. */
BH_MUST_USE
enum bh_err bh_devices_poll(struct bh_app *app, struct bh_span device_code,
    const struct bh_session_source *source, enum bh_device_status *ret_status,
    char ret_secret[static BH_SECRET_TEXT]);

#endif
