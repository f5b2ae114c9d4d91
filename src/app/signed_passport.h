// SPDX-License-Identifier: Apache-2.0
/*
 * Passports that anybody can verify without asking the server. For people: docs/passports.md.
 */
#ifndef BH_APP_SIGNED_PASSPORT_H
#define BH_APP_SIGNED_PASSPORT_H

#include "app/app.h"
#include "core/passport.h"

/*
 * Writes the passport as a signed text (lib/jws.h): the members of the document with iss (this server), sub
 * (the agent), iat, exp (both whole seconds) and policyVersion (the agent's) beside them, signed by the
 * newest key of the database, so that another process's change of key counts at once.
 */
BH_MUST_USE
enum bh_err bh_signed_passport_write(struct bh_app *app, const struct bh_passport *passport,
    int64_t policy_version, int64_t now_ms, struct bh_buf *out);

/* A new key that signs from now on. BH_ERR_SIGNING_KEYS when too many are published. One transaction, in
 * which the rights of `authority`, an operator's, are looked at again. */
BH_MUST_USE
enum bh_err bh_signed_passport_rotate_key(struct bh_app *app, const struct bh_authority *authority);

#endif
