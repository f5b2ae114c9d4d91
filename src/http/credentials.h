// SPDX-License-Identifier: Apache-2.0
/*
 * Who is calling: bearer keys and developer tokens, looked up in the database. (The verify path has its own
 * way through the snapshots: verify/authenticate.c.)
 */
#ifndef BH_HTTP_CREDENTIALS_H
#define BH_HTTP_CREDENTIALS_H

#include "http/server.h"
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
/* As above when the key's owner is already known: says why `agent_id` is not that agent. */
enum bh_err bh_credential_explain_mismatch(
    struct bh_db *db, int64_t account, struct bh_span agent_id, struct bh_arena *arena);

/* The account of the developer token; BH_ERR_AUTH_REQUIRED without one, BH_ERR_DEVELOPER_TOKEN for an unknown
 * one. */
BH_MUST_USE
enum bh_err bh_credential_require_developer(
    struct bh_exchange *exchange, struct bh_db *db, struct bh_token_record *ret_token);
/* True when the bearer token is the configured setup token. Constant time. */
bool bh_credential_is_setup_token(const struct bh_app *app, struct bh_exchange *exchange);

#endif
