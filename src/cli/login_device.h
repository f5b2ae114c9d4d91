// SPDX-License-Identifier: Apache-2.0
/*
 * The other side of a login by a code: somebody who is signed in here says yes or no to it.
 */
#ifndef BH_CLI_LOGIN_DEVICE_H
#define BH_CLI_LOGIN_DEVICE_H

#include "client/client.h"

/* Confirms or refuses the code with the session of this machine; returns the exit status. */
BH_MUST_USE
int bh_login_answer_device(struct bh_client *client, const char *user_code, bool confirm, bool as_json);

#endif
