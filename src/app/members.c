// SPDX-License-Identifier: Apache-2.0
#include "app/members.h"

/* One change on its way through the committer. */
struct change {
    const struct bh_authority *authority;
    struct bh_span member_id;
    enum bh_role role; /* the new one; BH_ROLE_NONE takes the member out */
    struct bh_arena *arena;
    struct bh_member_record member;
};

/* After the change, which the caller's transaction takes back on an error. */
static enum bh_err check_owners(struct bh_db *db, int64_t account)
{
    size_t owners = 0;
    enum bh_err err = bh_member_count_owners(db, account, &owners);
    return err == BH_OK && owners == 0 ? BH_ERR_LAST_OWNER : err;
}

static enum bh_err write_member(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    struct bh_member_record *member = &change->member;
    enum bh_role actor = BH_ROLE_NONE;
    enum bh_err err =
        bh_member_role(context->db, change->authority->account, change->authority->person, &actor);
    if (err == BH_OK)
        err =
            bh_member_find(context->db, change->authority->account, change->member_id, change->arena, member);
    if (err == BH_ERR_NOT_FOUND)
        return BH_ERR_MEMBER_NOT_FOUND;
    if (err != BH_OK)
        return err;
    bool was_owner = member->role == BH_ROLE_OWNER;
    if (!bh_role_rules_over(actor, member->role) ||
        (change->role != BH_ROLE_NONE && !bh_role_rules_over(actor, change->role)))
        return BH_ERR_ROLE;
    member->role = change->role;
    err = change->role == BH_ROLE_NONE
              ? bh_member_delete(context->db, change->authority->account, member->person)
              : bh_member_set_role(context->db, member->id, change->role);
    return err == BH_OK && was_owner ? check_owners(context->db, change->authority->account) : err;
}

enum bh_err bh_members_set_role(struct bh_app *app, const struct bh_authority *authority,
    struct bh_span member_id, enum bh_role role, struct bh_arena *arena, struct bh_member_record *ret_member)
{
    struct change change = {.authority = authority, .member_id = member_id, .role = role, .arena = arena};
    enum bh_err err = bh_committer_run_for(app->committer, authority, write_member, NULL, &change);
    if (err == BH_OK)
        *ret_member = change.member;
    return err;
}

enum bh_err bh_members_remove(struct bh_app *app, const struct bh_authority *authority,
    struct bh_span member_id, struct bh_arena *arena)
{
    struct change change = {.authority = authority, .member_id = member_id, .arena = arena};
    return bh_committer_run_for(app->committer, authority, write_member, NULL, &change);
}

static enum bh_err write_leave(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    enum bh_role role = BH_ROLE_NONE;
    enum bh_err err =
        bh_member_role(context->db, change->authority->account, change->authority->person, &role);
    if (err == BH_OK)
        err = bh_member_delete(context->db, change->authority->account, change->authority->person);
    return err == BH_OK && role == BH_ROLE_OWNER ? check_owners(context->db, change->authority->account)
                                                 : err;
}

enum bh_err bh_members_leave(struct bh_app *app, const struct bh_authority *authority)
{
    struct change change = {.authority = authority};
    return bh_committer_run_for(app->committer, authority, write_leave, NULL, &change);
}
