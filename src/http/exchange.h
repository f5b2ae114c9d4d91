// SPDX-License-Identifier: Apache-2.0
/*
 * What the server's own files know of an exchange and of the server, and nobody else. The public half is in
 * server.h.
 */
#ifndef BH_HTTP_EXCHANGE_H
#define BH_HTTP_EXCHANGE_H

#include <stdatomic.h>

#include "http/acceptor.h"
#include "http/io.h"
#include "http/places.h"
#include "http/reaper.h"
#include "http/server.h"

struct MHD_Connection;
struct MHD_Daemon;

#define BH_CACHE_LINE 64

enum bh_stage {
    BH_STAGE_HEADER = 0, /* the gate has not seen it yet */
    BH_STAGE_BODY,       /* its body is being collected */
    BH_STAGE_HANDLED     /* the handler has run; the answer may come later */
};

struct bh_exchange_private {
    struct bh_exchange public; /* INVARIANT: first, so that a pointer to either is one to both */
    struct bh_server *server;
    struct bh_lane *lane; /* of the thread it lives on */
    struct bh_io *io;
    struct bh_exchange_private *next_spare;
    struct MHD_Connection *connection;
    struct bh_connection *peer; /* NULL when there was no memory for it */
    struct bh_span target;      /* from bh_gate_target() */
    struct bh_span query;       /* its part behind the "?", or absent */
    char hidden;                /* first character of the query, while it is hidden from the library */
    struct bh_buf body;
    size_t discarded; /* bytes of a chunked body beyond the limit */
    enum bh_stage stage;
    bool last; /* the connection ends with this exchange */
    bool deferred;
    struct bh_io_resumption resumption;
    atomic_bool complete;     /* the owner of a deferred exchange is done */
    struct bh_stream *stream; /* or NULL: then the reply has all of the body */
    struct bh_place *place;   /* or NULL: an ordinary answer needs none */
};

struct bh_server {
    struct bh_server_options options;
    unsigned io_count;
    struct bh_io **ios;
    struct bh_lane *lanes; /* one for each of them */
    struct bh_acceptor *acceptor;
    struct bh_peers *peers;
    struct bh_reaper *reaper;
    struct bh_places *places;
    atomic_bool stopping;          /* each answer is the last on its connection */
    atomic_bool closed;            /* no handler is called any more */
    atomic_int_fast64_t in_flight; /* requests whose headers are complete, until their answers are sent */
    atomic_int_fast64_t held;      /* exchanges and streams in the hands of a handler or another thread */
    atomic_int_fast64_t requests;
    atomic_int_fast64_t refused;
};

/*
 * What the library's callbacks on one I/O thread need. Ended exchanges are kept for the next requests: with a
 * hundred thousand snapshots on the heap, looking for a free piece of their size is what a request would
 * spend most time on. Touched by that thread alone, and after its end.
 */
struct bh_lane {
    /* Threads must not fight over a cache line. */
    _Alignas(BH_CACHE_LINE) struct bh_server *server;
    struct bh_io *io;
    struct bh_exchange_private *spares;
    unsigned spare_count;
    atomic_int_fast64_t answers[BH_STATUS_CLASSES]; /* any thread reads them */
};

/* A daemon of the library that feeds this server's handler; without a thread of its own. NULL on failure. */
struct MHD_Daemon *bh_request_start_daemon(struct bh_lane *lane);

/* NULL when there is no memory. */
struct bh_exchange_private *bh_exchange_create(struct bh_lane *lane, struct MHD_Connection *connection);
void bh_exchange_destroy(struct bh_exchange_private *exchange);
void bh_exchange_free_spares(struct bh_lane *lane);

/* Hands the reply over to the library, which sends it; false when the connection must be closed instead. */
BH_MUST_USE
bool bh_answer_queue(struct bh_exchange_private *exchange);
/* Writes the reply to the socket past the library, which must then be told to close the connection. For the
 * moment when the connection's memory is used up; what the socket does not take at once is lost. */
void bh_answer_send(struct bh_exchange_private *exchange);

#endif
