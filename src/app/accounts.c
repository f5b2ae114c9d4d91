// SPDX-License-Identifier: Apache-2.0
#include "app/accounts.h"

#include "app/bootstrap.h"

#define ARENA_LIMIT (1u << 20)

/* ---- inside a transaction ---- */

static enum bh_err add_person(struct bh_db *db, struct bh_person_record *person,
    char ret_user_id[static BH_ID_TEXT], int64_t *ret_person)
{
    bh_random_id("user", ret_user_id);
    person->user_id = bh_span_from(ret_user_id);
    enum bh_err err = bh_person_create(db, person, ret_person);
    return err == BH_ERR_CONFLICT ? BH_ERR_EMAIL_TAKEN : err;
}

/* Also of somebody who has another role. */
static enum bh_err make_owner(struct bh_db *db, int64_t account, int64_t person, int64_t now_ms)
{
    char member_id[BH_ID_TEXT];
    bh_random_id("mbr", member_id);
    return bh_member_put(db, member_id, account, person, BH_ROLE_OWNER, now_ms);
}

enum bh_err bh_accounts_add_operator(struct bh_db *db, struct bh_span email, struct bh_span password,
    struct bh_span account_name, int64_t now_ms, char ret_user_id[static BH_ID_TEXT], int64_t *ret_person,
    int64_t *ret_account)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 1024, ARENA_LIMIT);
    size_t operators;
    struct bh_account_record account;
    bool created;
    struct bh_person_record person = {.email = email,
        .password = password,
        .is_operator = true,
        .email_verified = true, /* whoever can set the server up needs no mail from it */
        .created_at = now_ms};
    enum bh_err err = bh_person_count_operators(db, &operators);
    if (err == BH_OK && operators > 0)
        return BH_ERR_SETUP_DONE;
    if (err == BH_OK)
        err = bh_bootstrap_account(db, now_ms, &arena, &account, &created);
    if (err == BH_OK && account_name.len > 0)
        err = bh_account_rename(db, account.id, account_name);
    if (err == BH_OK)
        err = add_person(db, &person, ret_user_id, ret_person);
    if (err == BH_OK)
        err = make_owner(db, account.id, *ret_person, now_ms);
    if (err == BH_OK)
        *ret_account = account.id;
    return err;
}

enum bh_err bh_accounts_restore_operator(struct bh_db *db, int64_t person, int64_t now_ms,
    struct bh_arena *arena, struct bh_account_record *ret_account, enum bh_role *ret_role)
{
    struct bh_account_record account;
    enum bh_role role = BH_ROLE_NONE;
    enum bh_err err = bh_account_first(db, arena, &account);
    if (err == BH_ERR_NOT_FOUND)
        return BH_ERR_ACCOUNT_NOT_FOUND;
    if (err == BH_OK)
        err = bh_person_set_operator(db, person, now_ms);
    if (err == BH_OK)
        err = bh_member_role(db, account.id, person, &role);
    if (err == BH_OK || err == BH_ERR_NOT_FOUND)
        err = make_owner(db, account.id, person, now_ms);
    if (err != BH_OK)
        return err;
    *ret_account = account;
    *ret_role = role;
    return BH_OK;
}

enum bh_err bh_accounts_add_session(struct bh_db *db, int64_t person, int64_t account,
    const struct bh_session_source *source, int64_t now_ms, char ret_secret[static BH_SECRET_TEXT])
{
    char session_id[BH_ID_TEXT];
    bh_random_id("sess", session_id);
    bh_random_secret("", ret_secret);
    struct bh_sha256 hash = bh_sha256(bh_span_from(ret_secret));
    return bh_session_create(db, session_id, &hash, person, account, source, now_ms);
}

enum bh_err bh_accounts_add_link(struct bh_db *db, int64_t person, enum bh_mail_purpose purpose,
    int64_t now_ms, char ret_secret[static BH_SECRET_TEXT])
{
    bh_random_secret("", ret_secret);
    struct bh_sha256 hash = bh_sha256(bh_span_from(ret_secret));
    return bh_mail_token_create(db, &hash, person, purpose, now_ms);
}

