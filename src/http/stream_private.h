// SPDX-License-Identifier: Apache-2.0
/*
 * The connection's end of a stream: for the server's own files, on the I/O thread.
 */
#ifndef BH_HTTP_STREAM_PRIVATE_H
#define BH_HTTP_STREAM_PRIVATE_H

#include "http/exchange.h"
#include "http/stream.h"

struct MHD_Response;

/* The response that takes its body from the exchange's stream. NULL when there is no memory. */
struct MHD_Response *bh_stream_respond(struct bh_exchange_private *exchange);
/* The exchange is over, however it ended. */
void bh_stream_leave(struct bh_exchange_private *exchange);

#endif
