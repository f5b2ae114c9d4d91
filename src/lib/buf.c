// SPDX-License-Identifier: Apache-2.0
#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bh_buf_init(struct bh_buf *buf, size_t limit)
{
    *buf = (struct bh_buf){.limit = limit};
}

void bh_buf_finish(struct bh_buf *buf)
{
    if (buf == NULL)
        return;
    free(buf->data);
    bh_buf_init(buf, buf->limit);
}

void bh_buf_clear(struct bh_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

static char *fail(struct bh_buf *buf)
{
    buf->failed = true;
    buf->len = 0;
    return NULL;
}

char *bh_buf_reserve(struct bh_buf *buf, size_t size)
{
    if (buf->failed || size > buf->limit - buf->len)
        return fail(buf);
    if (size <= buf->capacity - buf->len)
        return buf->data + buf->len;
    size_t capacity = buf->capacity == 0 ? 256 : buf->capacity * 2;
    while (capacity < buf->len + size)
        capacity *= 2;
    char *data = realloc(buf->data, capacity);
    if (data == NULL)
        return fail(buf);
    buf->data = data;
    buf->capacity = capacity;
    return buf->data + buf->len;
}

void bh_buf_add(struct bh_buf *buf, struct bh_span span)
{
    if (span.len == 0)
        return;
    char *end = bh_buf_reserve(buf, span.len);
    if (end == NULL)
        return;
    memcpy(end, span.data, span.len);
    buf->len += span.len;
}

void bh_buf_add_text(struct bh_buf *buf, const char *text)
{
    bh_buf_add(buf, bh_span_from(text));
}

void bh_buf_add_char(struct bh_buf *buf, char c)
{
    bh_buf_add(buf, (struct bh_span){&c, 1});
}

void bh_buf_add_int(struct bh_buf *buf, int64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        bh_buf_add_char(buf, '-');
    bh_buf_add(buf, (struct bh_span){digits + at, sizeof(digits) - at});
}

void bh_buf_addf(struct bh_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int needed = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *end = needed < 0 ? fail(buf) : bh_buf_reserve(buf, (size_t)needed + 1);
    if (end == NULL)
        return;
    va_start(args, format);
    vsnprintf(end, (size_t)needed + 1, format, args);
    va_end(args);
    buf->len += (size_t)needed;
}

char *bh_buf_take(struct bh_buf *buf, size_t *ret_len)
{
    char *data = buf->data;
    *ret_len = buf->len;
    bh_buf_init(buf, buf->limit);
    return data;
}
