// SPDX-License-Identifier: Apache-2.0
/*
 * An answer whose body is written bit by bit, by another thread, while it is being sent: a bounded buffer
 * between that thread and the connection.
 *
 *     handler (I/O thread or pool)            producer (any other thread)
 *     bh_reply_stream(exchange, .., &stream)
 *     give the stream to the producer         bh_stream_write() ...
 *     return                                  bh_stream_end() or bh_stream_abort()
 *
 * The handler may add headers as for any answer. The exchange is the handler's and ends with the handler's
 * return (or bh_exchange_complete()); the stream is the producer's from then on, until it ends or aborts it,
 * which must happen exactly once, also when the client has gone. Neither thread ever blocks the I/O thread:
 * while there is nothing to send, the connection is suspended.
 *
 * What ends a stream from the other side: the client hangs up; it takes too little for as long as an answer
 * may last (see BH_PHASE_STREAM); the server stops. Then nothing more is taken and writing says false.
 *
 * With HTTP/1.1 the body is chunked, so a client can tell an end from a cut. With HTTP/1.0 the end of the
 * connection is the end of the body, and a cut is a reset. To HEAD the stream counts as gone from the start.
 */
#ifndef BH_HTTP_STREAM_H
#define BH_HTTP_STREAM_H

#include "http/server.h"

#define BH_STREAM_BUFFER 65536 /* bytes that wait for the client at most */

struct bh_stream;

/* In the handler, at most once; handlers use bh_reply_stream(). */
BH_MUST_USE
enum bh_err bh_stream_begin(struct bh_exchange *exchange, struct bh_stream **ret_stream);
/*
 * In the handler: for as long as the producer has not ended it, the client must take `step` bytes, instead of
 * BH_STREAM_STEP, in the time of a step. For producers that hold on to something while they wait.
 */
void bh_stream_hurry(struct bh_stream *stream, unsigned step);
/* In the handler, instead of giving the stream away: the reply, which must be written anew, is an ordinary
 * one. */
void bh_stream_cancel(struct bh_exchange *exchange, struct bh_stream *stream);

/* Any number of bytes; waits while the buffer is full. False: the client has gone. */
BH_MUST_USE
bool bh_stream_write(struct bh_stream *stream, struct bh_span bytes);
/* Never waits: all of the bytes or none. False: the client has gone or lags too far behind. */
BH_MUST_USE
bool bh_stream_try_write(struct bh_stream *stream, struct bh_span bytes);
/* Bytes that bh_stream_try_write() would take now; 0 when the client has gone. */
size_t bh_stream_room(struct bh_stream *stream);
/* The client has gone, or the server has cut it off. */
bool bh_stream_is_gone(struct bh_stream *stream);

/* What was written is sent, then the answer is complete. The caller must not touch the stream afterwards. */
void bh_stream_end(struct bh_stream *stream);
/* The connection is cut at once, so that the client sees an answer that is not complete. Likewise. */
void bh_stream_abort(struct bh_stream *stream);

#endif
