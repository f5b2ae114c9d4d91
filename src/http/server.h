// SPDX-License-Identifier: Apache-2.0
/*
 * The HTTP server: a thin layer over libmicrohttpd that the rest of the program sees instead of it.
 *
 * One exchange is one request and its reply. The handler is called on an I/O thread once the whole request
 * has been read. It fills in the reply and returns, or calls bh_exchange_defer() first and lets another
 * thread finish the reply and call bh_exchange_complete(). Until then the exchange stays valid, also when the
 * client has gone.
 *
 * What the server refuses by itself: malformed framing (400), headers over the limit (431), bodies over the
 * limit (413), connections over the cap, and whoever is too slow (the connection is closed).
 */
#ifndef BH_HTTP_SERVER_H
#define BH_HTTP_SERVER_H

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"

enum bh_method { BH_METHOD_OTHER = 0, BH_GET, BH_HEAD, BH_POST, BH_PUT, BH_PATCH, BH_DELETE, BH_OPTIONS };

#define BH_REPLY_HEADERS 12
#define BH_PATH_PARAMS 3
#define BH_PEER_TEXT 46 /* an address without port; of IPv6 the /64 (http/caller.h) */
#define BH_BODY_LIMIT 65536

struct bh_reply {
    int status; /* 0 until somebody replied */
    struct bh_buf body;
    struct bh_span file; /* if not empty: sent in place of the body; lives as long as the program. Of a 304
                          * it is what would be sent: its length is told */
    const char *content_type;
    bool no_body; /* 204, 304 */
    size_t header_count;
    struct {
        const char *name;  /* a constant */
        const char *value; /* in the exchange's arena, or a constant */
    } headers[BH_REPLY_HEADERS];
};

struct bh_server;

struct bh_exchange {
    /* the request; spans are valid as long as the exchange */
    enum bh_method method;
    struct bh_span path; /* as sent, before "?", not percent-decoded */
    struct bh_span body;
    char peer[BH_PEER_TEXT];
    int64_t started_ms; /* wall clock, when its headers were complete */
    int64_t started_ns; /* the same by the steady clock, for measuring */
    struct bh_arena arena;
    /* filled in by the router */
    struct bh_span params[BH_PATH_PARAMS];
    const struct bh_route *route;
    bool authenticated; /* a credential of the route's kind was accepted */
    /* the answer */
    struct bh_reply reply;
    /* for whoever deferred it */
    void *owner;
    /* For a handler on a pool that gives the exchange to somebody else, who will complete it: to be set
     * before it does so. */
    bool *kept;
    /* If set: called on an I/O thread after bh_exchange_complete(), to write the reply there. */
    void (*finish)(struct bh_exchange *exchange);
};

/* The value of a request header (name in lower case), or absent. Never called after bh_exchange_complete().
 */
struct bh_span bh_exchange_header(const struct bh_exchange *exchange, const char *name);
/* The values of all headers of that name, the first `most` of them; returns how many there are. */
size_t bh_exchange_headers(
    const struct bh_exchange *exchange, const char *name, struct bh_span *ret_values, size_t most);
/* The percent-decoded value of a query parameter, or absent; the first one when it is repeated. */
struct bh_span bh_exchange_query(const struct bh_exchange *exchange, const char *name);
/* True when the request has any query parameter. */
bool bh_exchange_has_query(const struct bh_exchange *exchange);

/* Adds a reply header; `value` must live as long as the exchange. Too many are dropped with an assertion. */
void bh_exchange_add_header(struct bh_exchange *exchange, const char *name, const char *value);

/* Only in the handler, at most once, before the exchange is given away. */
void bh_exchange_defer(struct bh_exchange *exchange);
/* From any thread, once, after a defer; the caller must not touch the exchange afterwards. */
void bh_exchange_complete(struct bh_exchange *exchange);

/* Whose answers that take long are counted together: an agent's, or (agent 0) those of an account's people.
 */
struct bh_place_owner {
    int64_t account, agent;
    bool exports; /* an export, of which an account has few */
};
/*
 * The answer will take long: a stream, or one that first waits, for at most `wait_ms`. Such answers have a
 * limited number of places, in all, for each owner, account and address, so that they cannot take every
 * connection. An error of bh_places_enter() when there is none; a Retry-After is set then.
 * On any thread, by whoever has the exchange. The place is given back when the answer is over.
 */
BH_MUST_USE
enum bh_err bh_exchange_take_place(
    struct bh_exchange *exchange, const struct bh_place_owner *owner, int64_t wait_ms);
/* For whoever lets an exchange wait: nobody will read the answer, so it need not wait any longer. */
bool bh_exchange_is_gone(const struct bh_exchange *exchange);
/* Whose it is. */
const struct bh_server *bh_exchange_server(const struct bh_exchange *exchange);

struct bh_server_options {
    unsigned threads; /* I/O threads; 0 = one per core */
    unsigned max_connections, max_connections_per_address;
    unsigned idle_timeout_s;   /* from the last answer (or the accept) to the next request line */
    unsigned header_timeout_s; /* from the request line to the end of the headers */
    unsigned body_timeout_s;   /* from the end of the headers to the end of the body */
    /* From the end of the request to the end of the answer. Of a stream: for each step that the client takes.
     */
    unsigned answer_timeout_s;
    void (*handle)(void *context, struct bh_exchange *exchange);
    /* Writes the reply for a request that the server itself refuses. */
    void (*refuse)(void *context, struct bh_exchange *exchange, enum bh_err err);
    void *context;
};

/* Accepts and answers on the socket of bh_listen_open(), which it takes over, also when it fails. */
BH_MUST_USE
enum bh_err bh_server_start_take(
    int fd, const struct bh_server_options *options, struct bh_server **ret_server);
/* Stops accepting, waits at most `grace_ms` for what is in flight, closes the rest, frees. Every deferred
 * exchange must still be completed by its owner, before or while this waits. */
void bh_server_stop(struct bh_server *server, int64_t grace_ms);

#define BH_STATUS_CLASSES 6
struct bh_server_counts {
    int64_t connections, requests, refused, reaped;
    int64_t answers[BH_STATUS_CLASSES]; /* by the hundreds of their status; those refused are among them */
};
/* Any thread, until bh_server_stop() has returned. */
void bh_server_count(const struct bh_server *server, struct bh_server_counts *ret_counts);

#endif
