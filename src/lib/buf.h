// SPDX-License-Identifier: Apache-2.0
/*
 * Text that grows up to a limit. Appending never fails loudly: it sets `failed`, and the owner asks once at
 * the end. A failed buffer is empty, so that half an answer can never be sent.
 */
#ifndef BH_LIB_BUF_H
#define BH_LIB_BUF_H

#include "lib/span.h"

struct bh_buf {
    char *data;
    size_t len;
    size_t capacity;
    size_t limit;
    bool failed;
};

void bh_buf_init(struct bh_buf *buf, size_t limit);
void bh_buf_finish(struct bh_buf *buf);
/* Empties the buffer and keeps its memory. */
void bh_buf_clear(struct bh_buf *buf);
void bh_buf_add(struct bh_buf *buf, struct bh_span span);
void bh_buf_add_text(struct bh_buf *buf, const char *text);
void bh_buf_add_char(struct bh_buf *buf, char c);
void bh_buf_add_int(struct bh_buf *buf, int64_t value);
void bh_buf_addf(struct bh_buf *buf, const char *format, ...) BH_PRINTF(2, 3);
/* Room for `size` more bytes at the end, to be written by the caller, who then adds to `len`; NULL on
 * failure. */
BH_MUST_USE
char *bh_buf_reserve(struct bh_buf *buf, size_t size);

static inline struct bh_span bh_buf_span(const struct bh_buf *buf)
{
    return (struct bh_span){buf->data == NULL ? "" : buf->data, buf->len};
}

/* The memory goes to the caller, who frees it; the buffer is empty afterwards. */
char *bh_buf_take(struct bh_buf *buf, size_t *ret_len);

#endif
