// SPDX-License-Identifier: Apache-2.0
/* A real server on a real socket; the client is the test itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/listen.h"
#include "http/pool.h"
#include "http/server.h"
#include "http/stream.h"
#include "lib/clock.h"

#define PIECE 10000

struct fixture {
    struct bh_server *server;
    struct bh_pool *producers;
    int port;
    struct bh_stream *_Atomic parked;
    atomic_int begun, ended; /* producers that are through */
    atomic_bool completed;   /* the last one had written everything */
};

struct task {
    struct fixture *fixture;
    struct bh_stream *stream;
    size_t pieces;
    bool abort;
};

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Writes pieces of one letter each, a, b, c ... */
static void produce(void *argument)
{
    struct task *task = argument;
    char piece[PIECE];
    bool written = true;
    for (size_t i = 0; i < task->pieces && written; i++) {
        memset(piece, 'a' + (int)(i % 26), sizeof(piece));
        written = bh_stream_write(task->stream, (struct bh_span){piece, sizeof(piece)});
    }
    atomic_store(&task->fixture->completed, written);
    if (task->abort)
        bh_stream_abort(task->stream);
    else
        bh_stream_end(task->stream);
    atomic_fetch_add(&task->fixture->ended, 1);
    free(task);
}

static void wait_for_the_client_to_go(void *argument)
{
    struct task *task = argument;
    while (!bh_stream_is_gone(task->stream))
        pause_ms(5);
    bh_stream_end(task->stream);
    atomic_fetch_add(&task->fixture->ended, 1);
    free(task);
}

static void begin(struct bh_exchange *exchange, struct bh_stream **ret_stream)
{
    assert_int_equal(bh_stream_begin(exchange, ret_stream), BH_OK);
    exchange->reply.status = 200;
    exchange->reply.content_type = "text/plain";
}

/* /park, /cancel, /wait, or /p<pieces> and /a<pieces>, which are produced to the end or to an abort. */
static void handle(void *context, struct bh_exchange *exchange)
{
    struct fixture *fixture = context;
    struct bh_stream *stream;
    begin(exchange, &stream);
    if (bh_span_equal(exchange->path, BH_SPAN("/cancel"))) {
        bh_stream_cancel(exchange, stream);
        exchange->reply.status = 503;
        return;
    }
    if (bh_span_equal(exchange->path, BH_SPAN("/park"))) {
        atomic_store(&fixture->parked, stream);
        return;
    }
    struct task *task = malloc(sizeof(*task));
    assert_non_null(task);
    atomic_fetch_add(&fixture->begun, 1);
    *task = (struct task){
        fixture, stream, strtoul(exchange->path.data + 2, NULL, 10), exchange->path.data[1] == 'a'};
    bool wait = bh_span_equal(exchange->path, BH_SPAN("/wait"));
    assert_true(bh_pool_submit(fixture->producers, wait ? wait_for_the_client_to_go : produce, task));
}

static void refuse(void *context, struct bh_exchange *exchange, enum bh_err err)
{
    (void)context;
    exchange->reply.status = bh_err_info(err)->status;
}

static struct fixture *set_up(unsigned answer_timeout_s)
{
    int fd;
    char address[BH_LISTEN_TEXT];
    const char *message;
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->producers = bh_pool_create(2, 16);
    assert_non_null(fixture->producers);
    assert_int_equal(bh_listen_open("127.0.0.1:0", &fd, address, &message), BH_OK);
    fixture->port = (int)strtol(strrchr(address, ':') + 1, NULL, 10);
    const struct bh_server_options options = {.threads = 2,
        .max_connections = 1000,
        .idle_timeout_s = 60,
        .header_timeout_s = 10,
        .body_timeout_s = 10,
        .answer_timeout_s = answer_timeout_s,
        .handle = handle,
        .refuse = refuse,
        .context = fixture};
    assert_int_equal(bh_server_start_take(fd, &options, &fixture->server), BH_OK);
    return fixture;
}

static void tear_down(struct fixture *fixture)
{
    bh_server_stop(fixture->server, 0);
    bh_pool_destroy(fixture->producers);
    free(fixture);
}

