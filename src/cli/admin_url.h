// SPDX-License-Identifier: Apache-2.0
/*
 * The server's address in links that commands on the data folder make.
 */
#ifndef BH_CLI_ADMIN_URL_H
#define BH_CLI_ADMIN_URL_H

#include "cli/admin_session.h"

/*
 * Without trailing slashes; first hit: `given` (NULL = not given), BEHALFID_PUBLIC_URL, what the server of
 * this folder said at its last start, http://127.0.0.1:8420.
 */
BH_MUST_USE
enum bh_err bh_admin_public_url(struct bh_admin_session *session, const char *given, const char **ret_url);

#endif
