// SPDX-License-Identifier: Apache-2.0
/*
 * Links sent by mail. One thread does all that depends on whether an address is known: it looks the person
 * up, makes the link and sends the mail. So an answer to whoever asked tells nothing by its text nor by its
 * time. Mail is sent by SMTP, with TLS unless the server is on this machine.
 */
#ifndef BH_APP_MAILER_H
#define BH_APP_MAILER_H

#include "app/accounts.h"

#define BH_MAIL_QUEUE 64

struct bh_mailer;

/* For a configuration with an SMTP server. The caller owns *ret_mailer. */
BH_MUST_USE
enum bh_err bh_mailer_start(struct bh_app *app, struct bh_mailer **ret_mailer);
/* Gives up what is being sent, and what waits. */
void bh_mailer_stop(struct bh_mailer *mailer);

/*
 * Sends the person with this address (as lib/email.h gives it) a link for the purpose; nothing when there is
 * no such person, or nothing to verify. When the queue is full the request is dropped, and that is logged.
 * `mailer` NULL: mail is not configured, nothing is sent.
 */
void bh_mailer_request(struct bh_mailer *mailer, enum bh_mail_purpose purpose, const char *email);

#endif
