// SPDX-License-Identifier: Apache-2.0
/*
 * The only source of randomness: identifiers, keys and salts, from the operating system's generator by
 * libcrypto.
 */
#ifndef BH_LIB_RANDOM_H
#define BH_LIB_RANDOM_H

#include "lib/base.h"

#define BH_ID_TEXT 32     /* room for any public id and its NUL */
#define BH_SECRET_TEXT 64 /* room for any prefixed secret of 32 random bytes and its NUL */

/* Aborts the process when there is no randomness: no id or key could be trusted. */
void bh_random_bytes(void *ret_bytes, size_t size);
/*
 * 64 random bits for what must not be guessed easily but is no secret. From a store per thread, because a
 * call of the generator costs more than the rest of a decision's bookkeeping. Each bit is given out once,
 * also when a process forks.
 */
uint64_t bh_random_u64(void);
/* "<prefix>_" + base64url of 12 random bytes. `prefix` has at most 10 characters. */
void bh_random_id(const char *prefix, char ret_id[static BH_ID_TEXT]);
/* "<prefix>" + base64url of 32 random bytes; the prefix brings its own underscore. */
void bh_random_secret(const char *prefix, char ret_secret[static BH_SECRET_TEXT]);

#endif
