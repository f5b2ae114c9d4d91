// SPDX-License-Identifier: Apache-2.0
/*
 * Secrets of endpoints, and what they sign.
 *
 * Two ways, both on every request. Ours: hex HMAC-SHA256 of "<timestamp>.<body>" under the hex SHA-256 of the
 * secret's text (with a pepper: under the hex HMAC-SHA256 of that under the pepper). That of Standard
 * Webhooks: base64 HMAC-SHA256 of "<id>.<timestamp>.<body>" under the 32 bytes that the secret encodes.
 */
#ifndef BH_WEBHOOKS_SIGN_H
#define BH_WEBHOOKS_SIGN_H

#include "lib/digest.h"

#define BH_WEBHOOK_SECRET_TEXT 51  /* "whsec_", 44 characters of base64, NUL */
#define BH_WEBHOOK_PREVIEW_TEXT 20 /* first ten, "...", last six, NUL */
#define BH_SIGNATURE_TEXT 68       /* "v1=", 64 characters of hex, NUL */
#define BH_STANDARD_TEXT 48        /* "v1,", 44 characters of base64, NUL */

/* 32 random bytes, drawn again until their base64 reads the same in both alphabets (no + and no /). */
void bh_webhook_secret_make(char ret_secret[static BH_WEBHOOK_SECRET_TEXT]);
/* "whsec_abcd...UvWx5=": what may be shown of it later. */
void bh_webhook_secret_preview(const char *secret, char ret_preview[static BH_WEBHOOK_PREVIEW_TEXT]);

/* `pepper` is trimmed; absent or blank = none. `timestamp` is in Unix seconds. */
void bh_webhook_sign(struct bh_span secret, struct bh_span pepper, int64_t timestamp, struct bh_span body,
    char ret_signature[static BH_SIGNATURE_TEXT]);
/* False when `secret` is not "whsec_" and base64, so that it encodes no key. */
BH_MUST_USE
bool bh_webhook_sign_standard(struct bh_span secret, struct bh_span id, int64_t timestamp,
    struct bh_span body, char ret_signature[static BH_STANDARD_TEXT]);

#endif
