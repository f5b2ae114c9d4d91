// SPDX-License-Identifier: Apache-2.0
/*
 * The server key: 32 random bytes from which every other key is derived, each for one purpose.
 */
#ifndef BH_STORE_SERVER_KEY_H
#define BH_STORE_SERVER_KEY_H

#include "lib/digest.h"
#include "lib/err.h"

struct bh_server_key {
    unsigned char bytes[32];
};

/*
 * Takes `secret` (43 characters of base64url; NULL or "" = not given), else reads server.key in `data_dir`,
 * else makes that file with mode 0600. A file readable by others, or of the wrong form, is BH_ERR_SECRET_KEY.
 */
BH_MUST_USE
enum bh_err bh_server_key_load(const char *data_dir, const char *secret, struct bh_server_key *ret_key);
/* HMAC-SHA256 of the purpose under the server key. */
struct bh_sha256 bh_server_key_derive(const struct bh_server_key *key, const char *purpose);

#endif