/* Whoever held the old password may hold these too, or have made them to come back by. */
static enum bh_err end_sign_ins(struct bh_db *db, int64_t person, int64_t except)
{
    enum bh_err err = bh_session_delete_of_person(db, person, except);
    if (err == BH_OK)
        err = bh_device_login_delete_of_person(db, person);
    if (err == BH_OK)
        err = bh_mail_token_delete_of_person(db, person, BH_MAIL_RESET);
    if (err == BH_OK)
        err = bh_invite_delete_of_person(db, person);
    return err;
}

/* ---- set-up and sign-up ---- */

struct entry {
    struct bh_span email, password, account_name;
    bool email_verified;
    const struct bh_session_source *source;
    struct bh_sign_in *sign_in;
};

static enum bh_err write_set_up(void *argument, const struct bh_commit_context *context)
{
    struct entry *entry = argument;
    int64_t person, account;
    enum bh_err err = bh_accounts_add_operator(context->db, entry->email, entry->password,
        entry->account_name, context->now_ms, entry->sign_in->user_id, &person, &account);
    if (err == BH_OK)
        err = bh_accounts_add_session(
            context->db, person, account, entry->source, context->now_ms, entry->sign_in->secret);
    return err;
}

enum bh_err bh_accounts_set_up(struct bh_app *app, struct bh_span email, struct bh_span password,
    struct bh_span account_name, const struct bh_session_source *source, struct bh_sign_in *ret_sign_in)
{
    ret_sign_in->email_verified = true;
    struct entry entry = {.email = email,
        .password = password,
        .account_name = account_name,
        .source = source,
        .sign_in = ret_sign_in};
    return bh_committer_run(app->committer, write_set_up, NULL, &entry);
}

static enum bh_err write_sign_up(void *argument, const struct bh_commit_context *context)
{
    struct entry *entry = argument;
    struct bh_person_record record = {.email = entry->email,
        .password = entry->password,
        .email_verified = entry->email_verified,
        .created_at = context->now_ms};
    char account_id[BH_ID_TEXT];
    int64_t person, account;
    bh_random_id("acct", account_id);
    enum bh_err err = add_person(context->db, &record, entry->sign_in->user_id, &person);
    if (err == BH_OK)
        err = bh_account_create(context->db, account_id, entry->email, context->now_ms, &account);
    if (err == BH_OK)
        err = make_owner(context->db, account, person, context->now_ms);
    if (err == BH_OK)
        err = bh_accounts_add_session(
            context->db, person, account, entry->source, context->now_ms, entry->sign_in->secret);
    return err;
}

enum bh_err bh_accounts_sign_up(struct bh_app *app, struct bh_span email, struct bh_span password,
    const struct bh_session_source *source, struct bh_sign_in *ret_sign_in)
{
    ret_sign_in->email_verified = app->mailer == NULL;
    struct entry entry = {.email = email,
        .password = password,
        .email_verified = ret_sign_in->email_verified,
        .source = source,
        .sign_in = ret_sign_in};
    return bh_committer_run(app->committer, write_sign_up, NULL, &entry);
}

/* ---- in and out ---- */

struct in {
    const struct bh_person_record *person;
    const struct bh_session_source *source;
    char *secret;
};

/* The password is looked at again, so that nobody gets in with one that was just replaced. */
static enum bh_err write_sign_in(void *argument, const struct bh_commit_context *context)
{
    struct in *in = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 4096, ARENA_LIMIT);
    struct bh_person_record person;
    struct bh_member_record *members;
    size_t count;
    enum bh_err err = bh_person_find(context->db, in->person->id, &arena, &person);
    if (err == BH_ERR_NOT_FOUND || (err == BH_OK && !bh_span_equal(person.password, in->person->password)))
        return BH_ERR_LOGIN;
    if (err == BH_OK)
        err = bh_member_list_accounts(context->db, person.id, 1, &arena, &members, &count);
    if (err == BH_OK && count == 0)
        return BH_ERR_NOT_A_MEMBER;
    if (err == BH_OK)
        err = bh_accounts_add_session(
            context->db, person.id, members[0].account, in->source, context->now_ms, in->secret);
    return err;
}

enum bh_err bh_accounts_sign_in(struct bh_app *app, const struct bh_person_record *person,
    const struct bh_session_source *source, char ret_secret[static BH_SECRET_TEXT])
{
    struct in in = {person, source, ret_secret};
    return bh_committer_run(app->committer, write_sign_in, NULL, &in);
}