static int ask(const struct fixture *fixture, const char *method, const char *path, const char *version)
{
    char text[128];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)fixture->port)};
    const struct timeval patience = {.tv_sec = 10};
    const int small = 16384;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    int length = snprintf(text, sizeof(text), "%s %s HTTP/%s\r\nHost: x\r\n\r\n", method, path, version);
    assert_int_equal(send(fd, text, (size_t)length, 0), length);
    return fd;
}

struct answer {
    size_t letters; /* bytes of the body that are letters of our pieces */
    bool in_order;
    bool closed;   /* by an end */
    bool reset;    /* by a reset */
    bool complete; /* the last chunk was there */
    int status;
};

/* Reads the answer until its last chunk or the end of the connection. */
static void read_answer(int fd, bool chunked, struct answer *ret_answer)
{
    static char data[1 << 16];
    struct answer answer = {.in_order = true};
    char head[4096];
    size_t head_size = 0;
    size_t left = 0; /* of the chunk */
    char line[32];
    size_t line_size = 0;
    bool in_body = false;
    while (!answer.complete && !answer.closed && !answer.reset) {
        ssize_t got = recv(fd, data, sizeof(data), 0);
        answer.closed = got == 0;
        answer.reset = got < 0;
        for (ssize_t i = 0; i < got && !answer.complete; i++) {
            if (!in_body) {
                assert_true(head_size < sizeof(head) - 1);
                head[head_size++] = data[i];
                head[head_size] = '\0';
                in_body = strstr(head, "\r\n\r\n") != NULL;
            } else if (!chunked || left > 0) {
                answer.in_order = answer.in_order && data[i] == 'a' + (char)(answer.letters / PIECE % 26);
                answer.letters++;
                left -= chunked;
            } else if (data[i] != '\n') {
                assert_true(line_size < sizeof(line) - 1);
                line[line_size++] = data[i];
            } else if (line_size > 1) { /* a size; the line after each chunk is empty */
                line[line_size] = '\0';
                left = strtoul(line, NULL, 16);
                answer.complete = left == 0;
                line_size = 0;
            } else {
                line_size = 0;
            }
        }
    }
    if (head_size > 12)
        answer.status = (int)strtol(head + 9, NULL, 10);
    close(fd);
    *ret_answer = answer;
}

static void wait_for_end(struct fixture *fixture, int producers)
{
    int64_t until = bh_clock_steady_ms() + 20000;
    while (atomic_load(&fixture->ended) < producers && bh_clock_steady_ms() < until)
        pause_ms(5);
    assert_int_equal(atomic_load(&fixture->ended), producers);
}

static void wait_until_alone(struct fixture *fixture)
{
    struct bh_server_counts counts;
    int64_t until = bh_clock_steady_ms() + 20000;
    do {
        pause_ms(5);
        bh_server_count(fixture->server, &counts);
    } while (counts.connections > 0 && bh_clock_steady_ms() < until);
    assert_int_equal(counts.connections, 0);
}

static struct bh_stream *wait_for_parked(struct fixture *fixture)
{
    struct bh_stream *stream;
    int64_t until = bh_clock_steady_ms() + 10000;
    while ((stream = atomic_exchange(&fixture->parked, NULL)) == NULL && bh_clock_steady_ms() < until)
        pause_ms(2);
    assert_non_null(stream);
    return stream;
}

/* A stream many times the size of its buffer arrives whole and in order. */
static void test_stream_arrives_whole_and_in_order(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(30);
    struct answer answer;
    read_answer(ask(fixture, "GET", "/p5000", "1.1"), true, &answer);
    assert_true(answer.complete && answer.in_order);
    assert_int_equal(answer.letters, 5000 * PIECE);
    wait_for_end(fixture, 1);
    assert_true(atomic_load(&fixture->completed));
    tear_down(fixture);
}

/* An old client gets the body without chunks, ended by the end of the connection. */
static void test_old_client_gets_the_body_plain(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(30);
    struct answer answer;
    read_answer(ask(fixture, "GET", "/p20", "1.0"), false, &answer);
    assert_true(answer.closed && answer.in_order);
    assert_int_equal(answer.letters, 20 * PIECE);
    tear_down(fixture);
}

