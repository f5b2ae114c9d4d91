// SPDX-License-Identifier: Apache-2.0
/*
 * E-mail addresses as they are kept: lower case, ASCII, without anything that means something in a mail's
 * header or on a terminal.
 */
#ifndef BH_LIB_EMAIL_H
#define BH_LIB_EMAIL_H

#include "lib/err.h"
#include "lib/span.h"

#define BH_EMAIL_TEXT 255 /* 254 characters and a NUL */

/*
 * Takes white space off both ends and makes letters small. BH_ERR_EMAIL for anything but "name@domain": a
 * name of at most 64 letters, digits and .!#$%&'*+/=?^_`{|}~-, a domain of labels of letters, digits and
 * inner hyphens, joined by single points; 254 characters in all.
 */
BH_MUST_USE
enum bh_err bh_email_read(struct bh_span text, char ret_email[static BH_EMAIL_TEXT]);

#endif
