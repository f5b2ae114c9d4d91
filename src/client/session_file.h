// SPDX-License-Identifier: Apache-2.0
/*
 * Who is signed in on this machine: ~/.behalf/session, one line, "behalfid_developer=<secret>", readable by
 * the user alone. The server that it belongs to is noted in the configuration, so that the secret is sent to
 * no other one; without that note, or with a configuration that cannot be read, it is sent to none.
 */
#ifndef BH_CLIENT_SESSION_FILE_H
#define BH_CLIENT_SESSION_FILE_H

#include "lib/buf.h"
#include "lib/err.h"

#define BH_CONFIG_SESSION_URL "sessionBaseUrl"

/* The secret, which ends in NUL; empty when nobody is signed in. */
void bh_session_file_read(struct bh_buf *ret_secret);
/* Signed in at `base_url`; `secret` "" = signed out. False, and signed out, with the error printed. */
BH_MUST_USE
bool bh_session_file_save(const char *secret, const char *base_url);
/* Empties the file; the note in the configuration is the caller's. False with the error printed. */
BH_MUST_USE
bool bh_session_file_clear(bool *ret_was_in);

#endif
