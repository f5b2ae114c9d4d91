// SPDX-License-Identifier: Apache-2.0
/*
 * The fetcher against a server on "public" addresses, which exist in a network namespace of this test alone:
 * nothing can get out of it.
 */
#include "core_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/networks.h"
#include "core/redact.h"
#include "gateway/extract.h"
#include "gateway/fetch.h"
#include "lib/log.h"

#define PUBLIC "93.184.216.34"
#define OTHER "93.184.216.35"
#define PUBLIC_V6 "2606:4700::1"
#define REQUEST_MAX 4096

/* ---- the namespace --------------------------------------------------------------------------------------
 */

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        fail_msg("cannot write %s: %s", path, strerror(errno));
    close(fd);
}

static void add_address(int fd, const char *name, const char *address)
{
    struct ifreq request = {0};
    struct sockaddr_in where = {.sin_family = AF_INET};
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    assert_int_equal(inet_pton(AF_INET, address, &where.sin_addr), 1);
    memcpy(&request.ifr_addr, &where, sizeof(where));
    assert_int_equal(ioctl(fd, SIOCSIFADDR, &request), 0);
    memset(&request.ifr_addr, 0, sizeof(request.ifr_addr));
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
}

/* What the system takes for an address of the other family. */
static void add_v6_address(const char *name, const char *address)
{
    struct {
        struct in6_addr address;
        uint32_t prefix;
        int index;
    } request = {.prefix = 128, .index = (int)if_nametoindex(name)};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET6, address, &request.address), 1);
    assert_int_equal(ioctl(fd, SIOCSIFADDR, &request), 0);
    close(fd);
}

/* Names are those of a file that stands in for /etc/hosts here; there is no name server. */
static void set_names(void)
{
    char path[] = "/tmp/test_fetch_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_file(path,
        PUBLIC " page.example.com\n" PUBLIC " mixed.example.com\n10.0.0.1 mixed.example.com\n" //
               "127.0.0.1 here.example.com\n" OTHER " refused.example.com\n" PUBLIC_V6 " six.example.com\n");
    assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    assert_int_equal(mount(path, "/etc/hosts", NULL, MS_BIND, NULL), 0);
    unlink(path);
}

static void enter_namespace(void)
{
    char map[64];
    unsigned uid = getuid();
    unsigned gid = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0)
        fail_msg("cannot make namespaces: %s", strerror(errno));
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof(map), "0 %u 1", uid);
    write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof(map), "0 %u 1", gid);
    write_file("/proc/self/gid_map", map);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    add_address(fd, "lo", "127.0.0.1");
    add_address(fd, "lo:1", PUBLIC);
    add_address(fd, "lo:2", OTHER);
    close(fd);
    add_v6_address("lo", PUBLIC_V6);
    set_names();
}

/* ---- the server -----------------------------------------------------------------------------------------
 */

