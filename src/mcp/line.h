// SPDX-License-Identifier: Apache-2.0
/*
 * Line-delimited JSON-RPC over pipes: reading whole lines within a limit and a time, writing one message as
 * one line. Serves the MCP server and the interceptor; nothing here knows what a message means.
 */
#ifndef BH_MCP_LINE_H
#define BH_MCP_LINE_H

#include <jansson.h>
#include <pthread.h>

#include "lib/buf.h"

#define BH_LINE_LIMIT ((size_t)4 << 20) /* bytes of one message; longer ones are skipped to their end */

enum bh_line_state {
    BH_LINE_END = 0, /* the other side closed, or the descriptor failed */
    BH_LINE_READ,
    BH_LINE_TOO_LONG, /* one line was skipped */
    BH_LINE_TIMEOUT,
};

/* One reader per descriptor, used by one thread. */
struct bh_line_reader {
    int fd;
    struct bh_buf kept; /* what was read and not yet given out */
    size_t given;       /* of `kept`: bytes of the line that was given out last */
    bool skipping;      /* within a line that is too long */
    bool ended;
};

void bh_line_reader_init(struct bh_line_reader *reader, int fd);
void bh_line_reader_finish(struct bh_line_reader *reader);
/*
 * The next line, without its end (LF or CRLF); it lives until the next call. `timeout_ms` below 0 waits for
 * ever. A last line without an end counts. Interrupted calls go on.
 */
BH_MUST_USE
enum bh_line_state bh_line_next(struct bh_line_reader *reader, int timeout_ms, struct bh_span *ret_line);

/* Many threads may write to one. */
struct bh_line_writer {
    int fd;
    pthread_mutex_t lock;
    bool failed; /* the other side is gone: nothing more is written */
};

void bh_line_writer_init(struct bh_line_writer *writer, int fd);
void bh_line_writer_finish(struct bh_line_writer *writer);
/* `text` and a line end, whole. False when the other side is gone. */
bool bh_line_write(struct bh_line_writer *writer, struct bh_span text);
/* The message as compact JSON. */
bool bh_line_write_json(struct bh_line_writer *writer, const json_t *message);

#endif
