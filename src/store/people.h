// SPDX-License-Identifier: Apache-2.0
/*
 * People, their parts in accounts, and their sessions. Secrets come and are kept as SHA-256 only; passwords
 * as the text of lib/password.h. Times are milliseconds since 1970. "Not found" is BH_ERR_NOT_FOUND. Writing
 * is done inside a write transaction.
 */
#ifndef BH_STORE_PEOPLE_H
#define BH_STORE_PEOPLE_H

#include "core/role.h"
#include "store/store.h"

/* ---- persons --------------------------------------------------------------------------------------------
 */

struct bh_person_record {
    int64_t id; /* internal */
    struct bh_span user_id, email, password;
    bool is_operator, email_verified;
    int64_t created_at;
};

/* The e-mail must be in lower case. BH_ERR_CONFLICT when it is taken. */
BH_MUST_USE
enum bh_err bh_person_create(struct bh_db *db, const struct bh_person_record *person, int64_t *ret_id);
BH_MUST_USE
enum bh_err bh_person_find(
    struct bh_db *db, int64_t person, struct bh_arena *arena, struct bh_person_record *ret_person);
BH_MUST_USE
enum bh_err bh_person_find_by_email(
    struct bh_db *db, struct bh_span email, struct bh_arena *arena, struct bh_person_record *ret_person);
/* Those with an id above `after`, oldest first, without passwords. */
BH_MUST_USE
enum bh_err bh_person_list(struct bh_db *db, int64_t after, size_t limit, struct bh_arena *arena,
    struct bh_person_record **ret_people, size_t *ret_count);
/* How many operators there are. */
BH_MUST_USE
enum bh_err bh_person_count_operators(struct bh_db *db, size_t *ret_count);
BH_MUST_USE
enum bh_err bh_person_set_password(struct bh_db *db, int64_t person, struct bh_span password, int64_t now_ms);
BH_MUST_USE
enum bh_err bh_person_set_operator(struct bh_db *db, int64_t person, int64_t now_ms);
BH_MUST_USE
enum bh_err bh_person_set_verified(struct bh_db *db, int64_t person, int64_t now_ms);

/* ---- members --------------------------------------------------------------------------------------------
 */

#define BH_MEMBERS_MAX 500 /* of one account */

struct bh_member_record {
    int64_t id, account, person; /* internal */
    struct bh_span member_id, account_id, account_name, user_id, email;
    enum bh_role role;
    int64_t created_at;
};

/* BH_ERR_CONFLICT when the person is a member already. */
BH_MUST_USE
enum bh_err bh_member_create(struct bh_db *db, const char *member_id, int64_t account, int64_t person,
    enum bh_role role, int64_t now_ms);
/* As bh_member_create; a member's role is changed. */
BH_MUST_USE
enum bh_err bh_member_put(struct bh_db *db, const char *member_id, int64_t account, int64_t person,
    enum bh_role role, int64_t now_ms);
/* BH_ERR_NOT_FOUND when the person has no part in the account. */
BH_MUST_USE
enum bh_err bh_member_role(struct bh_db *db, int64_t account, int64_t person, enum bh_role *ret_role);
/* Of an account, oldest first. */
BH_MUST_USE
enum bh_err bh_member_list(struct bh_db *db, int64_t account, size_t limit, struct bh_arena *arena,
    struct bh_member_record **ret_members, size_t *ret_count);
/* The accounts that a person has a part in, oldest part first. */
BH_MUST_USE
enum bh_err bh_member_list_accounts(struct bh_db *db, int64_t person, size_t limit, struct bh_arena *arena,
    struct bh_member_record **ret_members, size_t *ret_count);
BH_MUST_USE
enum bh_err bh_member_find(struct bh_db *db, int64_t account, struct bh_span member_id,
    struct bh_arena *arena, struct bh_member_record *ret_member);
BH_MUST_USE
enum bh_err bh_member_set_role(struct bh_db *db, int64_t member, enum bh_role role);
/* Also ends the person's sessions in the account and deletes their developer tokens and open invitations of
 * it. */
BH_MUST_USE
enum bh_err bh_member_delete(struct bh_db *db, int64_t account, int64_t person);
BH_MUST_USE
enum bh_err bh_member_count(struct bh_db *db, int64_t account, size_t *ret_count);
BH_MUST_USE
enum bh_err bh_member_count_owners(struct bh_db *db, int64_t account, size_t *ret_count);

/* ---- invitations ----------------------------------------------------------------------------------------
 */

#define BH_INVITE_LIFE_MS (7 * INT64_C(86400) * 1000)
#define BH_INVITES_OPEN 50 /* of one account at the same time */

struct bh_invite_record {
    int64_t id, account, invited_by; /* internal */
    struct bh_span invite_id, account_id, account_name;
    struct bh_span email; /* only for this address, in lower case; absent = for whoever has the link */
    struct bh_span invited_by_email;
    enum bh_role role;
    int64_t created_at, expires_at;
};

