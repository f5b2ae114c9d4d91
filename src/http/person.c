// SPDX-License-Identifier: Apache-2.0
/*
 * Which person is calling, and may they?
 */
#include "http/credentials.h"

#include "app/app.h"
#include "http/route.h"
#include "lib/clock.h"
#include "store/reader.h"

/* ---- developer tokens ---- */

struct touch {
    int64_t id;
};

static enum bh_err write_token_touch(void *argument, const struct bh_commit_context *context)
{
    const struct touch *touch = argument;
    return bh_token_touch(context->db, touch->id, context->now_ms);
}

enum bh_err bh_credential_find_token(
    struct bh_exchange *exchange, struct bh_db *db, struct bh_token_record *ret_token)
{
    struct bh_span secret = bh_credential_developer_token(exchange);
    if (bh_span_is_absent(secret))
        return BH_ERR_AUTH_REQUIRED;
    struct bh_sha256 hash = bh_sha256(secret);
    enum bh_err err = bh_token_find_by_hash(db, &hash, &exchange->arena, ret_token);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_DEVELOPER_TOKEN : err;
}

static enum bh_err find_by_token(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_principal *ret_principal)
{
    struct bh_token_record token;
    enum bh_err err = bh_credential_find_token(exchange, db, &token);
    if (err != BH_OK)
        return err;
    struct touch touch = {token.id};
    if (bh_clock_wall_ms() - token.last_used_at >= BH_SESSION_TOUCH_MS &&
        bh_committer_run(app->committer, write_token_touch, NULL, &touch) != BH_OK)
        bh_log(BH_LOG_DEBUG, "the use of a token was not noted", NULL);
    *ret_principal = (struct bh_principal){
        .account = token.account,
        .person = token.owner_person,
        .role = token.role,
        .account_id = token.account_id,
        .user_id = token.user_id,
        .email = token.email,
        .actor = token.owner_person == 0 ? token.token_id : token.user_id,
        .authority = {token.account, token.owner_person, 0, token.id, exchange->route->may},
    };
    return token.email_verified ? BH_OK : BH_ERR_EMAIL_UNVERIFIED;
}

/* ---- sessions ---- */

static enum bh_err write_session_touch(void *argument, const struct bh_commit_context *context)
{
    const struct touch *touch = argument;
    return bh_session_touch(context->db, touch->id, context->now_ms);
}

static enum bh_err write_session_end(void *argument, const struct bh_commit_context *context)
{
    const struct touch *touch = argument;
    return bh_session_delete(context->db, touch->id);
}

/* Best effort: a session whose activity cannot be written ends sooner, nothing worse. */
static void slide_session(struct bh_app *app, struct bh_exchange *exchange,
    const struct bh_session_record *session, struct bh_span secret, int64_t now_ms)
{
    struct bh_span copy;
    struct touch touch = {session->id};
    if (now_ms - session->seen_at < BH_SESSION_TOUCH_MS)
        return;
    if (bh_committer_run(app->committer, write_session_touch, NULL, &touch) == BH_OK &&
        bh_arena_copy(&exchange->arena, secret, &copy))
        bh_session_set_cookie(app, exchange, copy.data);
}

static enum bh_err find_by_session(struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db,
    struct bh_span secret, struct bh_principal *ret_principal)
{
    struct bh_session_record session;
    struct bh_sha256 hash = bh_sha256(secret);
    int64_t now_ms = bh_clock_wall_ms();
    enum bh_err err = bh_session_find(db, &hash, &exchange->arena, &session);
    if (err == BH_ERR_NOT_FOUND)
        return BH_ERR_AUTH_REQUIRED;
    if (err != BH_OK)
        return err;
    if (bh_session_has_ended(&session, now_ms)) {
        struct touch touch = {session.id};
        if (bh_committer_run(app->committer, write_session_end, NULL, &touch) != BH_OK)
            bh_log(BH_LOG_DEBUG, "an ended session was not removed", NULL);
        return BH_ERR_AUTH_REQUIRED;
    }
    slide_session(app, exchange, &session, secret, now_ms);
    *ret_principal = (struct bh_principal){
        .account = session.account,
        .person = session.person.id,
        .role = session.role,
        .is_operator = session.person.is_operator,
        .session = session.id,
        .account_id = session.account_id,
        .user_id = session.person.user_id,
        .email = session.person.email,
        .actor = session.person.user_id,
        .authority = {session.account, session.person.id, session.id, 0, exchange->route->may},
    };
    bool needs_verified = (exchange->route->flags & BH_ROUTE_UNVERIFIED) == 0;
    return session.person.email_verified || !needs_verified ? BH_OK : BH_ERR_EMAIL_UNVERIFIED;
}

