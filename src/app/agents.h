// SPDX-License-Identifier: Apache-2.0
/*
 * Changes to agents and permissions, each one transaction through the committer that also bumps the policy
 * version and drops the old snapshot before it returns. `authority` is whoever asks for it; NULL for the demo
 * data and for an agent by its own key. BH_ERR_ROLE and the like (store/authority.h) when they may not any
 * more.
 */
#ifndef BH_APP_AGENTS_H
#define BH_APP_AGENTS_H

#include "app/app.h"

/* Makes the agent with a new key; ret_key is shown once and stored nowhere. Fills in agent_id, key_hash,
 * created_at, and with an authority who made it and has the key. */
BH_MUST_USE
enum bh_err bh_agents_create(struct bh_app *app, const struct bh_authority *authority,
    struct bh_agent_record *agent, char ret_agent_id[static BH_ID_TEXT], char ret_key[static BH_SECRET_TEXT]);
/* BH_ERR_ALREADY_ROTATED when the key has changed since `agent` was read. By the agent's own key, the person
 * who was given that one counts as the holder of the new one too. */
BH_MUST_USE
enum bh_err bh_agents_rotate_key(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, char ret_key[static BH_SECRET_TEXT]);
BH_MUST_USE
enum bh_err bh_agents_set_status(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, const char *status);

/* Fills in permission_id, status, created_at and, where it is 0, grant_minutes. BH_ERR_PERMISSION_LIMIT
 * beyond BH_ACTIVE_PERMISSIONS, BH_ERR_PERMISSION_SIZE beyond BH_ACTIVE_PERMISSIONS_SIZE bytes of text in
 * all: what was granted must always fit into the memory that a decision has for it, also when it is all lists
 * of single letters (eight bytes of memory for one of text) and besides the longest revoked permissions. */
#define BH_ACTIVE_PERMISSIONS 200
#define BH_ACTIVE_PERMISSIONS_SIZE (256u << 10)
BH_MUST_USE
enum bh_err bh_permissions_grant(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, struct bh_permission_record *permission,
    char ret_permission_id[static BH_ID_TEXT]);
BH_MUST_USE
enum bh_err bh_permissions_revoke(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, const struct bh_permission_record *permission);

/* What somebody wants to replace, and how they name their wish. */
struct bh_replacement {
    struct bh_span permission_id; /* the old one */
    bool has_expected_updated_at;
    int64_t expected_updated_at;
    struct bh_span idempotency_key; /* absent = none */
    struct bh_span body;            /* what must be the same when the key comes again */
};

/* The permission that this key has brought already: BH_ERR_NOT_FOUND when nobody did within 24 hours, or
 * there is no key; BH_ERR_REPLACEMENT_KEY when the key was used for something else. */
BH_MUST_USE
enum bh_err bh_permissions_find_replacement(struct bh_db *db, const struct bh_agent_record *agent,
    const struct bh_replacement *asked, int64_t now_ms, struct bh_arena *arena,
    char ret_permission_id[static BH_ID_TEXT]);
/* Revokes the old one and grants the new one, in one transaction. ret_permission_id is the new one, or the
 * one that the key has brought before. BH_ERR_REPLACEMENT_CONFLICT when the old one is not active any more or
 * not what was expected; BH_ERR_PERMISSION_NOT_FOUND when it is not the agent's. */
BH_MUST_USE
enum bh_err bh_permissions_replace(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, const struct bh_replacement *asked,
    struct bh_permission_record *permission, char ret_permission_id[static BH_ID_TEXT]);

#endif
