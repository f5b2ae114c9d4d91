// SPDX-License-Identifier: Apache-2.0
/*
 * The table of routes: what exists, who may call it, where it runs. And the way of every request to its
 * handler: find the route, count against the address's limit, check the body's form, run the handler.
 */
#ifndef BH_HTTP_ROUTE_H
#define BH_HTTP_ROUTE_H

#include "http/server.h"

struct bh_app;

enum bh_credential {
    BH_CREDENTIAL_NONE = 0,  /* public */
    BH_CREDENTIAL_AGENT,     /* key of the agent concerned */
    BH_CREDENTIAL_DEVELOPER, /* developer token */
    BH_CREDENTIAL_GRANTOR,   /* developer token; the agent's own key where the server is told to allow it */
    BH_CREDENTIAL_CREATOR,   /* developer token or setup token; nobody's where public creation is on */
    BH_CREDENTIAL_OPERATOR,  /* setup token */
};

enum {
    BH_ROUTE_INLINE = 0,    /* runs on the I/O thread: must not block */
    BH_ROUTE_POOL = 1,      /* runs on a pool, by its method: may wait for the database */
    BH_ROUTE_UNLIMITED = 2, /* does not count against the address's limit */
    BH_ROUTE_BODY = 4,      /* takes a JSON body */
    BH_ROUTE_LISTING = 8,   /* with BH_ROUTE_POOL: may walk thousands of rows; few of them may wait */
};

struct bh_route {
    enum bh_method method;
    const char *pattern; /* "{}" stands for one segment, which becomes a parameter */
    enum bh_credential credential;
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

#endif
