// SPDX-License-Identifier: Apache-2.0
#include "mcp/line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/json.h"

#define PIECE 65536

void bh_line_reader_init(struct bh_line_reader *reader, int fd)
{
    *reader = (struct bh_line_reader){.fd = fd};
    bh_buf_init(&reader->kept, BH_LINE_LIMIT + PIECE);
}

void bh_line_reader_finish(struct bh_line_reader *reader)
{
    if (reader != NULL)
        bh_buf_finish(&reader->kept);
}

static void drop(struct bh_line_reader *reader, size_t count)
{
    if (count == 0)
        return;
    memmove(reader->kept.data, reader->kept.data + count, reader->kept.len - count);
    reader->kept.len -= count;
}

/* True when a line could be taken from what is kept; a skipped one ends here too. */
static bool take(struct bh_line_reader *reader, enum bh_line_state *ret_state, struct bh_span *ret_line)
{
    const char *end = reader->kept.len == 0 ? NULL : memchr(reader->kept.data, '\n', reader->kept.len);
    bool last = end == NULL && reader->ended && (reader->kept.len > 0 || reader->skipping);
    if (end == NULL && !last) {
        if (reader->skipping || reader->kept.len > BH_LINE_LIMIT) {
            reader->skipping = true;
            reader->kept.len = 0;
        }
        return false;
    }
    size_t length = last ? reader->kept.len : (size_t)(end - reader->kept.data);
    reader->given = last ? length : length + 1;
    bool too_long = reader->skipping || length > BH_LINE_LIMIT;
    reader->skipping = false;
    if (length > 0 && reader->kept.data[length - 1] == '\r')
        length--;
    *ret_line = (struct bh_span){reader->kept.data, too_long ? 0 : length};
    *ret_state = too_long ? BH_LINE_TOO_LONG : BH_LINE_READ;
    return true;
}

/* Reads a piece; false at the end. */
static bool fill(struct bh_line_reader *reader)
{
    char piece[PIECE];
    ssize_t count = read(reader->fd, piece, sizeof(piece));
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (count > 0)
        bh_buf_add(&reader->kept, (struct bh_span){piece, (size_t)count});
    return count > 0 && !reader->kept.failed;
}

enum bh_line_state bh_line_next(struct bh_line_reader *reader, int timeout_ms, struct bh_span *ret_line)
{
    enum bh_line_state state;
    drop(reader, reader->given);
    reader->given = 0;
    int64_t until = bh_clock_steady_ms() + timeout_ms;
    while (!take(reader, &state, ret_line)) {
        if (reader->ended)
            return BH_LINE_END;
        int64_t left = timeout_ms < 0 ? -1 : until - bh_clock_steady_ms();
        if (timeout_ms >= 0 && left < 0)
            left = 0;
        struct pollfd wait = {.fd = reader->fd, .events = POLLIN};
        int ready = poll(&wait, 1, (int)left);
        if (ready == 0)
            return BH_LINE_TIMEOUT;
        if (ready > 0 && !fill(reader))
            reader->ended = true;
    }
    return state;
}

void bh_line_writer_init(struct bh_line_writer *writer, int fd)
{
    *writer = (struct bh_line_writer){.fd = fd};
    pthread_mutex_init(&writer->lock, NULL);
}

void bh_line_writer_finish(struct bh_line_writer *writer)
{
    if (writer != NULL)
        pthread_mutex_destroy(&writer->lock);
}

/* Waits where the descriptor does not block. */
static bool write_all(int fd, struct bh_span text)
{
    while (text.len > 0) {
        ssize_t count = write(fd, text.data, text.len);
        if (count < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            if (poll(&wait, 1, -1) < 0 && errno != EINTR)
                return false;
        } else if (count < 0 && errno != EINTR) {
            return false;
        } else if (count > 0) {
            text = bh_span_from_index(text, (size_t)count);
        }
    }
    return true;
}

bool bh_line_write(struct bh_line_writer *writer, struct bh_span text)
{
    pthread_mutex_lock(&writer->lock);
    if (!writer->failed)
        writer->failed = !write_all(writer->fd, text) || !write_all(writer->fd, BH_SPAN("\n"));
    bool written = !writer->failed;
    pthread_mutex_unlock(&writer->lock);
    return written;
}

bool bh_line_write_json(struct bh_line_writer *writer, const json_t *message)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_LINE_LIMIT * 8);
    bh_json_add_value(&text, message);
    return !text.failed && bh_line_write(writer, bh_buf_span(&text));
}