static enum bh_err write_sign_out(void *argument, const struct bh_commit_context *context)
{
    const struct bh_sha256 *hash = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 1024, ARENA_LIMIT);
    struct bh_session_record session;
    enum bh_err err = bh_session_find(context->db, hash, &arena, &session);
    if (err == BH_OK)
        err = bh_session_delete(context->db, session.id);
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

enum bh_err bh_accounts_sign_out(struct bh_app *app, struct bh_span secret)
{
    struct bh_sha256 hash = bh_sha256(secret);
    return bh_committer_run(app->committer, write_sign_out, NULL, &hash);
}

/* ---- passwords and links ---- */

struct change {
    struct bh_sha256 token;
    int64_t person, session;
    struct bh_span old_password, password;
};

/* Whoever opened the link has shown that the address is theirs, or has it from the operator's own hand. */
static enum bh_err write_reset(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    int64_t person;
    enum bh_err err =
        bh_mail_token_take(context->db, &change->token, BH_MAIL_RESET, context->now_ms, &person);
    if (err == BH_OK)
        err = bh_person_set_password(context->db, person, change->password, context->now_ms);
    if (err == BH_OK)
        err = bh_person_set_verified(context->db, person, context->now_ms);
    if (err == BH_OK)
        err = end_sign_ins(context->db, person, 0);
    if (err == BH_OK)
        err = bh_token_delete_of_person(context->db, person);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_RESET_TOKEN : err;
}

enum bh_err bh_accounts_reset_password(struct bh_app *app, struct bh_span token, struct bh_span password)
{
    struct change change = {.token = bh_sha256(token), .password = password};
    return bh_committer_run(app->committer, write_reset, NULL, &change);
}

static enum bh_err write_change(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 1024, ARENA_LIMIT);
    struct bh_person_record person;
    enum bh_err err = bh_person_find(context->db, change->person, &arena, &person);
    if (err == BH_OK && !bh_span_equal(person.password, change->old_password))
        return BH_ERR_PASSWORD_WRONG;
    if (err == BH_OK)
        err = bh_person_set_password(context->db, change->person, change->password, context->now_ms);
    if (err == BH_OK)
        err = end_sign_ins(context->db, change->person, change->session);
    return err;
}

enum bh_err bh_accounts_change_password(
    struct bh_app *app, int64_t person, int64_t session, struct bh_span old_password, struct bh_span password)
{
    struct change change = {
        .person = person, .session = session, .old_password = old_password, .password = password};
    return bh_committer_run(app->committer, write_change, NULL, &change);
}

static enum bh_err write_verified(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    int64_t person;
    enum bh_err err =
        bh_mail_token_take(context->db, &change->token, BH_MAIL_VERIFY, context->now_ms, &person);
    if (err == BH_OK)
        err = bh_person_set_verified(context->db, person, context->now_ms);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_VERIFY_TOKEN : err;
}

enum bh_err bh_accounts_verify_email(struct bh_app *app, struct bh_span token)
{
    struct change change = {.token = bh_sha256(token)};
    return bh_committer_run(app->committer, write_verified, NULL, &change);
}

/* ---- another account ---- */

struct move {
    int64_t session, person;
    struct bh_span account_id;
};

#define ACCOUNTS_OF_ONE 1000

static enum bh_err write_move(void *argument, const struct bh_commit_context *context)
{
    const struct move *move = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 4096, ARENA_LIMIT);
    struct bh_member_record *members;
    size_t count;
    enum bh_err err =
        bh_member_list_accounts(context->db, move->person, ACCOUNTS_OF_ONE, &arena, &members, &count);
    if (err != BH_OK)
        return err;
    for (size_t i = 0; i < count; i++) {
        if (bh_span_equal(members[i].account_id, move->account_id))
            return bh_session_set_account(context->db, move->session, members[i].account);
    }
    return BH_ERR_ACCOUNT_NOT_FOUND;
}

enum bh_err bh_accounts_switch(struct bh_app *app, int64_t session, int64_t person, struct bh_span account_id)
{
    struct move move = {session, person, account_id};
    return bh_committer_run(app->committer, write_move, NULL, &move);
}
