// SPDX-License-Identifier: Apache-2.0
/*
 * Invitations: made, taken back, accepted.
 */
#include "app/members.h"

#include "app/accounts.h"

struct invitation {
    struct bh_invite_record *invite;
    struct bh_sha256 token_hash;
};

static enum bh_err write_invite(void *argument, const struct bh_commit_context *context)
{
    const struct invitation *invitation = argument;
    struct bh_invite_record *invite = invitation->invite;
    enum bh_role actor = BH_ROLE_NONE;
    size_t open = 0;
    enum bh_err err = bh_member_role(context->db, invite->account, invite->invited_by, &actor);
    if (err == BH_OK && !bh_role_rules_over(actor, invite->role))
        return BH_ERR_ROLE;
    if (err == BH_OK)
        err = bh_invite_purge(context->db, invite->account, context->now_ms, &open);
    if (err == BH_OK && open >= BH_INVITES_OPEN)
        err = BH_ERR_INVITE_LIMIT;
    if (err != BH_OK)
        return err;
    invite->created_at = context->now_ms;
    invite->expires_at = context->now_ms + BH_INVITE_LIFE_MS;
    return bh_invite_create(context->db, invite, &invitation->token_hash);
}

enum bh_err bh_invites_create(struct bh_app *app, const struct bh_authority *authority,
    struct bh_invite_record *invite, char ret_invite_id[static BH_ID_TEXT],
    char ret_token[static BH_SECRET_TEXT])
{
    struct invitation invitation = {.invite = invite};
    bh_random_id("inv", ret_invite_id);
    bh_random_secret("bhf_inv_", ret_token);
    invite->invite_id = bh_span_from(ret_invite_id);
    invite->account = authority->account;
    invite->invited_by = authority->person;
    invitation.token_hash = bh_sha256(bh_span_from(ret_token));
    return bh_committer_run_for(app->committer, authority, write_invite, NULL, &invitation);
}

struct deletion {
    const struct bh_authority *authority;
    struct bh_span invite_id;
};

static enum bh_err write_deletion(void *argument, const struct bh_commit_context *context)
{
    const struct deletion *deletion = argument;
    enum bh_role actor = BH_ROLE_NONE;
    enum bh_role role = BH_ROLE_NONE;
    enum bh_err err =
        bh_member_role(context->db, deletion->authority->account, deletion->authority->person, &actor);
    if (err == BH_OK)
        err = bh_invite_delete(context->db, deletion->authority->account, deletion->invite_id, &role);
    if (err == BH_ERR_NOT_FOUND)
        return BH_ERR_INVITE_NOT_FOUND;
    return err == BH_OK && !bh_role_rules_over(actor, role) ? BH_ERR_ROLE : err;
}

enum bh_err bh_invites_delete(
    struct bh_app *app, const struct bh_authority *authority, struct bh_span invite_id)
{
    struct deletion deletion = {authority, invite_id};
    return bh_committer_run_for(app->committer, authority, write_deletion, NULL, &deletion);
}

/* ---- accept ---- */

enum bh_err bh_invites_find(struct bh_db *db, struct bh_span token, int64_t now_ms, struct bh_arena *arena,
    struct bh_invite_record *ret_invite)
{
    struct bh_invite_record invite;
    enum bh_role inviter = BH_ROLE_NONE;
    struct bh_sha256 hash = bh_sha256(token);
    enum bh_err err = bh_invite_find_by_hash(db, &hash, arena, &invite);
    if (err == BH_OK && invite.expires_at <= now_ms)
        err = BH_ERR_NOT_FOUND;
    if (err == BH_OK)
        err = bh_member_role(db, invite.account, invite.invited_by, &inviter);
    if (err == BH_OK && !bh_role_rules_over(inviter, invite.role))
        err = BH_ERR_NOT_FOUND;
    if (err == BH_OK)
        *ret_invite = invite;
    return err == BH_ERR_NOT_FOUND ? BH_ERR_INVITE_INVALID : err;
}

struct acceptance {
    struct bh_span token, email;
    struct bh_person_record *signs_in;      /* or NULL: a session is there already */
    const struct bh_session_source *source; /* of whoever signs in */
    int64_t person, session;
    struct bh_arena *arena;
    struct bh_invite_record invite;
    char member_id[BH_ID_TEXT];
    char *secret; /* of the new session */
};

