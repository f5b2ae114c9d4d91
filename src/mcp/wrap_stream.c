// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE ((size_t)65536)
#define SMALL ((size_t)4096) /* a pipe that is ready takes as much without waiting */

void bh_wrap_input_init(struct bh_wrap_input *input, int fd, size_t limit)
{
    *input = (struct bh_wrap_input){.fd = fd, .limit = limit};
    bh_buf_init(&input->kept, limit + 2 * PIECE);
}

void bh_wrap_input_finish(struct bh_wrap_input *input)
{
    if (input != NULL)
        bh_buf_finish(&input->kept);
}

/* Moves what is left to the front. */
static void compact(struct bh_wrap_input *input)
{
    if (input->at == 0)
        return;
    memmove(input->kept.data, input->kept.data + input->at, input->kept.len - input->at);
    input->kept.len -= input->at;
    input->scanned -= input->at;
    input->at = 0;
}

void bh_wrap_input_fill(struct bh_wrap_input *input)
{
    compact(input);
    char *end = bh_buf_reserve(&input->kept, PIECE);
    if (end == NULL) {
        input->ended = true;
        return;
    }
    ssize_t count = read(input->fd, end, PIECE);
    if (count > 0)
        input->kept.len += (size_t)count;
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
        input->ended = true;
}

/* The rest of what is kept belongs to a line that is too long. */
static void skip(struct bh_wrap_input *input, size_t until)
{
    if (!input->skipping)
        input->scan = (struct bh_wrap_id_scan){0};
    bh_wrap_id_scan_feed(&input->scan, (struct bh_span){input->kept.data + input->at, until - input->at});
    input->at = input->scanned = until;
}

enum bh_wrap_got bh_wrap_input_next(struct bh_wrap_input *input, struct bh_span *ret_line)
{
    const char *data = input->kept.data;
    size_t len = input->kept.len;
    const char *feed =
        len == input->scanned ? NULL : memchr(data + input->scanned, '\n', len - input->scanned);
    bool last = feed == NULL && input->ended && (len > input->at || input->skipping);
    if (feed == NULL && !last) {
        input->scanned = len;
        if (input->skipping || len - input->at > input->limit) {
            skip(input, len);
            input->skipping = true;
        }
        return BH_WRAP_GOT_NOTHING;
    }
    size_t end = last ? len : (size_t)(feed - data) + 1;
    if (input->skipping || end - input->at > input->limit + 1) {
        skip(input, end);
        input->skipping = false;
        return BH_WRAP_GOT_TOO_LONG;
    }
    *ret_line = (struct bh_span){data + input->at, end - input->at};
    input->at = input->scanned = end;
    return BH_WRAP_GOT_LINE;
}

void bh_wrap_output_init(struct bh_wrap_output *output, int fd, size_t limit)
{
    *output = (struct bh_wrap_output){.fd = fd};
    bh_buf_init(&output->kept, limit);
}

void bh_wrap_output_finish(struct bh_wrap_output *output)
{
    if (output != NULL)
        bh_buf_finish(&output->kept);
}

void bh_wrap_output_add(struct bh_wrap_output *output, struct bh_span text)
{
    if (output->failed)
        return;
    bh_buf_add(&output->kept, text);
    output->failed = output->kept.failed;
}

void bh_wrap_output_add_line(struct bh_wrap_output *output, struct bh_span text)
{
    bh_wrap_output_add(output, text);
    bh_wrap_output_add(output, BH_SPAN("\n"));
}

size_t bh_wrap_output_left(const struct bh_wrap_output *output)
{
    return output->failed ? 0 : output->kept.len - output->at;
}

/* A socket can be told not to wait; a pipe that others share is asked first, and gets a little. */
static ssize_t write_some(int fd, struct bh_span text)
{
    ssize_t count = send(fd, text.data, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0 || errno != ENOTSOCK)
        return count;
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (poll(&ready, 1, 0) <= 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(fd, text.data, text.len < SMALL ? text.len : SMALL);
}

void bh_wrap_output_flush(struct bh_wrap_output *output)
{
    while (bh_wrap_output_left(output) > 0) {
        struct bh_span rest = bh_span_from_index(bh_buf_span(&output->kept), output->at);
        ssize_t count = write_some(output->fd, rest);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            output->failed |= count == 0 || errno != EAGAIN;
            break;
        }
        output->at += (size_t)count;
    }
    if (output->at == output->kept.len) {
        bh_buf_clear(&output->kept);
        output->at = 0;
    } else if (output->at > PIECE) {
        memmove(output->kept.data, output->kept.data + output->at, output->kept.len - output->at);
        output->kept.len -= output->at;
        output->at = 0;
    }
}
