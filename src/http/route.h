// SPDX-License-Identifier: Apache-2.0
/*
 * The table of routes: what exists, who may call it, where it runs. And the way of every request to its
 * handler: find the route, count against the address's limit, check the body's form, run the handler.
 */
#ifndef BH_HTTP_ROUTE_H
#define BH_HTTP_ROUTE_H

#include "core/role.h"
#include "http/server.h"

struct bh_app;

enum bh_credential {
    BH_CREDENTIAL_NONE = 0, /* public */
    BH_CREDENTIAL_AGENT,    /* key of the agent concerned */
    BH_CREDENTIAL_PERSON,   /* session or developer token */
    BH_CREDENTIAL_SESSION,  /* session alone: what only a person may do */
    BH_CREDENTIAL_GRANTOR,  /* as PERSON; the agent's own key where the server is told to allow it */
    BH_CREDENTIAL_CREATOR,  /* as PERSON, or the setup token; nobody's where public creation is on */
    BH_CREDENTIAL_OPERATOR, /* the session of an operator */
    BH_CREDENTIAL_PASSPORT, /* token of the passport of the agent concerned, or its own key */
    BH_CREDENTIAL_METRICS,  /* the configured metrics token; without one there is no such route */
    BH_CREDENTIAL_SITE,     /* key of the site concerned; with a body that names it, a developer token too */
};

enum {
    BH_ROUTE_INLINE = 0,        /* runs on the I/O thread: must not block */
    BH_ROUTE_POOL = 1,          /* runs on a pool, by its method: may wait for the database */
    BH_ROUTE_UNLIMITED = 2,     /* does not count against the address's limit */
    BH_ROUTE_BODY = 4,          /* takes a JSON body */
    BH_ROUTE_LISTING = 8,       /* with BH_ROUTE_POOL: may walk thousands of rows; few of them may wait */
    BH_ROUTE_PASSWORD = 16,     /* with BH_ROUTE_POOL: hashes a password; few of them may wait */
    BH_ROUTE_UNVERIFIED = 32,   /* also for a person whose e-mail is not verified */
    BH_ROUTE_ANY_ROLE = 64,     /* about the person, not the account: the role does not matter */
    BH_ROUTE_SETUP_TOKEN = 256, /* with BH_CREDENTIAL_OPERATOR: the setup token will do too */
    BH_ROUTE_ORIGIN = 128, /* public, but only from pages of our own: the Origin rule holds for all callers */
};

struct bh_route {
    enum bh_method method;
    const char *pattern; /* "{}" stands for one segment, which becomes a parameter */
    enum bh_credential credential;
    unsigned may; /* enum bh_may: what the person's role must allow; 0 where no person is asked for */
    unsigned flags;
    void (*handle)(struct bh_app *app, struct bh_exchange *exchange);
};

extern const struct bh_route bh_routes[];
extern const size_t bh_routes_count;

/* For bh_server_options; `context` is the struct bh_app. */
void bh_route_handle(void *context, struct bh_exchange *exchange);
void bh_route_refuse(void *context, struct bh_exchange *exchange, enum bh_err err);

/* Counts a hit and sets the RateLimit headers; false when the answer is now a 429. */
BH_MUST_USE
bool bh_route_within_limit(
    struct bh_app *app, struct bh_exchange *exchange, const char *bucket, struct bh_span key);
/* The same against a limit of the route's own; none where there is none of requests at all. */
BH_MUST_USE
bool bh_route_within_fixed_limit(struct bh_app *app, struct bh_exchange *exchange, const char *bucket,
    struct bh_span key, int64_t per_minute);
/* The same against `factor` times the limit of sign-ins, in their window; in a table of their own, which
 * ordinary requests cannot fill. */
BH_MUST_USE
bool bh_route_within_auth_limit(
    struct bh_app *app, struct bh_exchange *exchange, const char *bucket, struct bh_span key, int64_t factor);
/* The caller's address as http/caller.h names it: the socket's peer, or what a trusted proxy says in its
 * place. Valid as long as the exchange. */
struct bh_span bh_route_caller(const struct bh_app *app, struct bh_exchange *exchange);

#endif
