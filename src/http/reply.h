// SPDX-License-Identifier: Apache-2.0
/*
 * Answers: JSON, never cached, errors from the one table.
 */
#ifndef BH_HTTP_REPLY_H
#define BH_HTTP_REPLY_H

#include "http/stream.h"
#include "lib/json.h"

/*
 * Begins a JSON answer and returns its body to be written. A success on a route that asks for a credential
 * which was never accepted is a bug of ours: it becomes a 500 and the body is thrown away.
 */
struct bh_buf *bh_reply_json(struct bh_exchange *exchange, int status);
/* The same for another kind of text; `content_type` is a constant. */
struct bh_buf *bh_reply_text(struct bh_exchange *exchange, int status, const char *content_type);
/* The answer that was begun is the same for everybody and may be kept: `value` is its Cache-Control. */
void bh_reply_cache(struct bh_exchange *exchange, const char *value);
/*
 * Begins a streaming answer, likewise never without its credential: then BH_ERR_INTERNAL. The stream is to be
 * ended or aborted by whoever it is given to; see stream.h.
 */
BH_MUST_USE
enum bh_err bh_reply_stream(
    struct bh_exchange *exchange, const char *content_type, struct bh_stream **ret_stream);
#define BH_DETAIL_UNITS 200 /* of a detail, are shown */
/* {"error", "code", "hint"}; `detail` (or absent) stands for the %s of the error's text. Replaces what was
 * begun. */
void bh_reply_error(struct bh_exchange *exchange, enum bh_err err, struct bh_span detail);
/* The same for a field inside another one, such as "samples[2].", which is named before it. `where` counts
 * for mistakes in the request alone. */
void bh_reply_error_within(
    struct bh_exchange *exchange, enum bh_err err, struct bh_span where, struct bh_span detail);
/* As above, unless the error is BH_ERR_RATE_LIMIT: that answer is complete already. */
void bh_reply_refusal(struct bh_exchange *exchange, enum bh_err err, struct bh_span detail);
/* The last step of each handler: an answer that was not completed, or outgrew its limit, becomes a 500. */
void bh_reply_check(struct bh_exchange *exchange);

#endif