/* ---- both ---- */

static bool changes_something(const struct bh_exchange *exchange)
{
    return exchange->method != BH_GET && exchange->method != BH_HEAD;
}

enum bh_err bh_credential_find_person(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_principal *ret_principal)
{
    struct bh_span cookie = bh_session_cookie(exchange);
    enum bh_err err;
    if (!bh_span_is_absent(bh_credential_developer_token(exchange))) {
        err = find_by_token(app, exchange, db, ret_principal);
        if (err == BH_OK && exchange->route->credential == BH_CREDENTIAL_SESSION)
            err = BH_ERR_SESSION_REQUIRED;
    } else if (!bh_span_is_absent(cookie)) {
        err = changes_something(exchange) ? bh_session_check_origin(app, exchange) : BH_OK;
        if (err == BH_OK)
            err = find_by_session(app, exchange, db, cookie, ret_principal);
    } else {
        err = BH_ERR_AUTH_REQUIRED;
    }
    return err;
}

bool bh_credential_is_personal(const struct bh_exchange *exchange)
{
    return !bh_span_is_absent(bh_credential_developer_token(exchange)) ||
           !bh_span_is_absent(bh_session_cookie(exchange));
}

const struct bh_authority *bh_credential_authority(
    const struct bh_exchange *exchange, const struct bh_principal *principal)
{
    return bh_credential_is_personal(exchange) ? &principal->authority : NULL;
}

enum bh_err bh_credential_check_role(struct bh_exchange *exchange, const struct bh_principal *principal)
{
    if ((exchange->route->flags & BH_ROUTE_ANY_ROLE) == 0) {
        if (principal->role == BH_ROLE_NONE)
            return BH_ERR_NOT_A_MEMBER;
        if (!bh_role_allows(principal->role, exchange->route->may))
            return principal->role == BH_ROLE_VIEWER && changes_something(exchange) ? BH_ERR_VIEWER
                                                                                    : BH_ERR_ROLE;
    }
    exchange->authenticated = true;
    return BH_OK;
}

enum bh_err bh_credential_require_person(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_principal *ret_principal)
{
    struct bh_principal principal;
    enum bh_err err = bh_credential_find_person(app, exchange, db, &principal);
    if (err == BH_OK)
        err = bh_credential_check_role(exchange, &principal);
    if (err == BH_OK)
        *ret_principal = principal;
    return err;
}

enum bh_err bh_credential_require_caller(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_principal *ret_principal)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? bh_credential_require_person(app, exchange, reader.db, ret_principal) : err;
}

enum bh_err bh_credential_require_person_of_agent(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_db *db, struct bh_span agent_id, struct bh_principal *ret_principal,
    struct bh_agent_record *ret_agent)
{
    struct bh_principal principal;
    struct bh_agent_record agent;
    enum bh_err err = bh_credential_require_person(app, exchange, db, &principal);
    if (err != BH_OK)
        return err;
    err = bh_agent_find(db, agent_id, &exchange->arena, &agent);
    if (err == BH_ERR_NOT_FOUND || (err == BH_OK && agent.account != principal.account))
        return BH_ERR_AGENT_NOT_FOUND;
    if (err == BH_OK) {
        *ret_principal = principal;
        *ret_agent = agent;
    }
    return err;
}

enum bh_err bh_credential_require_caller_of_agent(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_span agent_id, struct bh_principal *ret_principal, struct bh_agent_record *ret_agent)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err != BH_OK)
        return err;
    return bh_credential_require_person_of_agent(
        app, exchange, reader.db, agent_id, ret_principal, ret_agent);
}

enum bh_err bh_credential_find_operator(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_authority *ret_authority)
{
    struct bh_principal principal;
    if (bh_span_is_absent(bh_session_cookie(exchange)))
        return BH_ERR_OPERATOR;
    enum bh_err err = bh_credential_find_person(app, exchange, db, &principal);
    if (err == BH_OK && (!principal.is_operator || principal.session == 0))
        err = BH_ERR_OPERATOR;
    if (err != BH_OK)
        return err;
    exchange->authenticated = true;
    *ret_authority = principal.authority;
    ret_authority->may = BH_MAY_OPERATE;
    return BH_OK;
}

enum bh_err bh_credential_require_operator(struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db)
{
    struct bh_authority authority;
    bool token_will_do = (exchange->route->flags & BH_ROUTE_SETUP_TOKEN) != 0;
    if (token_will_do && bh_credential_is_setup_token(app, exchange))
        return BH_OK;
    if (token_will_do && bh_span_is_absent(bh_session_cookie(exchange)))
        return BH_ERR_SETUP_TOKEN;
    return bh_credential_find_operator(app, exchange, db, &authority);
}