/* An aborted stream never looks complete: neither a last chunk nor, without chunks, a clean end. */
static void test_aborted_stream_never_looks_complete(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(30);
    struct answer answer;
    read_answer(ask(fixture, "GET", "/a100", "1.1"), true, &answer);
    assert_true(!answer.complete && answer.letters < 100 * PIECE + 1);
    read_answer(ask(fixture, "GET", "/a100", "1.0"), false, &answer);
    assert_true(answer.reset && !answer.closed);
    tear_down(fixture);
}

/* HEAD gets the head alone, and the producer learns at once that nobody reads. */
static void test_head_has_no_body(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(30);
    char data[4096];
    int fd = ask(fixture, "HEAD", "/p20", "1.1");
    ssize_t got = recv(fd, data, sizeof(data) - 1, 0);
    assert_true(got > 0);
    data[got] = '\0';
    assert_non_null(strstr(data, "200 OK"));
    assert_string_equal(strstr(data, "\r\n\r\n"), "\r\n\r\n");
    wait_for_end(fixture, 1);
    assert_false(atomic_load(&fixture->completed));
    close(fd);
    tear_down(fixture);
}

/* A cancelled stream leaves an ordinary answer. */
static void test_cancelled_stream_is_an_ordinary_answer(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(30);
    char data[4096];
    int fd = ask(fixture, "GET", "/cancel", "1.1");
    ssize_t got = recv(fd, data, sizeof(data) - 1, 0);
    assert_true(got > 0);
    data[got] = '\0';
    assert_non_null(strstr(data, " 503 "));
    assert_non_null(strstr(data, "Content-Length: 0"));
    close(fd);
    tear_down(fixture);
}

/* The producer that never waits is told when the buffer is full, and takes nothing of what does not fit. */
static void test_try_write_takes_all_or_nothing(void **state)
{
    (void)state;
    static const char bytes[BH_STREAM_BUFFER];
    struct fixture *fixture = set_up(30);
    int fd = ask(fixture, "GET", "/park", "1.1");
    struct bh_stream *stream = wait_for_parked(fixture);
    assert_int_equal(bh_stream_room(stream), BH_STREAM_BUFFER);
    size_t written = 0;
    while (bh_stream_try_write(stream, (struct bh_span){bytes, BH_STREAM_BUFFER})) {
        written += BH_STREAM_BUFFER;
        assert_true(written < (64 << 20));
        pause_ms(20); /* what the kernel takes is not the buffer's */
    }
    assert_false(bh_stream_is_gone(stream));
    assert_true(bh_stream_room(stream) < BH_STREAM_BUFFER);
    bh_stream_abort(stream);
    close(fd);
    tear_down(fixture);
}

/* A client that hangs up while there is nothing to send is noticed all the same. */
static void test_client_that_hangs_up_in_silence_is_noticed(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(30);
    int fd = ask(fixture, "GET", "/park", "1.1");
    struct bh_stream *stream = wait_for_parked(fixture);
    assert_true(bh_stream_try_write(stream, BH_SPAN("hello")));
    pause_ms(1500);
    assert_false(bh_stream_is_gone(stream));
    char data[4096];
    assert_true(recv(fd, data, sizeof(data), 0) > 0);
    close(fd);
    int64_t until = bh_clock_steady_ms() + 5000;
    while (!bh_stream_is_gone(stream) && bh_clock_steady_ms() < until)
        pause_ms(20);
    assert_true(bh_stream_is_gone(stream));
    assert_false(bh_stream_try_write(stream, BH_SPAN("hello")));
    bh_stream_end(stream);
    tear_down(fixture);
}

/* A client that takes nothing for as long as an answer may last is cut off, and its producer is freed. */
static void test_client_that_takes_nothing_is_cut_off(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(1);
    struct bh_server_counts counts;
    int fd = ask(fixture, "GET", "/p100000", "1.1");
    wait_for_end(fixture, 1);
    assert_false(atomic_load(&fixture->completed));
    bh_server_count(fixture->server, &counts);
    assert_int_equal(counts.reaped, 1);
    struct answer answer;
    read_answer(fd, true, &answer);
    assert_false(answer.complete);
    tear_down(fixture);
}

