// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mcp/line.h"

/* A pipe whose reading end the reader has. */
struct pipe_line {
    struct bh_line_reader reader;
    int ends[2];
};

static void pipe_finish(struct pipe_line *line)
{
    bh_line_reader_finish(&line->reader);
    close(line->ends[0]);
    if (line->ends[1] >= 0)
        close(line->ends[1]);
}

static void pipe_init(struct pipe_line *line)
{
    *line = (struct pipe_line){0};
    assert_int_equal(pipe(line->ends), 0);
    bh_line_reader_init(&line->reader, line->ends[0]);
}

static void send_bytes(const struct pipe_line *line, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = write(line->ends[1], bytes, length);
        assert_true(count > 0);
        bytes += count;
        length -= (size_t)count;
    }
}

static void send_text(const struct pipe_line *line, const char *text)
{
    send_bytes(line, text, strlen(text));
}

static void end(struct pipe_line *line)
{
    close(line->ends[1]);
    line->ends[1] = -1;
}

static void require_line(struct pipe_line *line, const char *expected)
{
    struct bh_span text = BH_ABSENT;
    assert_int_equal(bh_line_next(&line->reader, -1, &text), BH_LINE_READ);
    if (!bh_span_equal(text, bh_span_from(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)text.len, text.data, expected);
}

static void require_state(struct pipe_line *line, enum bh_line_state expected)
{
    struct bh_span text = BH_ABSENT;
    assert_int_equal(bh_line_next(&line->reader, 0, &text), expected);
}

/* Lines end with LF or CRLF, neither of which is part of them; a last one without an end counts. */
static void test_ends(void **state)
{
    (void)state;
    BH_CLEANUP(pipe_finish) struct pipe_line line = {0};
    pipe_init(&line);
    send_text(&line, "one\ntwo\r\n\n\r\na\rb\nlast");
    end(&line);
    require_line(&line, "one");
    require_line(&line, "two");
    require_line(&line, "");
    require_line(&line, "");
    require_line(&line, "a\rb");
    require_line(&line, "last");
    require_state(&line, BH_LINE_END);
    require_state(&line, BH_LINE_END);
}

/* A line that comes in pieces is one line, and what has come stays over a timeout. */
static void test_pieces(void **state)
{
    (void)state;
    BH_CLEANUP(pipe_finish) struct pipe_line line = {0};
    pipe_init(&line);
    require_state(&line, BH_LINE_TIMEOUT);
    send_text(&line, "first ");
    require_state(&line, BH_LINE_TIMEOUT);
    send_text(&line, "second\nthird");
    require_line(&line, "first second");
    require_state(&line, BH_LINE_TIMEOUT);
    send_text(&line, "\n");
    require_line(&line, "third");
}

struct sender {
    const struct pipe_line *line;
    size_t length;   /* of the long line */
    const char *end; /* after it */
};

static void *send_long(void *context)
{
    const struct sender *sender = context;
    char *bytes = malloc(sender->length);
    assert_non_null(bytes);
    memset(bytes, 'x', sender->length);
    send_bytes(sender->line, bytes, sender->length);
    free(bytes);
    send_text(sender->line, sender->end);
    close(sender->line->ends[1]);
    return NULL;
}

static void require_long(size_t length, const char *ending, enum bh_line_state expected, bool more)
{
    BH_CLEANUP(pipe_finish) struct pipe_line line = {0};
    pthread_t thread;
    struct bh_span text = BH_ABSENT;
    pipe_init(&line);
    struct sender sender = {&line, length, ending};
    assert_int_equal(pthread_create(&thread, NULL, send_long, &sender), 0);
    assert_int_equal(bh_line_next(&line.reader, -1, &text), expected);
    assert_int_equal(text.len, expected == BH_LINE_READ ? BH_LINE_LIMIT : 0);
    if (more)
        require_line(&line, "more");
    assert_int_equal(bh_line_next(&line.reader, -1, &text), BH_LINE_END);
    pthread_join(thread, NULL);
    line.ends[1] = -1;
}

/* A line of the limit is read; one byte more skips it, however it ends and however long it is, and not the
 * next. */
static void test_limit(void **state)
{
    (void)state;
    require_long(BH_LINE_LIMIT, "\nmore\n", BH_LINE_READ, true);
    require_long(BH_LINE_LIMIT, "", BH_LINE_READ, false);
    require_long(BH_LINE_LIMIT + 1, "\nmore\n", BH_LINE_TOO_LONG, true);
    require_long(BH_LINE_LIMIT + 1, "", BH_LINE_TOO_LONG, false);
    require_long(3 * BH_LINE_LIMIT, "\nmore\n", BH_LINE_TOO_LONG, true);
    require_long(3 * BH_LINE_LIMIT, "", BH_LINE_TOO_LONG, false);
}

/* Texts are written whole with a line end; when the reader is gone writing says so, and nothing more is
 * tried. */
static void test_writer(void **state)
{
    (void)state;
    BH_CLEANUP(pipe_finish) struct pipe_line line = {0};
    BH_CLEANUP(bh_line_writer_finish) struct bh_line_writer writer = {0};
    json_t *message = json_pack("{s:s}", "a", "b");
    signal(SIGPIPE, SIG_IGN);
    pipe_init(&line);
    bh_line_writer_init(&writer, line.ends[1]);
    assert_true(bh_line_write(&writer, BH_SPAN("hello")));
    assert_true(bh_line_write_json(&writer, message));
    require_line(&line, "hello");
    require_line(&line, "{\"a\":\"b\"}");
    int unread = line.ends[0];
    close(unread);
    assert_false(bh_line_write(&writer, BH_SPAN("nobody")));
    assert_true(writer.failed);
    assert_false(bh_line_write_json(&writer, message));
    json_decref(message);
    line.ends[0] = -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_writer),
    };
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