/* The password is looked at again, so that nobody gets in with one that was just replaced. */
static enum bh_err check_person(
    struct bh_db *db, const struct bh_person_record *known, struct bh_arena *arena)
{
    struct bh_person_record person;
    enum bh_err err = bh_person_find(db, known->id, arena, &person);
    if (err == BH_ERR_NOT_FOUND || (err == BH_OK && !bh_span_equal(person.password, known->password)))
        return BH_ERR_INVITE_ADDRESS;
    return err;
}

static enum bh_err write_sign_in(
    struct acceptance *acceptance, const struct bh_commit_context *context, int64_t account)
{
    struct bh_person_record *person = acceptance->signs_in;
    enum bh_err err;
    acceptance->person = person->id;
    if (person->id == 0) {
        person->created_at = context->now_ms;
        err = bh_person_create(context->db, person, &acceptance->person);
        if (err == BH_ERR_CONFLICT)
            err = BH_ERR_INVITE_ADDRESS;
    } else {
        err = check_person(context->db, person, acceptance->arena);
    }
    return err == BH_OK ? bh_accounts_add_session(context->db, acceptance->person, account,
                              acceptance->source, context->now_ms, acceptance->secret)
                        : err;
}

/* After the change, which the caller's transaction takes back on an error. */
static enum bh_err check_room(struct bh_db *db, int64_t account)
{
    size_t members = 0;
    enum bh_err err = bh_member_count(db, account, &members);
    return err == BH_OK && members > BH_MEMBERS_MAX ? BH_ERR_MEMBER_LIMIT : err;
}

static enum bh_err write_acceptance(void *argument, const struct bh_commit_context *context)
{
    struct acceptance *acceptance = argument;
    struct bh_invite_record *invite = &acceptance->invite;
    enum bh_err err =
        bh_invites_find(context->db, acceptance->token, context->now_ms, acceptance->arena, invite);
    if (err != BH_OK)
        return err;
    if (!bh_span_is_absent(invite->email) && !bh_span_equal(invite->email, acceptance->email))
        return BH_ERR_INVITE_ADDRESS;
    err = acceptance->signs_in != NULL
              ? write_sign_in(acceptance, context, invite->account)
              : bh_session_set_account(context->db, acceptance->session, invite->account);
    if (err == BH_OK)
        err = bh_member_create(context->db, acceptance->member_id, invite->account, acceptance->person,
            invite->role, context->now_ms);
    if (err == BH_ERR_CONFLICT)
        return BH_ERR_ALREADY_MEMBER;
    if (err == BH_OK)
        err = check_room(context->db, invite->account);
    return err == BH_OK ? bh_invite_delete(context->db, invite->account, invite->invite_id, &invite->role)
                        : err;
}

static enum bh_err accept(
    struct bh_app *app, struct acceptance *acceptance, struct bh_invite_record *ret_invite)
{
    bh_random_id("mbr", acceptance->member_id);
    enum bh_err err = bh_committer_run(app->committer, write_acceptance, NULL, acceptance);
    if (err == BH_OK)
        *ret_invite = acceptance->invite;
    return err;
}

enum bh_err bh_invites_accept_by_person(struct bh_app *app, struct bh_span token,
    struct bh_person_record *person, const struct bh_session_source *source, struct bh_arena *arena,
    struct bh_invite_record *ret_invite, char ret_secret[static BH_SECRET_TEXT])
{
    struct acceptance acceptance = {.token = token,
        .email = person->email,
        .signs_in = person,
        .source = source,
        .arena = arena,
        .secret = ret_secret};
    enum bh_err err = accept(app, &acceptance, ret_invite);
    if (err == BH_OK)
        person->id = acceptance.person;
    return err;
}

enum bh_err bh_invites_accept(struct bh_app *app, struct bh_span token, int64_t person, struct bh_span email,
    int64_t session, struct bh_arena *arena, struct bh_invite_record *ret_invite)
{
    struct acceptance acceptance = {
        .token = token, .email = email, .person = person, .session = session, .arena = arena};
    return accept(app, &acceptance, ret_invite);
}
