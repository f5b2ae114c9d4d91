// SPDX-License-Identifier: Apache-2.0
#include "app/agents.h"

#include <string.h>

#include "commit/announce.h"

#define REPLACED_LIMIT (1u << 20)

/* One change on its way through the committer. Which members are used depends on the change. */
struct change {
    struct bh_app *app;
    struct bh_agent_record *new_agent;
    const struct bh_agent_record *agent;
    struct bh_permission_record *new_permission;
    const struct bh_permission_record *permission;
    const char *status;
    struct bh_sha256 new_hash;
    int64_t key_person;
};

/* After COMMIT and before anyone is told: whoever asks now must load the new policy. */
static void drop_snapshot(void *argument)
{
    const struct change *change = argument;
    bh_cache_drop(change->app->snapshots, &change->agent->key_hash);
}

static enum bh_err write_agent(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    change->new_agent->created_at = context->now_ms;
    enum bh_err err = bh_agent_create(context->db, change->new_agent, &change->new_agent->id);
    return err == BH_OK ? bh_announce_agent(context, BH_EVENT_AGENT_CREATED, change->new_agent) : err;
}

enum bh_err bh_agents_create(struct bh_app *app, const struct bh_authority *authority,
    struct bh_agent_record *agent, char ret_agent_id[static BH_ID_TEXT], char ret_key[static BH_SECRET_TEXT])
{
    struct change change = {.app = app, .new_agent = agent};
    bh_random_id("agent", ret_agent_id);
    bh_random_secret("bhf_sk_", ret_key);
    agent->agent_id = bh_span_from(ret_agent_id);
    agent->key_hash = bh_sha256(bh_span_from(ret_key));
    if (authority != NULL)
        agent->owner_person = agent->key_person = authority->person;
    return bh_committer_run_for(app->committer, authority, write_agent, NULL, &change);
}

static enum bh_err write_rotation(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    enum bh_err err = bh_agent_rotate_key(context->db, change->agent->id, &change->agent->key_hash,
        &change->new_hash, change->key_person, context->now_ms);
    if (err == BH_OK)
        err = bh_account_bump_policy(context->db, change->agent->account, change->agent->id);
    return err == BH_OK ? bh_announce_agent(context, BH_EVENT_AGENT_KEY_ROTATED, change->agent) : err;
}

enum bh_err bh_agents_rotate_key(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, char ret_key[static BH_SECRET_TEXT])
{
    struct change change = {.app = app, .agent = agent};
    bh_random_secret("bhf_sk_", ret_key);
    change.key_person = authority == NULL ? agent->key_person : authority->person;
    change.new_hash = bh_sha256(bh_span_from(ret_key));
    return bh_committer_run_for(app->committer, authority, write_rotation, drop_snapshot, &change);
}

static enum bh_err write_status(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    bool changed = false;
    enum bh_err err =
        bh_agent_set_status(context->db, change->agent->id, change->status, context->now_ms, &changed);
    if (err != BH_OK || !changed)
        return err;
    err = bh_account_bump_policy(context->db, change->agent->account, change->agent->id);
    if (err != BH_OK)
        return err;
    bool enabled = bh_span_equal(bh_span_from(change->status), BH_SPAN("active"));
    return bh_announce_agent(
        context, enabled ? BH_EVENT_AGENT_ENABLED : BH_EVENT_AGENT_DISABLED, change->agent);
}

enum bh_err bh_agents_set_status(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, const char *status)
{
    struct change change = {.app = app, .agent = agent, .status = status};
    return bh_committer_run_for(app->committer, authority, write_status, drop_snapshot, &change);
}

/* With the new permission in it; the caller's transaction takes that back. */
static enum bh_err check_size(struct bh_db *db, int64_t agent)
{
    size_t size = 0;
    enum bh_err err = bh_permission_active_size(db, agent, &size);
    return err == BH_OK && size > BH_ACTIVE_PERMISSIONS_SIZE ? BH_ERR_PERMISSION_SIZE : err;
}

