// SPDX-License-Identifier: Apache-2.0
/*
 * What happens to each line of a wrapped MCP server: to pass, to be decided, to be answered by us. All of it
 * is done by one thread, so the order of things is plain: a call that was cancelled before it was decided
 * never reaches the server.
 */
#ifndef BH_MCP_WRAP_RELAY_H
#define BH_MCP_WRAP_RELAY_H

#include "mcp/wrap.h"
#include "mcp/wrap_open.h"
#include "mcp/wrap_stream.h"

#define BH_WRAP_SERVER_LINE ((size_t)16 << 20) /* answers may hold pictures */
#define BH_WRAP_JUDGING_MAX 64                 /* calls that are being decided or wait, at a time */
#define BH_WRAP_HELD_BYTES ((size_t)32 << 20)  /* of their lines together */

struct bh_wrap_relay {
    const struct bh_wrap_options *options;
    struct bh_wrap_asker asker;
    struct bh_wrap_opens opens;
    struct bh_wrap_input client_in, server_in;
    struct bh_wrap_output client_out, server_out;
    struct bh_buf cwd;
    size_t notes; /* on stderr, about what was not passed on */
};

/* False with the error printed. Finish in any case. */
BH_MUST_USE
bool bh_wrap_relay_init(struct bh_wrap_relay *relay, const struct bh_wrap_options *options);
void bh_wrap_relay_finish(struct bh_wrap_relay *relay);
/* The server's pipes, which stay the caller's. */
void bh_wrap_relay_attach(struct bh_wrap_relay *relay, int server_input, int server_output);

/* Whether there is room for what one more read would bring. */
bool bh_wrap_relay_takes_client(const struct bh_wrap_relay *relay);
bool bh_wrap_relay_takes_server(const struct bh_wrap_relay *relay);
/* The lines that were read. */
void bh_wrap_relay_from_client(struct bh_wrap_relay *relay);
void bh_wrap_relay_from_server(struct bh_wrap_relay *relay);
/* What was decided meanwhile, and progress for those who wait. */
void bh_wrap_relay_settle(struct bh_wrap_relay *relay);
/* The server is gone: every open request gets an error. */
void bh_wrap_relay_fail_open(struct bh_wrap_relay *relay, struct bh_span why);

#endif
