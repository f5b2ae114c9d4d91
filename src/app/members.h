// SPDX-License-Identifier: Apache-2.0
/*
 * Changes to who is in an account, each one transaction. What the caller may do is read again inside it, so
 * that nobody acts on a role that was taken away a moment ago. `authority` is the person who does it.
 */
#ifndef BH_APP_MEMBERS_H
#define BH_APP_MEMBERS_H

#include "app/app.h"
#include "store/people.h"

/*
 * All of these answer BH_ERR_ROLE when the actor's role does not rule over the member's present and new one
 * (core/role.h), BH_ERR_MEMBER_NOT_FOUND for a member of another account, and BH_ERR_LAST_OWNER rather than
 * leave an account without an owner.
 */
BH_MUST_USE
enum bh_err bh_members_set_role(struct bh_app *app, const struct bh_authority *authority,
    struct bh_span member_id, enum bh_role role, struct bh_arena *arena, struct bh_member_record *ret_member);
/* Their sessions and tokens in the account end with it. */
BH_MUST_USE
enum bh_err bh_members_remove(struct bh_app *app, const struct bh_authority *authority,
    struct bh_span member_id, struct bh_arena *arena);
/* Whoever is a member may leave. */
BH_MUST_USE
enum bh_err bh_members_leave(struct bh_app *app, const struct bh_authority *authority);

/*
 * Reads email and role of `invite` and fills in the rest; ret_token is shown once and stored
 * nowhere. BH_ERR_ROLE, BH_ERR_INVITE_LIMIT.
 */
BH_MUST_USE
enum bh_err bh_invites_create(struct bh_app *app, const struct bh_authority *authority,
    struct bh_invite_record *invite, char ret_invite_id[static BH_ID_TEXT],
    char ret_token[static BH_SECRET_TEXT]);
BH_MUST_USE
enum bh_err bh_invites_delete(
    struct bh_app *app, const struct bh_authority *authority, struct bh_span invite_id);

/* The invitation of this token, if it still holds: not expired, and made by somebody who could still make
 * it. BH_ERR_INVITE_INVALID otherwise. */
BH_MUST_USE
enum bh_err bh_invites_find(struct bh_db *db, struct bh_span token, int64_t now_ms, struct bh_arena *arena,
    struct bh_invite_record *ret_invite);
/*
 * Uses the invitation up for somebody who is not signed in, and signs them in: ret_secret is the session's.
 * A new person has id 0, user_id, email, password, email_verified; the id is filled in. A known one is as
 * the database has it, and whoever calls has checked the password. BH_ERR_INVITE_INVALID;
 * BH_ERR_INVITE_ADDRESS when the invitation is for another address, the new one is taken by now or the known
 * one's password has changed; BH_ERR_ALREADY_MEMBER.
 */
BH_MUST_USE
enum bh_err bh_invites_accept_by_person(struct bh_app *app, struct bh_span token,
    struct bh_person_record *person, const struct bh_session_source *source, struct bh_arena *arena,
    struct bh_invite_record *ret_invite, char ret_secret[static BH_SECRET_TEXT]);
/* For the person of a session, which goes on in that account. As above, and BH_ERR_ALREADY_MEMBER. */
BH_MUST_USE
enum bh_err bh_invites_accept(struct bh_app *app, struct bh_span token, int64_t person, struct bh_span email,
    int64_t session, struct bh_arena *arena, struct bh_invite_record *ret_invite);

#endif