static enum bh_err write_grant(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    size_t active = 0;
    change->new_permission->created_at = context->now_ms;
    change->new_permission->updated_at = context->now_ms;
    enum bh_err err = bh_permission_count_active(context->db, change->agent->id, &active);
    if (err == BH_OK && active >= BH_ACTIVE_PERMISSIONS)
        err = BH_ERR_PERMISSION_LIMIT;
    if (err == BH_OK)
        err = bh_permission_create(context->db, change->new_permission, &change->new_permission->id);
    if (err == BH_OK)
        err = check_size(context->db, change->agent->id);
    if (err == BH_OK)
        err = bh_account_bump_policy(context->db, change->agent->account, change->agent->id);
    if (err == BH_OK)
        err = bh_announce_permission(
            context, BH_EVENT_PERMISSION_CREATED, change->agent, change->new_permission, BH_ABSENT);
    return err;
}

static void prepare_permission(
    const struct bh_agent_record *agent, const char *permission_id, struct bh_permission_record *permission)
{
    permission->account = agent->account;
    permission->agent = agent->id;
    permission->permission_id = bh_span_from(permission_id);
    permission->status = BH_SPAN("active");
    if (permission->grant_minutes == 0)
        permission->grant_minutes = BH_GRANT_MINUTES;
}

enum bh_err bh_permissions_grant(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, struct bh_permission_record *permission,
    char ret_permission_id[static BH_ID_TEXT])
{
    struct change change = {.app = app, .agent = agent, .new_permission = permission};
    bh_random_id("perm", ret_permission_id);
    prepare_permission(agent, ret_permission_id, permission);
    return bh_committer_run_for(app->committer, authority, write_grant, drop_snapshot, &change);
}

static enum bh_err write_revocation(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    bool changed = false;
    enum bh_err err = bh_permission_revoke(context->db, change->permission->id, context->now_ms, &changed);
    if (err != BH_OK || !changed)
        return err;
    err = bh_account_bump_policy(context->db, change->agent->account, change->agent->id);
    if (err != BH_OK)
        return err;
    return bh_announce_permission(
        context, BH_EVENT_PERMISSION_REVOKED, change->agent, change->permission, BH_ABSENT);
}

enum bh_err bh_permissions_revoke(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, const struct bh_permission_record *permission)
{
    struct change change = {.app = app, .agent = agent, .permission = permission};
    return bh_committer_run_for(app->committer, authority, write_revocation, drop_snapshot, &change);
}

/* ---- replacement ---- */

struct replacement {
    struct change change; /* first: drop_snapshot() reads it */
    const struct bh_replacement *asked;
    struct bh_sha256 key_hash, body_hash;
    char first_id[BH_ID_TEXT]; /* of the first answer */
    bool repeated;
};

/* The line break keeps these keys apart from those that agents send along with their calls. */
static struct bh_sha256 hash_replacement_key(struct bh_span key)
{
    return bh_sha256_two(BH_SPAN("permission replacement\n"), key);
}

static struct bh_sha256 hash_replacement(const struct bh_replacement *asked)
{
    struct bh_sha256 body = bh_sha256(asked->body);
    return bh_sha256_two(bh_sha256_span(&body), asked->permission_id);
}

enum bh_err bh_permissions_find_replacement(struct bh_db *db, const struct bh_agent_record *agent,
    const struct bh_replacement *asked, int64_t now_ms, struct bh_arena *arena,
    char ret_permission_id[static BH_ID_TEXT])
{
    struct bh_span answer = BH_ABSENT;
    if (bh_span_is_absent(asked->idempotency_key))
        return BH_ERR_NOT_FOUND;
    struct bh_sha256 key_hash = hash_replacement_key(asked->idempotency_key);
    struct bh_sha256 body_hash = hash_replacement(asked);
    enum bh_err err = bh_idempotency_find(db, agent->id, &key_hash, &body_hash, now_ms, arena, &answer);
    if (err != BH_OK)
        return err == BH_ERR_IDEMPOTENCY_CONFLICT ? BH_ERR_REPLACEMENT_KEY : err;
    if (answer.len >= BH_ID_TEXT)
        return BH_ERR_STORE_CORRUPT;
    memcpy(ret_permission_id, answer.data, answer.len);
    ret_permission_id[answer.len] = 0;
    return BH_OK;
}

