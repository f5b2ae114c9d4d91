// SPDX-License-Identifier: Apache-2.0
/*
 * Passwords as they are stored: "scrypt:<salt>:<hash>". The salt is base64url of 16 bytes and goes into the
 * function as that text; the hash is base64url of 64 bytes; N 16384, r 8, p 1. One computation takes tens of
 * milliseconds and 16 MB, and is logged (without anything about it) at debug level, so that it can be
 * counted.
 */
#ifndef BH_LIB_PASSWORD_H
#define BH_LIB_PASSWORD_H

#include "lib/err.h"
#include "lib/span.h"

#define BH_PASSWORD_SALT 16
#define BH_PASSWORD_TEXT 128 /* room for the text form and its NUL */
#define BH_PASSWORD_UNITS_MIN 10
#define BH_PASSWORD_UNITS_MAX 200

/* BH_ERR_PASSWORD_LENGTH unless it has 10 to 200 UTF-16 units; absent counts as empty. */
BH_MUST_USE
enum bh_err bh_password_check(struct bh_span password);
/* BH_ERR_NO_MEMORY when there is not enough for the computation. */
BH_MUST_USE
enum bh_err bh_password_hash(struct bh_span password, const unsigned char salt[static BH_PASSWORD_SALT],
    char ret_text[static BH_PASSWORD_TEXT]);
/*
 * BH_OK when the password is the stored one, BH_ERR_LOGIN when it is not. A stored text that is absent or
 * malformed costs the same computation and is never equal, so that nobody learns whether there is one.
 */
BH_MUST_USE
enum bh_err bh_password_verify(struct bh_span password, struct bh_span stored);

#endif
