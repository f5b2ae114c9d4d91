// SPDX-License-Identifier: Apache-2.0
/*
 * The key directories that a guarded site trusts: changes that people make to them. The rules of app/sites.h
 * hold.
 */
#ifndef BH_APP_SITE_DIRECTORIES_H
#define BH_APP_SITE_DIRECTORIES_H

#include "app/sites.h"
#include "lib/jwk.h"

/*
 * `url` is canonical. Keys that are given are pinned: never fetched, and good until the directory is deleted.
 * None (count 0): they are fetched soon, and what could never be is refused: BH_ERR_DIRECTORY_HOST,
 * BH_ERR_DIRECTORY_PORT. BH_ERR_DIRECTORY_TAKEN, BH_ERR_DIRECTORY_LIMIT, BH_ERR_ACCOUNT_DIRECTORY_LIMIT.
 */
BH_MUST_USE
enum bh_err bh_site_directories_create(const struct bh_site_ref *ref, struct bh_span url,
    const struct bh_signature_key *keys, size_t key_count, char ret_directory_id[static BH_ID_TEXT]);
BH_MUST_USE
enum bh_err bh_site_directories_delete(const struct bh_site_ref *ref, struct bh_span directory_id);
/*
 * Fetches the keys soon: BH_DIRECTORY_PAUSE_MS after the last attempt. BH_ERR_DIRECTORY_PINNED,
 * BH_ERR_DIRECTORY_NOT_FOUND, BH_ERR_DIRECTORIES_ASKED.
 */
BH_MUST_USE
enum bh_err bh_site_directories_refresh(const struct bh_site_ref *ref, struct bh_span directory_id);

/* Keys as they are stored: the JSON array of {"kid","x"}, in the arena. */
BH_MUST_USE
bool bh_site_directory_keys_write(
    const struct bh_signature_key *keys, size_t count, struct bh_arena *arena, struct bh_span *ret_json);

#endif
