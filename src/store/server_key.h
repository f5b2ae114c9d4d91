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
/* The same without making anything: BH_ERR_SECRET_KEY where there is none. */
BH_MUST_USE
enum bh_err bh_server_key_find(const char *data_dir, const char *secret, struct bh_server_key *ret_key);
/* From any file of the form of server.key. BH_ERR_NOT_FOUND without one; else as above. */
BH_MUST_USE
enum bh_err bh_server_key_read(const char *path, struct bh_server_key *ret_key);
/* Into a new file with mode 0600, flushed to the disk. BH_ERR_CONFLICT when it exists; BH_ERR_IO. */
BH_MUST_USE
enum bh_err bh_server_key_write(const char *path, const struct bh_server_key *key);
/* HMAC-SHA256 of the purpose under the server key. */
struct bh_sha256 bh_server_key_derive(const struct bh_server_key *key, const char *purpose);

#endif
