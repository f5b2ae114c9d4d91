// SPDX-License-Identifier: Apache-2.0
/*
 * One plain text mail to one address, by SMTP.
 */
#ifndef BH_APP_SMTP_H
#define BH_APP_SMTP_H

#include <stdatomic.h>

#include "lib/buf.h"
#include "lib/err.h"

struct bh_smtp {
    const char *url;   /* smtp:// or smtps://, with user name and password if the server wants them */
    const char *from;  /* as lib/email.h gives it */
    atomic_bool *stop; /* gives up when it becomes true */
};

/* An smtp or smtps URL with a host, and without path, query and fragment. */
BH_MUST_USE
bool bh_smtp_url_is_usable(const char *url);
/*
 * Waits for the server at most half a minute. `to` as lib/email.h gives it; `subject` is printable ASCII;
 * `text` has lines that end in "\n". BH_ERR_IO with a reason (a constant that tells no address) when it was
 * not sent.
 */
BH_MUST_USE
enum bh_err bh_smtp_send(const struct bh_smtp *smtp, const char *to, const char *subject, const char *text,
    int64_t now_ms, const char **ret_reason);

#endif
