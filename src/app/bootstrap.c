// SPDX-License-Identifier: Apache-2.0
#include "app/bootstrap.h"

#include <stdio.h>
#include <string.h>

enum bh_err bh_bootstrap_account(struct bh_db *db, int64_t now_ms, struct bh_arena *arena,
    struct bh_account_record *ret_account, bool *ret_created)
{
    enum bh_err err = bh_account_first(db, arena, ret_account);
    *ret_created = err == BH_ERR_NOT_FOUND;
    if (err != BH_ERR_NOT_FOUND)
        return err;
    char account_id[BH_ID_TEXT];
    int64_t id;
    bh_random_id("acct", account_id);
    err = bh_account_create(db, account_id, BH_SPAN("Default"), now_ms, &id);
    return err == BH_OK ? bh_account_first(db, arena, ret_account) : err;
}

void bh_bootstrap_token_preview(const char *token, char ret_preview[static BH_TOKEN_PREVIEW_TEXT])
{
    snprintf(ret_preview, BH_TOKEN_PREVIEW_TEXT, "%.12s...%s", token, token + strlen(token) - 6);
}

enum bh_err bh_bootstrap_token(struct bh_db *db, int64_t account, int64_t owner_person, struct bh_span name,
    int64_t now_ms, char ret_token_id[static BH_ID_TEXT], char ret_token[static BH_SECRET_TEXT])
{
    char preview[BH_TOKEN_PREVIEW_TEXT];
    size_t count;
    enum bh_err err = bh_token_count(db, account, owner_person, &count);
    if (err != BH_OK)
        return err;
    if (count >= BH_TOKENS_MAX)
        return BH_ERR_TOKEN_LIMIT;
    bh_random_id("tok", ret_token_id);
    bh_random_secret("bhf_dev_", ret_token);
    bh_bootstrap_token_preview(ret_token, preview);
    struct bh_sha256 hash = bh_sha256(bh_span_from(ret_token));
    const struct bh_token_record token = {.account = account,
        .owner_person = owner_person,
        .token_id = bh_span_from(ret_token_id),
        .name = name,
        .preview = bh_span_from(preview),
        .created_at = now_ms};
    return bh_token_create(db, &token, &hash);
}