/* A client that reads slowly, but reads, gets everything, however long it takes; so does one for whom there
 * is nothing for long. */
static void test_client_that_goes_on_reading_is_served(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(1);
    struct answer answer;
    char data[65536];
    int slow = ask(fixture, "GET", "/p1000", "1.1");
    int quiet = ask(fixture, "GET", "/park", "1.1");
    for (int i = 0; i < 40; i++) {
        assert_true(recv(slow, data, sizeof(data), 0) > 0);
        pause_ms(100);
    }
    char end[5] = {0}; /* the last bytes so far, in whatever pieces they came */
    while (memcmp(end, "0\r\n\r\n", sizeof(end)) != 0) {
        assert_int_equal(recv(slow, data, 1, MSG_WAITALL), 1);
        memmove(end, end + 1, sizeof(end) - 1);
        end[sizeof(end) - 1] = data[0];
    }
    wait_for_end(fixture, 1);
    assert_true(atomic_load(&fixture->completed));
    struct bh_stream *stream = wait_for_parked(fixture);
    memset(data, 'a', 100);
    assert_true(bh_stream_try_write(stream, (struct bh_span){data, 100}));
    bh_stream_end(stream);
    read_answer(quiet, true, &answer);
    assert_true(answer.complete && answer.letters == 100);
    close(slow);
    tear_down(fixture);
}

/* Whenever clients hang up, softly or hard, every producer is freed and the server stops at once. */
static void test_clients_that_vanish_leave_nothing_behind(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(30);
    const int rounds = 60;
    for (int i = 0; i < rounds; i++) {
        int fd = ask(fixture, "GET", i % 3 == 0 ? "/p1" : "/p1000", i % 2 == 0 ? "1.1" : "1.0");
        if (i % 5 != 0)
            pause_ms(i % 7);
        const struct linger hard = {.l_onoff = 1};
        if (i % 2 == 0)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close(fd);
    }
    wait_until_alone(fixture);
    wait_for_end(
        fixture, atomic_load(&fixture->begun)); /* a reset may have come before the request was read */
    assert_true(atomic_load(&fixture->begun) > 0);
    tear_down(fixture);
}

/* A server that stops tells the producers: it waits neither for a full buffer nor for a silent stream. */
static void test_stop_ends_streams(void **state)
{
    (void)state;
    struct fixture *fixture = set_up(30);
    struct answer answer;
    int full = ask(fixture, "GET", "/p100000", "1.1");
    int silent = ask(fixture, "GET", "/wait", "1.1");
    pause_ms(100);
    assert_int_equal(atomic_load(&fixture->ended), 0);
    int64_t start = bh_clock_steady_ms();
    bh_server_stop(fixture->server, 100);
    fixture->server = NULL;
    assert_true(bh_clock_steady_ms() - start < 8000); /* it gives up on producers after ten seconds */
    assert_int_equal(atomic_load(&fixture->ended), 2);
    read_answer(full, true, &answer);
    assert_false(answer.complete);
    read_answer(silent, true, &answer);
    assert_false(answer.complete);
    tear_down(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_arrives_whole_and_in_order),
        cmocka_unit_test(test_old_client_gets_the_body_plain),
        cmocka_unit_test(test_aborted_stream_never_looks_complete),
        cmocka_unit_test(test_head_has_no_body),
        cmocka_unit_test(test_cancelled_stream_is_an_ordinary_answer),
        cmocka_unit_test(test_try_write_takes_all_or_nothing),
        cmocka_unit_test(test_client_that_hangs_up_in_silence_is_noticed),
        cmocka_unit_test(test_client_that_takes_nothing_is_cut_off),
        cmocka_unit_test(test_client_that_goes_on_reading_is_served),
        cmocka_unit_test(test_clients_that_vanish_leave_nothing_behind),
        cmocka_unit_test(test_stop_ends_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
