// SPDX-License-Identifier: Apache-2.0
/*
 * Signing in with email and password.
 */
#ifndef BH_CLI_LOGIN_PASSWORD_H
#define BH_CLI_LOGIN_PASSWORD_H

#include "client/client.h"

#define BH_EMAIL_TEXT 512

/* Asks the server for a session with both, and keeps it. What is NULL is taken from BEHALFID_PASSWORD or
 * asked for at the terminal. False with the error printed. */
BH_MUST_USE
bool bh_login_with_password(
    struct bh_client *client, const char *email, const char *password, char ret_email[static BH_EMAIL_TEXT]);
/* Keeps a session that the server gave; "" or NULL is none. False with the error printed. */
BH_MUST_USE
bool bh_login_keep(const struct bh_client *client, const char *secret);

#endif
