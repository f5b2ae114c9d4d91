// SPDX-License-Identifier: Apache-2.0
/*
 * The passport link of an agent, and what its passport says.
 */
#ifndef BH_APP_PASSPORTS_H
#define BH_APP_PASSPORTS_H

#include "app/app.h"
#include "app/bootstrap.h"
#include "core/passport.h"

/*
 * A new link, in place of the old one, which is dead from then on; the token is shown once and stored
 * nowhere. One transaction, in which the rights of `authority` are looked at again.
 */
BH_MUST_USE
enum bh_err bh_passports_mint(struct bh_app *app, const struct bh_authority *authority, int64_t agent,
    char ret_token[static BH_SECRET_TEXT], char ret_preview[static BH_TOKEN_PREVIEW_TEXT]);
/* Ends the link, if there is one; likewise. */
BH_MUST_USE
enum bh_err bh_passports_revoke(struct bh_app *app, const struct bh_authority *authority, int64_t agent);

/*
 * The passport at `now_ms`. A permission that is expired or cannot be read as a whole is not in it; all of it
 * lives in `arena`. For a consistent view `db` is in a read transaction.
 */
BH_MUST_USE
enum bh_err bh_passports_load(struct bh_db *db, const struct bh_agent_record *agent, int64_t now_ms,
    struct bh_arena *arena, struct bh_passport *ret_passport);

#endif