/* Reads account, invited_by, invite_id, email, role, created_at, expires_at of `invite`. */
BH_MUST_USE
enum bh_err bh_invite_create(
    struct bh_db *db, const struct bh_invite_record *invite, const struct bh_sha256 *token_hash);
/* Removes those of the account that have expired, and counts the others. */
BH_MUST_USE
enum bh_err bh_invite_purge(struct bh_db *db, int64_t account, int64_t now_ms, size_t *ret_open);
/* Of an account, not expired, newest first, at most BH_INVITES_OPEN. */
BH_MUST_USE
enum bh_err bh_invite_list(struct bh_db *db, int64_t account, int64_t now_ms, struct bh_arena *arena,
    struct bh_invite_record **ret_invites, size_t *ret_count);
/* Also an expired one: the caller looks at the time. */
BH_MUST_USE
enum bh_err bh_invite_find_by_hash(struct bh_db *db, const struct bh_sha256 *token_hash,
    struct bh_arena *arena, struct bh_invite_record *ret_invite);
/* Says which role it was for. BH_ERR_NOT_FOUND when the account has no such invitation. */
BH_MUST_USE
enum bh_err bh_invite_delete(
    struct bh_db *db, int64_t account, struct bh_span invite_id, enum bh_role *ret_role);

/* All that a person has made, in every account. */
BH_MUST_USE
enum bh_err bh_invite_delete_of_person(struct bh_db *db, int64_t person);

/* ---- sessions -------------------------------------------------------------------------------------------
 */

#define BH_SESSION_IDLE_MS (INT64_C(3600) * 1000)       /* without activity */
#define BH_SESSION_LIFE_MS (14 * INT64_C(86400) * 1000) /* from its beginning */
#define BH_SESSION_TOUCH_MS INT64_C(60000)              /* activity is written at most so often */

struct bh_session_record {
    int64_t id, account;
    struct bh_span session_id, account_id;
    struct bh_person_record person; /* without the password */
    enum bh_role role; /* in the account; BH_ROLE_NONE when the person has no part in it any more */
    int64_t created_at, seen_at;
};

#define BH_SESSION_USER_AGENT_UNITS 200
#define BH_SESSIONS_SHOWN 100 /* of one person */

/* How a session came to be, for its owner to recognise it. */
struct bh_session_source {
    struct bh_span kind;                /* "password", "device", "invite", "setup" */
    struct bh_span user_agent, address; /* of the request that made it; absent = not known */
};

/* What its owner is shown of a session. */
struct bh_session_view {
    int64_t id; /* internal */
    struct bh_span session_id;
    struct bh_session_source source;
    int64_t created_at, seen_at, expires_at;
};

BH_MUST_USE
enum bh_err bh_session_create(struct bh_db *db, const char *session_id, const struct bh_sha256 *token_hash,
    int64_t person, int64_t account, const struct bh_session_source *source, int64_t now_ms);
/* Also an expired one: the caller looks at the times. */
BH_MUST_USE
enum bh_err bh_session_find(struct bh_db *db, const struct bh_sha256 *token_hash, struct bh_arena *arena,
    struct bh_session_record *ret_session);
static inline bool bh_session_has_ended(const struct bh_session_record *session, int64_t now_ms)
{
    return now_ms - session->seen_at >= BH_SESSION_IDLE_MS ||
           now_ms - session->created_at >= BH_SESSION_LIFE_MS;
}
/* Those of a person that have not ended, newest activity first, at most BH_SESSIONS_SHOWN. */
BH_MUST_USE
enum bh_err bh_session_list(struct bh_db *db, int64_t person, int64_t now_ms, struct bh_arena *arena,
    struct bh_session_view **ret_sessions, size_t *ret_count);
/* How many of them there are but `except`. */
BH_MUST_USE
enum bh_err bh_session_count(
    struct bh_db *db, int64_t person, int64_t except, int64_t now_ms, size_t *ret_count);
/* BH_ERR_NOT_FOUND unless it is there, and this person's: the ids of rows that are gone are given out again.
 */
BH_MUST_USE
enum bh_err bh_session_check(struct bh_db *db, int64_t session, int64_t person);
/* BH_ERR_NOT_FOUND when it is not this person's, or has ended. */
BH_MUST_USE
enum bh_err bh_session_delete_by_id(
    struct bh_db *db, int64_t person, struct bh_span session_id, int64_t now_ms, int64_t *ret_id);
BH_MUST_USE
enum bh_err bh_session_touch(struct bh_db *db, int64_t session, int64_t now_ms);
BH_MUST_USE
enum bh_err bh_session_set_account(struct bh_db *db, int64_t session, int64_t account);
BH_MUST_USE
enum bh_err bh_session_delete(struct bh_db *db, int64_t session);
/* All of a person but `except` (0 = none). */
BH_MUST_USE
enum bh_err bh_session_delete_of_person(struct bh_db *db, int64_t person, int64_t except);
/* Removes at most `limit` that have ended. */
BH_MUST_USE
enum bh_err bh_session_purge(struct bh_db *db, int64_t now_ms, size_t limit, size_t *ret_removed);

#endif
