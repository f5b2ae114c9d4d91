// SPDX-License-Identifier: Apache-2.0
/*
 * The two ends of a stream of lines for a loop that never waits in them: lines with their very bytes out of a
 * descriptor, and bytes into one as far as it takes them.
 */
#ifndef BH_MCP_WRAP_STREAM_H
#define BH_MCP_WRAP_STREAM_H

#include "lib/buf.h"
#include "mcp/wrap_judge.h"

struct bh_wrap_input {
    int fd;
    size_t limit; /* bytes of one line */
    bool ended;
    bool skipping; /* within a line that is too long */
    struct bh_buf kept;
    size_t at;                   /* of `kept`: what was given out before */
    size_t scanned;              /* of `kept`: no line feed before */
    struct bh_wrap_id_scan scan; /* of the line that is too long */
};

enum bh_wrap_got {
    BH_WRAP_GOT_NOTHING = 0,
    BH_WRAP_GOT_LINE,
    BH_WRAP_GOT_TOO_LONG, /* one was skipped; `scan` knows its identifier until the next call */
};

void bh_wrap_input_init(struct bh_wrap_input *input, int fd, size_t limit);
void bh_wrap_input_finish(struct bh_wrap_input *input);
/* Reads once, for which the descriptor must be ready or not block. */
void bh_wrap_input_fill(struct bh_wrap_input *input);
/*
 * The next line with its end, which lives until the next call of anything here. At the end of the stream also
 * one without an end.
 */
enum bh_wrap_got bh_wrap_input_next(struct bh_wrap_input *input, struct bh_span *ret_line);

struct bh_wrap_output {
    int fd;
    bool failed; /* nobody reads, or too much was put in */
    struct bh_buf kept;
    size_t at; /* of `kept`: what has been written */
};

void bh_wrap_output_init(struct bh_wrap_output *output, int fd, size_t limit);
void bh_wrap_output_finish(struct bh_wrap_output *output);
void bh_wrap_output_add(struct bh_wrap_output *output, struct bh_span text);
/* As `text` with a line feed. */
void bh_wrap_output_add_line(struct bh_wrap_output *output, struct bh_span text);
/* Writes what can be written without waiting, whether the descriptor blocks or not. */
void bh_wrap_output_flush(struct bh_wrap_output *output);
size_t bh_wrap_output_left(const struct bh_wrap_output *output);

#endif