static char last_request[REQUEST_MAX];
static atomic_int connections;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool say(int fd, struct bh_span text)
{
    for (size_t done = 0; done < text.len;) {
        ssize_t count = send(fd, text.data + done, text.len - done, MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static bool say_text(int fd, const char *text)
{
    return say(fd, bh_span_from(text));
}

static void say_many(int fd, size_t count)
{
    char chunk[4096];
    memset(chunk, 'x', sizeof(chunk));
    for (size_t done = 0; done < count; done += sizeof(chunk)) {
        size_t left = count - done;
        if (!say(fd, (struct bh_span){chunk, left < sizeof(chunk) ? left : sizeof(chunk)}))
            return;
    }
}

static const struct {
    const char *path, *answer;
} pages[] = {
    {"/html", "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=latin-1\r\n\r\n"
              "<title>A &amp; B</title><h1>Head</h1><script>no</script><p>body</p>"},
    {"/plain", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 16\r\n\r\n a <b>\n\n c "
               "\xff\xc3\xa9 d"},
    {"/missing", "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n\r\n{}"},
    {"/image", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 5\r\n\r\n12345"},
    {"/packed", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n12345"},
    {"/interim", "HTTP/1.1 103 Early Hints\r\nLocation: /x\r\nContent-Type: image/png\r\n\r\n"
                 "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nfinal"},
    {"/half", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 50\r\n\r\nhalf"},
    {"/old", "just text"},
    {"/nowhere", "HTTP/1.1 302 Found\r\n\r\n"},
    {"/unchanged", "HTTP/1.1 304 Not Modified\r\nLocation: /plain\r\n\r\n"},
    {"/1", "HTTP/1.1 302 Found\r\nLocation: 2?x#y\r\nContent-Length: 100\r\n\r\n"},
    {"/2?x", "HTTP/1.1 301 Moved\r\nlocation:   //page.example.com/3  \r\n\r\n"},
    {"/3", "HTTP/1.1 307 Again\r\nLocation: http://" PUBLIC "/plain\r\n\r\n"},
    {"/0", "HTTP/1.1 302 Found\r\nLocation: /1\r\n\r\n"},
    {"/to-private", "HTTP/1.1 302 Found\r\nLocation: http://127.1/plain\r\n\r\n"},
    {"/to-name", "HTTP/1.1 302 Found\r\nLocation: http://here.example.com/plain\r\n\r\n"},
    {"/to-mixed", "HTTP/1.1 302 Found\r\nLocation: http://mixed.example.com/plain\r\n\r\n"},
    {"/to-file", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"},
    {"/to-port", "HTTP/1.1 302 Found\r\nLocation: http://page.example.com:22/\r\n\r\n"},
    {"/cookie", "HTTP/1.1 302 Found\r\nLocation: /plain\r\nSet-Cookie: a=b\r\n\r\n"},
};

static void answer(int fd, const char *path)
{
    for (size_t i = 0; i < BH_COUNT(pages); i++) {
        if (strcmp(pages[i].path, path) == 0)
            (void)say_text(fd, pages[i].answer);
    }
    if (strcmp(path, "/exact") == 0 && say_text(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"))
        say_many(fd, BH_FETCH_BODY_MAX);
    if (strcmp(path, "/over") == 0 && say_text(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"))
        say_many(fd, BH_FETCH_BODY_MAX + 1);
    if (strcmp(path, "/endless") == 0 && say_text(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"))
        say_many(fd, SIZE_MAX / 2);
    if (strcmp(path, "/headers") == 0 && say_text(fd, "HTTP/1.1 200 OK\r\nX: "))
        say_many(fd, 40000);
    if (strcmp(path, "/silent") == 0)
        sleep(BH_FETCH_IDLE_MS / 1000 + 2);
    if (strcmp(path, "/drip") == 0 && say_text(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")) {
        for (int i = 0; i < 60 && say_text(fd, "x"); i++)
            sleep(1);
    }
}

/* One connection each, so that a slow one holds nobody up. */
static void *serve_one(void *context)
{
    char request[REQUEST_MAX] = "";
    char path[64] = "";
    int fd = (int)(intptr_t)context;
    size_t length = 0;
    while (strstr(request, "\r\n\r\n") == NULL && length < sizeof(request) - 1) {
        ssize_t count = recv(fd, request + length, sizeof(request) - 1 - length, 0);
        if (count <= 0)
            break;
        length += (size_t)count;
        request[length] = 0;
    }
    if (sscanf(request, "GET %63s HTTP/1.1", path) == 1) {
        pthread_mutex_lock(&lock);
        memcpy(last_request, request, sizeof(request));
        pthread_mutex_unlock(&lock);
        answer(fd, path);
    }
    close(fd);
    return NULL;
}

static void *serve(void *context)
{
    int fd = (int)(intptr_t)context;
    for (;;) {
        pthread_t thread;
        int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (one < 0)
            return NULL;
        atomic_fetch_add(&connections, 1);
        if (pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)one) == 0)
            pthread_detach(thread);
    }
}

static void start_server(void)
{
    pthread_t thread;
    int on = 1;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0); /* takes both families */
    struct sockaddr_in6 where = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&where, sizeof(where)), 0);
    assert_int_equal(listen(fd, 128), 0);
    assert_int_equal(pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd), 0);
    pthread_detach(thread);
}

/* ---- one fetch ------------------------------------------------------------------------------------------
 */

static struct bh_fetcher *fetcher;
static struct bh_network_list refused;

struct wanted {
    struct bh_fetch fetch;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool has_ended;
};

static void note_done(struct bh_fetch *fetch)
{
    struct wanted *wanted = fetch->owner;
    pthread_mutex_lock(&wanted->lock);
    wanted->has_ended = true;
    pthread_cond_signal(&wanted->ended);
    pthread_mutex_unlock(&wanted->lock);
}

static void submit(struct wanted *wanted, const char *url, bool want_body)
{
    const struct bh_url_policy policy = {0};
    *wanted = (struct wanted){.fetch = {.done = note_done, .want_body = want_body}};
    wanted->fetch.owner = wanted;
    pthread_mutex_init(&wanted->lock, NULL);
    pthread_cond_init(&wanted->ended, NULL);
    bh_arena_init(&wanted->fetch.arena, 4096, FIXTURE_TEXT_LIMIT);
    assert_int_equal(
        bh_url_parse(bh_span_from(url), &policy, &wanted->fetch.arena, &wanted->fetch.url), BH_OK);
    assert_int_equal(bh_fetcher_enter(fetcher, 1), BH_OK);
    bh_fetcher_submit(fetcher, &wanted->fetch);
}

static const struct bh_fetch_result *await(struct wanted *wanted)
{
    pthread_mutex_lock(&wanted->lock);
    while (!wanted->has_ended)
        pthread_cond_wait(&wanted->ended, &wanted->lock);
    pthread_mutex_unlock(&wanted->lock);
    bh_fetcher_leave(fetcher, 1);
    return &wanted->fetch.result;
}

static void finish(struct wanted *wanted)
{
    bh_arena_finish(&wanted->fetch.arena);
    pthread_cond_destroy(&wanted->ended);
    pthread_mutex_destroy(&wanted->lock);
}

static void require_text(struct bh_span span, const char *expected)
{
    if (!bh_span_equal(span, bh_span_from(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)span.len, span.data, expected == NULL ? "" : expected);
}

static void require_error(const char *url, enum bh_err expected)
{
    struct wanted wanted;
    submit(&wanted, url, false);
    enum bh_err err = await(&wanted)->err;
    if (err != expected)
        fail_msg("%s: %s", url, bh_err_info(err)->text);
    require_text(wanted.fetch.result.excerpt, "");
    finish(&wanted);
}

/* ---- tests ----------------------------------------------------------------------------------------------
 */

/* A page becomes title and excerpt, with what the server has said about it. */
static void test_page(void **state)
{
    struct wanted wanted;
    (void)state;
    submit(&wanted, "http://page.example.com/html#part", false);
    const struct bh_fetch_result *result = await(&wanted);
    assert_int_equal(result->err, BH_OK);
    require_text(result->url, "http://page.example.com/html");
    assert_int_equal(result->status, 200);
    require_text(result->media_type, "text/html");
    require_text(result->title, "A & B");
    require_text(result->excerpt, "A & B Head body");
    assert_false(result->truncated);
    assert_int_equal(result->bytes, 67);
    finish(&wanted);
}

/* Text that is no markup is shown as it is, without a title. */
static void test_plain(void **state)
{
    struct wanted wanted;
    (void)state;
    submit(&wanted, "http://" PUBLIC "/plain", false);
    const struct bh_fetch_result *result = await(&wanted);
    require_text(result->title, NULL);
    require_text(result->excerpt, "a <b> c \xef\xbf\xbd\xc3\xa9 d");
    finish(&wanted);
}

/* The request has four headers and nothing of what came before. */
static void test_request(void **state)
{
    struct wanted wanted;
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:9", 1);
    submit(&wanted, "http://page.example.com/cookie", false);
    assert_int_equal(await(&wanted)->err, BH_OK);
    unsetenv("http_proxy");
    pthread_mutex_lock(&lock);
    assert_string_equal(last_request,
        "GET /plain HTTP/1.1\r\nHost: page.example.com\r\n"
        "User-Agent: BehalfID-Action-Gateway/0.1\r\n"
        "Accept: text/html,text/plain,application/json;q=0.8,*/*;q=0.1\r\nConnection: close\r\n\r\n");
    pthread_mutex_unlock(&lock);
    finish(&wanted);
}

static void require_answer(const char *url, int status, const char *type, const char *excerpt, int64_t bytes)
{
    struct wanted wanted;
    submit(&wanted, url, false);
    const struct bh_fetch_result *result = await(&wanted);
    if (result->err != BH_OK)
        fail_msg("%s: %s", url, bh_err_info(result->err)->text);
    assert_int_equal(result->status, status);
    require_text(result->media_type, type);
    require_text(result->excerpt, excerpt);
    assert_int_equal(result->bytes, bytes);
    finish(&wanted);
}

/* Every answer is one, whatever its status; of what is no text, or is packed, nothing is read. */
static void test_answers(void **state)
{
    (void)state;
    require_answer("http://page.example.com/missing", 404, "application/json", "{}", 2);
    require_answer("http://six.example.com/missing", 404, "application/json", "{}", 2);
    require_answer("http://page.example.com/image", 200, "image/png", "", 0);
    require_answer("http://page.example.com/packed", 200, "text/html", "", 0);
    require_answer("http://page.example.com/interim", 200, "text/plain", "final", 5);
}

/* What is cut off, or is no HTTP, is no answer. */
static void test_no_answers(void **state)
{
    (void)state;
    require_error("http://page.example.com/half", BH_ERR_GATEWAY_FETCH);
    require_error("http://page.example.com/old", BH_ERR_GATEWAY_FETCH);
    require_error("http://page.example.com/none", BH_ERR_GATEWAY_FETCH);
    require_error("http://page.example.com/headers", BH_ERR_GATEWAY_FETCH);
    require_error("https://page.example.com/", BH_ERR_GATEWAY_FETCH);
}

static void require_cut(const char *url, bool want_body, bool cut)
{
    struct wanted wanted;
    submit(&wanted, url, want_body);
    const struct bh_fetch_result *result = await(&wanted);
    assert_int_equal(result->err, BH_OK);
    assert_int_equal(result->bytes, BH_FETCH_BODY_MAX);
    assert_int_equal(result->truncated, cut);
    if (want_body)
        assert_int_equal(result->body.len, BH_FETCH_BODY_MAX);
    else
        assert_int_equal(result->excerpt.len, BH_FETCH_EXCERPT_UNITS);
    finish(&wanted);
}

/* A body is cut behind BH_FETCH_BODY_MAX bytes; one of just that size is whole. */
static void test_body_limit(void **state)
{
    (void)state;
    require_cut("http://page.example.com/exact", false, false);
    require_cut("http://page.example.com/exact", true, false);
    require_cut("http://page.example.com/over", false, true);
    require_cut("http://page.example.com/over", true, true);
    require_cut("http://page.example.com/endless", false, true);
}

/* Three redirects are followed, the fourth is not. */
static void test_redirects(void **state)
{
    struct wanted wanted;
    (void)state;
    submit(&wanted, "http://page.example.com/1", false);
    const struct bh_fetch_result *result = await(&wanted);
    assert_int_equal(result->err, BH_OK);
    require_text(result->url, "http://" PUBLIC "/plain");
    finish(&wanted);
    require_error("http://page.example.com/0", BH_ERR_GATEWAY_REDIRECTS);
    require_error("http://page.example.com/nowhere", BH_ERR_GATEWAY_LOCATION);
    require_answer(
        "http://page.example.com/unchanged", 200, "text/plain", "a <b> c \xef\xbf\xbd\xc3\xa9 d", 16);
}

/* What must not be reached is refused without a connection, also as the target of a redirect. */
static void test_refused(void **state)
{
    (void)state;
    int before = atomic_load(&connections);
    require_error("http://here.example.com/", BH_ERR_GATEWAY_PRIVATE);
    require_error("http://mixed.example.com/", BH_ERR_GATEWAY_PRIVATE);
    require_error("http://refused.example.com/", BH_ERR_GATEWAY_PRIVATE);
    require_error("http://" OTHER "/", BH_ERR_GATEWAY_PRIVATE);
    require_error("http://[::ffff:127.0.0.1]/", BH_ERR_GATEWAY_PRIVATE);
    assert_int_equal(atomic_load(&connections), before);
    require_error("http://page.example.com/to-private", BH_ERR_GATEWAY_URL_ADDRESS);
    require_error("http://page.example.com/to-name", BH_ERR_GATEWAY_PRIVATE);
    require_error("http://page.example.com/to-mixed", BH_ERR_GATEWAY_PRIVATE);
    require_error("http://page.example.com/to-file", BH_ERR_GATEWAY_URL_SCHEME);
    require_error("http://page.example.com/to-port", BH_ERR_GATEWAY_URL_PORT);
    assert_int_equal(atomic_load(&connections), before + 5);
}

/* A server that says nothing, or a byte now and then, does not hold a fetch for longer than is allowed. */
static void test_deadlines(void **state)
{
    struct wanted silent;
    struct wanted drip;
    (void)state;
    submit(&silent, "http://page.example.com/silent", false);
    submit(&drip, "http://page.example.com/drip", false);
    assert_int_equal(await(&silent)->err, BH_ERR_GATEWAY_TIMEOUT);
    assert_int_equal(await(&drip)->err, BH_ERR_GATEWAY_TIMEOUT);
    assert_true(drip.fetch.result.duration_ms >= BH_FETCH_TOTAL_MS);
    finish(&silent);
    finish(&drip);
}

/* Places are limited in all and for each account, and can be taken again when they were left. */
static void test_places(void **state)
{
    (void)state;
    for (int i = 0; i < BH_FETCH_ACCOUNT_PLACES; i++)
        assert_int_equal(bh_fetcher_enter(fetcher, 7), BH_OK);
    assert_int_equal(bh_fetcher_enter(fetcher, 7), BH_ERR_GATEWAY_BUSY_ACCOUNT);
    bh_fetcher_leave(fetcher, 7);
    assert_int_equal(bh_fetcher_enter(fetcher, 7), BH_OK);
    for (int i = BH_FETCH_ACCOUNT_PLACES; i < BH_FETCH_PLACES; i++)
        assert_int_equal(bh_fetcher_enter(fetcher, 100 + i / 4), BH_OK);
    assert_int_equal(bh_fetcher_enter(fetcher, 1000), BH_ERR_GATEWAY_BUSY);
    for (int i = BH_FETCH_ACCOUNT_PLACES; i < BH_FETCH_PLACES; i++)
        bh_fetcher_leave(fetcher, 100 + i / 4);
    for (int i = 0; i < BH_FETCH_ACCOUNT_PLACES; i++)
        bh_fetcher_leave(fetcher, 7);
}

/* What runs when the fetcher stops is cut off, and its place can still be left. */
static void test_stop(void **state)
{
    struct wanted wanted;
    (void)state;
    submit(&wanted, "http://page.example.com/silent", false);
    bh_fetcher_stop(fetcher);
    assert_int_equal(await(&wanted)->err, BH_ERR_GATEWAY_FETCH);
    finish(&wanted);
    bh_fetcher_destroy(fetcher);
}

static int start(void **state)
{
    const struct bh_fetcher_options options = {.refused = &refused};
    (void)state;
    enter_namespace();
    start_server();
    assert_true(bh_networks_parse(BH_SPAN(OTHER "/32"), &refused));
    assert_int_equal(bh_fetcher_start(&options, &fetcher), BH_OK);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_no_answers),
        cmocka_unit_test(test_body_limit),
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_stop),
    };
    if (argc == 2 && strcmp(argv[1], BH_EXTRACT_COMMAND) == 0)
        return bh_extract_child();
    bh_log_setup(BH_LOG_WARN, BH_LOG_HUMAN, bh_redact);
    return cmocka_run_group_tests(tests, start, NULL);
}
