// SPDX-License-Identifier: Apache-2.0
/*
 * What an empty database gets at the first start.
 */
#ifndef BH_APP_BOOTSTRAP_H
#define BH_APP_BOOTSTRAP_H

#include "store/store.h"

/* The first account, made under the name "Default" when there is none. Inside a write transaction. */
BH_MUST_USE
enum bh_err bh_bootstrap_account(struct bh_db *db, int64_t now_ms, struct bh_arena *arena,
    struct bh_account_record *ret_account, bool *ret_created);

#define BH_TOKEN_PREVIEW_TEXT 24
/* What is shown of a token later: its first 12 characters and its last 6. */
void bh_bootstrap_token_preview(const char *token, char ret_preview[static BH_TOKEN_PREVIEW_TEXT]);

#define BH_TOKENS_MAX 10 /* of one person in one account */

/*
 * A new developer token of the account, made by `owner_person` (0 = on the server's command line); the text
 * is shown once and stored nowhere. BH_ERR_TOKEN_LIMIT when its maker has as many as one may have. Inside a
 * write transaction.
 */
BH_MUST_USE
enum bh_err bh_bootstrap_token(struct bh_db *db, int64_t account, int64_t owner_person, struct bh_span name,
    int64_t now_ms, char ret_token_id[static BH_ID_TEXT], char ret_token[static BH_SECRET_TEXT]);

#endif
