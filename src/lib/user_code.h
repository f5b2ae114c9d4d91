// SPDX-License-Identifier: Apache-2.0
/*
 * The short code that a person carries from a terminal to a browser: eight of 29 symbols that are not
 * mistaken for each other, shown as XXXX-XXXX.
 */
#ifndef BH_LIB_USER_CODE_H
#define BH_LIB_USER_CODE_H

#include "lib/span.h"

#define BH_USER_CODE_ALPHABET "ACDEFGHJKLMNPQRTUVWXYZ2346789"
#define BH_USER_CODE_TEXT 10 /* XXXX-XXXX and a NUL */

/*
 * Draws a code from random bytes; each byte of 232 or more is thrown away, so that all symbols are equally
 * likely. False when the bytes do not suffice.
 */
BH_MUST_USE
bool bh_user_code_draw(struct bh_span random, char ret_code[static BH_USER_CODE_TEXT]);
/* What a person typed, in the form above: any case, blanks and hyphens anywhere. False when it is no code. */
BH_MUST_USE
bool bh_user_code_read(struct bh_span text, char ret_code[static BH_USER_CODE_TEXT]);

#endif
