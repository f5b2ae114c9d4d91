// SPDX-License-Identifier: Apache-2.0
/*
 * Who is calling: bearer keys and developer tokens, looked up in the database. (The verify path has its own
 * way through the snapshots: verify/authenticate.c.)
 */
#ifndef BH_HTTP_CREDENTIALS_H
#define BH_HTTP_CREDENTIALS_H

#include "http/server.h"
#include "store/authority.h"
#include "store/people.h"
#include "store/store.h"

struct bh_app;

/*
 * The bearer token of the Authorization header when it has exactly the form "<bearer> <token>", the scheme in
 * any case, and begins with `prefix`; else absent.
 */
struct bh_span bh_credential_bearer(const struct bh_exchange *exchange, struct bh_span prefix);
/* The trimmed X-Developer-Token header when it begins with bhf_dev_; else absent. */
struct bh_span bh_credential_developer_token(const struct bh_exchange *exchange);

/*
 * The agent whose id is `agent_id`, if the caller holds its key. To whoever holds no valid key every failure
 * looks the same (BH_ERR_AGENT_AUTH_REQUIRED); a valid key of the same account is told apart:
 * BH_ERR_AGENT_KEY_MISMATCH, BH_ERR_AGENT_UNKNOWN. Counts against the key's limit: BH_ERR_RATE_LIMIT means
 * that the answer is complete.
 */
BH_MUST_USE
enum bh_err bh_credential_require_agent(struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db,
    struct bh_span agent_id, struct bh_agent_record *ret_agent);
/* The same for a route that names no agent: whoever holds the key. */
BH_MUST_USE
enum bh_err bh_credential_find_agent(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_agent_record *ret_agent);
/* As above when the key's owner is already known: says why `agent_id` is not that agent. */
enum bh_err bh_credential_explain_mismatch(
    struct bh_db *db, int64_t account, struct bh_span agent_id, struct bh_arena *arena);

/* A person at work in one account: signed in, or through a developer token. */
struct bh_principal {
    int64_t account, person; /* internal; person 0: a token that was made on the server's command line */
    enum bh_role role;
    bool is_operator;
    int64_t session;               /* internal; 0: by a developer token */
    struct bh_authority authority; /* the same, to be looked at again by a change; for what the route asks */
    struct bh_span account_id;
    struct bh_span user_id, email; /* absent without a person */
    struct bh_span actor;          /* for the records: the user id, else the token's id */
};

/*
 * Who is calling, if the route's table entry lets them in: the kind of credential, the Origin rule for what a
 * browser sends by itself, the verified e-mail, the role. Otherwise the error says why not. Slides the
 * session's time along (at most once a minute, best effort). Must not be called inside a committer job.
 */
BH_MUST_USE
enum bh_err bh_credential_require_person(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_principal *ret_principal);
/* As above, for handlers that need no reader of their own. */
BH_MUST_USE
enum bh_err bh_credential_require_caller(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_principal *ret_principal);
/* As above, for a route about an agent of the caller's account; another account's looks like none:
 * BH_ERR_AGENT_NOT_FOUND. */
BH_MUST_USE
enum bh_err bh_credential_require_person_of_agent(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_db *db, struct bh_span agent_id, struct bh_principal *ret_principal,
    struct bh_agent_record *ret_agent);
/* As above, for handlers that need no reader of their own. */
BH_MUST_USE
enum bh_err bh_credential_require_caller_of_agent(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_span agent_id, struct bh_principal *ret_principal, struct bh_agent_record *ret_agent);
/* As above, whatever the role; for routes that read the role themselves. Fits every kind of credential. */
BH_MUST_USE
enum bh_err bh_credential_find_person(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_principal *ret_principal);
/* True when the request carries a developer token or a session's cookie, valid or not. */
bool bh_credential_is_personal(const struct bh_exchange *exchange);
/* For a change on a route that takes other credentials too: NULL when the caller is no person. */
const struct bh_authority *bh_credential_authority(
    const struct bh_exchange *exchange, const struct bh_principal *principal);
/* BH_OK when the principal's role may do what the route's table entry asks for. */
BH_MUST_USE
enum bh_err bh_credential_check_role(struct bh_exchange *exchange, const struct bh_principal *principal);

/* The record of the developer token; BH_ERR_AUTH_REQUIRED without one, BH_ERR_DEVELOPER_TOKEN for an unknown
 * one. For where it comes beside an agent's key: it authenticates nobody, and its use is not noted. */
BH_MUST_USE
enum bh_err bh_credential_find_token(
    struct bh_exchange *exchange, struct bh_db *db, struct bh_token_record *ret_token);

/* The session of an operator; on a route with BH_ROUTE_SETUP_TOKEN also the setup token. */
BH_MUST_USE
enum bh_err bh_credential_require_operator(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db);
/* The session of an operator, and what a change of theirs is looked at again by. */
BH_MUST_USE
enum bh_err bh_credential_find_operator(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_authority *ret_authority);
/* True when the bearer token is the configured setup token. Constant time. */
bool bh_credential_is_setup_token(const struct bh_app *app, struct bh_exchange *exchange);
/* True when the bearer token is the configured metrics token. Constant time. */
bool bh_credential_is_metrics_token(const struct bh_app *app, struct bh_exchange *exchange);

/* ---- cookies and origins: session.c ----------------------------------------------------------------------
 */

#define BH_SESSION_COOKIE "behalfid_developer"

/* The session's secret from the Cookie header, or absent. */
struct bh_span bh_session_cookie(const struct bh_exchange *exchange);
/* Adds a Set-Cookie header with the secret, for an hour; NULL takes the cookie back. */
void bh_session_set_cookie(const struct bh_app *app, struct bh_exchange *exchange, const char *secret);
/* The Origin header is this server's public address or, unless that is https, the one that the request names.
 */
BH_MUST_USE
enum bh_err bh_session_check_origin(const struct bh_app *app, const struct bh_exchange *exchange);
/* The same where a terminal may call too: browsers say where a request comes from; who does not is none. */
BH_MUST_USE
enum bh_err bh_session_check_origin_if_any(const struct bh_app *app, const struct bh_exchange *exchange);

#endif
