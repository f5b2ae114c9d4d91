// SPDX-License-Identifier: Apache-2.0
/*
 * The strict header gate. libmicrohttpd 0.9 reads requests that two servers in a row would understand
 * differently, and that difference lets an attacker hide a second request in the body of the first. The gate
 * refuses every request whose framing is not beyond doubt, before any of its body is read.
 */
#ifndef BH_HTTP_GATE_H
#define BH_HTTP_GATE_H

#include "lib/err.h"

struct MHD_Connection;

/* Memory of one connection: request line, headers and their index, and the head of the answer share it. Ten
 * thousand idle connections hold ten thousand of these. */
#define BH_CONNECTION_MEMORY 8704
/* What must be left of it for the head of the answer. */
#define BH_ANSWER_ROOM 1280

struct bh_framing {
    uint64_t content_length; /* 0 when there is none */
    bool chunked;
};

/*
 * The request target as it stands when the request line has just been parsed, before the library takes its
 * query apart. Absent when it is not in origin form (a path, perhaps with a query), or has characters that a
 * URI cannot have.
 */
struct bh_span bh_gate_target(const char *target);

/*
 * To be called in the first call of the access handler, with the method and version that libmicrohttpd hands
 * over and what bh_gate_target() said. BH_ERR_BAD_REQUEST, BH_ERR_BODY_TOO_LARGE or BH_ERR_HEADERS_TOO_LARGE
 * when the request must be refused.
 */
BH_MUST_USE
enum bh_err bh_gate_check(struct MHD_Connection *connection, const char *method, struct bh_span target,
    const char *version, struct bh_framing *ret_framing);

#endif