static enum bh_err revoke_replaced(
    const struct replacement *replacement, const struct bh_commit_context *context, struct bh_arena *arena)
{
    const struct bh_agent_record *agent = replacement->change.agent;
    const struct bh_replacement *asked = replacement->asked;
    struct bh_permission_record old;
    bool changed = false;
    enum bh_err err = bh_permission_find(context->db, agent->account, asked->permission_id, arena, &old);
    if (err == BH_OK && old.agent != agent->id)
        err = BH_ERR_PERMISSION_NOT_FOUND;
    if (err != BH_OK)
        return err;
    if (!bh_span_equal(old.status, BH_SPAN("active")) ||
        (asked->has_expected_updated_at && old.updated_at != asked->expected_updated_at))
        return BH_ERR_REPLACEMENT_CONFLICT;
    err = bh_permission_revoke(context->db, old.id, context->now_ms, &changed);
    if (err != BH_OK)
        return err;
    return bh_announce_permission(
        context, BH_EVENT_PERMISSION_REVOKED, agent, &old, replacement->change.new_permission->permission_id);
}

/* As many permissions are active after it as before, so their number is no reason to refuse. */
static enum bh_err create_replacing(
    const struct replacement *replacement, const struct bh_commit_context *context)
{
    struct bh_permission_record *permission = replacement->change.new_permission;
    const struct bh_agent_record *agent = replacement->change.agent;
    permission->created_at = context->now_ms;
    permission->updated_at = context->now_ms;
    enum bh_err err = bh_permission_create(context->db, permission, &permission->id);
    if (err == BH_OK)
        err = check_size(context->db, agent->id);
    if (err == BH_OK)
        err = bh_account_bump_policy(context->db, agent->account, agent->id);
    if (err == BH_OK)
        err = bh_announce_permission(
            context, BH_EVENT_PERMISSION_CREATED, agent, permission, replacement->asked->permission_id);
    if (err == BH_OK && !bh_span_is_absent(replacement->asked->idempotency_key))
        err = bh_idempotency_put(context->db, agent->id, &replacement->key_hash, &replacement->body_hash,
            context->now_ms, 0, permission->permission_id);
    return err;
}

static enum bh_err write_replacement(void *argument, const struct bh_commit_context *context)
{
    struct replacement *replacement = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 4096, REPLACED_LIMIT);
    enum bh_err err = bh_permissions_find_replacement(context->db, replacement->change.agent,
        replacement->asked, context->now_ms, &arena, replacement->first_id);
    replacement->repeated = err == BH_OK;
    if (err != BH_ERR_NOT_FOUND)
        return err;
    err = revoke_replaced(replacement, context, &arena);
    return err == BH_OK ? create_replacing(replacement, context) : err;
}

enum bh_err bh_permissions_replace(struct bh_app *app, const struct bh_authority *authority,
    const struct bh_agent_record *agent, const struct bh_replacement *asked,
    struct bh_permission_record *permission, char ret_permission_id[static BH_ID_TEXT])
{
    struct replacement replacement = {
        .change = {.app = app, .agent = agent, .new_permission = permission}, .asked = asked};
    char new_id[BH_ID_TEXT];
    bh_random_id("perm", new_id);
    prepare_permission(agent, new_id, permission);
    if (!bh_span_is_absent(asked->idempotency_key))
        replacement.key_hash = hash_replacement_key(asked->idempotency_key);
    replacement.body_hash = hash_replacement(asked);
    enum bh_err err =
        bh_committer_run_for(app->committer, authority, write_replacement, drop_snapshot, &replacement);
    if (err == BH_OK)
        memcpy(ret_permission_id, replacement.repeated ? replacement.first_id : new_id, BH_ID_TEXT);
    return err;
}
