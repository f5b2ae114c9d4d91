// SPDX-License-Identifier: Apache-2.0
/*
 * Answers: JSON, never cached, errors from the one table.
 */
#ifndef BH_HTTP_REPLY_H
#define BH_HTTP_REPLY_H

#include "http/server.h"
#include "lib/json.h"

/*
 * Begins a JSON answer and returns its body to be written. A success on a route that asks for a credential
 * which was never accepted is a bug of ours: it becomes a 500 and the body is thrown away.
 */
struct bh_buf *bh_reply_json(struct bh_exchange *exchange, int status);
/* {"error", "code", "hint"}; `detail` (or absent) stands for the %s of the error's text. Replaces what was
 * begun. */
void bh_reply_error(struct bh_exchange *exchange, enum bh_err err, struct bh_span detail);
/* The last step of each handler: an answer that was not completed, or outgrew its limit, becomes a 500. */
void bh_reply_check(struct bh_exchange *exchange);

#endif
