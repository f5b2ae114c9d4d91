// SPDX-License-Identifier: Apache-2.0
/* Exports of a real log, answered by a real server; the client is the test itself. */
#include "store_fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "app/app.h"
#include "http/csv.h"
#include "http/listen.h"

#define HEAD                                                                                                 \
    "createdAt,shadow,decision,approvalRequired,risk,agentId,agentName,action,vendor,environment,amount,"    \
    "reason,requestId,approvalId"

struct fixture {
    struct store_fixture *store;
    struct bh_app app;
    struct bh_audit_filter filter;
    int port;
};

static void handle(void *context, struct bh_exchange *exchange)
{
    struct fixture *fixture = context;
    bh_csv_export_logs(&fixture->app, exchange, &fixture->filter);
}

static void refuse(void *context, struct bh_exchange *exchange, enum bh_err err)
{
    (void)context;
    exchange->reply.status = bh_err_info(err)->status;
}

static void set_up(struct fixture *fixture, struct store_fixture *store)
{
    int fd;
    char address[BH_LISTEN_TEXT];
    const char *message;
    *fixture = (struct fixture){.store = store, .filter = {.account = store->account}};
    fixture->app.store = store->store;
    fixture->app.exports = bh_pool_create(1, 1);
    assert_non_null(fixture->app.exports);
    ok(bh_listen_open("127.0.0.1:0", &fd, address, &message));
    fixture->port = (int)strtol(strrchr(address, ':') + 1, NULL, 10);
    const struct bh_server_options options = {.threads = 1,
        .max_connections = 100,
        .idle_timeout_s = 60,
        .header_timeout_s = 10,
        .body_timeout_s = 10,
        .answer_timeout_s = 10,
        .handle = handle,
        .refuse = refuse,
        .context = fixture};
    ok(bh_server_start_take(fd, &options, &fixture->app.server));
}

static void tear_down(struct fixture *fixture)
{
    bh_server_stop(fixture->app.server, 1000);
    bh_pool_destroy(fixture->app.exports);
}

static int ask(const struct fixture *fixture)
{
    static const char request[] = "GET / HTTP/1.0\r\nHost: x\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)fixture->port)};
    const struct timeval patience = {.tv_sec = 20};
    const int small = 16384;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
    return fd;
}

/* The whole answer, ended by a clean end; with HTTP/1.0 the body comes as it is. The caller frees it. */
static char *read_all(int fd)
{
    size_t size = 0;
    size_t capacity = 1 << 16;
    char *text = malloc(capacity);
    ssize_t got;
    assert_non_null(text);
    while ((got = recv(fd, text + size, capacity - size - 1, 0)) > 0) {
        size += (size_t)got;
        if (capacity - size < 4096) {
            capacity *= 2;
            text = realloc(text, capacity);
            assert_non_null(text);
        }
    }
    assert_int_equal(got, 0);
    text[size] = '\0';
    close(fd);
    return text;
}

static const char *body_of(const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");
    assert_non_null(body);
    return body + 4;
}

static void append(struct store_fixture *store, struct bh_audit_row row)
{
    fixture_begin(store);
    ok(bh_audit_append(store->log, &row));
    fixture_commit(store);
}

/* An account without decisions has a file of one line, with the headers of a download. */
static void test_empty_log_is_the_heading_alone(void **state)
{
    struct fixture fixture;
    set_up(&fixture, *state);
    char *answer = read_all(ask(&fixture));
    assert_string_equal(body_of(answer), HEAD);
    assert_non_null(strstr(answer, "Content-Type: text/csv; charset=utf-8\r\n"));
    assert_non_null(
        strstr(answer, "Content-Disposition: attachment; filename=\"behalfid-verification-logs.csv\"\r\n"));
    assert_non_null(strstr(answer, "no-store"));
    free(answer);
    tear_down(&fixture);
}

/* The cells of the newest row, in one export, up to the request id. */
static void assert_row(struct fixture *fixture, struct bh_audit_row row, const char *expected)
{
    char request_id[BH_REQUEST_ID_TEXT];
    fixture_begin(fixture->store);
    ok(bh_audit_append(fixture->store->log, &row));
    fixture_commit(fixture->store);
    bh_request_id_encode(row.id, row.salt, request_id);
    char *answer = read_all(ask(fixture));
    const char *body = body_of(answer);
    assert_memory_equal(body, HEAD "\n", sizeof(HEAD));
    const char *line = body + sizeof(HEAD);
    char *end = strstr(line, request_id);
    assert_non_null(end);
    *end = '\0';
    assert_string_equal(line, expected);
    free(answer);
}

/* Columns come in their order, in the forms of the API; amounts are numbers, also negative ones. */
static void test_columns_are_in_order(void **state)
{
    struct store_fixture *store = *state;
    struct fixture fixture;
    set_up(&fixture, store);
    struct bh_audit_row row = fixture_row(store, 1, NOON);
    row.vendor = BH_SPAN("acme.example");
    row.metadata = BH_SPAN("{\"stage\":\" staging \"}");
    row.has_amount = true;
    row.amount = 12.5;
    assert_row(&fixture, row,
        "2024-10-04T12:00:00.000Z,false,allowed,false,low,agent_bbbbbbbbbbbbbbbb,Agent,purchase,acme.example,"
        "staging,12.5,Action allowed by active permission.,");
    row.allowed = false;
    row.approval_required = true;
    row.shadow = true;
    row.risk = BH_RISK_MEDIUM;
    row.vendor = BH_ABSENT;
    row.metadata = BH_ABSENT;
    row.amount = -5;
    assert_row(&fixture, row,
        "2024-10-04T12:00:00.000Z,true,approval_required,true,medium,agent_bbbbbbbbbbbbbbbb,Agent,purchase,,,"
        "-5,"
        "Action allowed by active permission.,");
    tear_down(&fixture);
}

/* Quotes, commas and line breaks are quoted; what a spreadsheet would calculate is not; secrets are redacted.
 */
static void test_cells_are_harmless(void **state)
{
    static const struct {
        const char *vendor, *cell;
    } cases[] = {{"plain", "plain"}, {"a,b", "\"a,b\""}, {"a\"b", "\"a\"\"b\""}, {"a\nb", "\"a\nb\""},
        {"a\rb", "\"a\rb\""}, {"=1+1", "'=1+1"}, {"+1", "'+1"}, {"-1", "'-1"}, {"@x", "'@x"}, {"\tx", "'\tx"},
        {"=\"a\",b", "\"'=\"\"a\"\",b\""}, {" =1", " =1"}, {"a=1", "a=1"}, {"'=1", "'=1"},
        {"Bearer abc.def", "Bearer [redacted]"}, {"\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac"}};
    struct store_fixture *store = *state;
    struct fixture fixture;
    set_up(&fixture, store);
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        char expected[512];
        struct bh_audit_row row = fixture_row(store, 0, NOON + (int64_t)i * 1000);
        row.vendor = bh_span_from(cases[i].vendor);
        char time[BH_TIME_TEXT];
        bh_time_format(row.created_at, time);
        snprintf(expected, sizeof(expected),
            "%s,false,allowed,false,low,agent_aaaaaaaaaaaaaaaa,Agent,purchase,%s,,,Action allowed by active "
            "permission.,",
            time, cases[i].cell);
        assert_row(&fixture, row, expected);
    }
    tear_down(&fixture);
}

/* All rows are there, newest first, none twice, over many pages, and no line follows the last. */
static void test_all_rows_over_many_pages(void **state)
{
    enum { ROWS = 5500 };
    struct store_fixture *store = *state;
    struct fixture fixture;
    set_up(&fixture, store);
    fixture_append(store, ROWS, NOON);
    char *answer = read_all(ask(&fixture));
    const char *line = body_of(answer);
    for (int i = ROWS - 1; i >= 0; i--) {
        char time[BH_TIME_TEXT];
        line = strchr(line, '\n');
        assert_non_null(line);
        line++;
        bh_time_format(NOON + i, time);
        assert_memory_equal(line, time, strlen(time));
        assert_memory_equal(strstr(line, "agent_"), fixture_agent_ids[i % AGENTS], 22);
    }
    assert_null(strchr(line, '\n'));
    free(answer);
    tear_down(&fixture);
}

/* The filter holds for the export, and other accounts' rows never are in it. */
static void test_filter_holds(void **state)
{
    struct store_fixture *store = *state;
    struct fixture fixture;
    set_up(&fixture, store);
    fixture_append(store, 30, NOON);
    struct bh_audit_row row = fixture_row(store, 0, NOON + 1000);
    row.action = BH_SPAN("refund");
    append(store, row);
    fixture.filter.action = BH_SPAN("refund");
    char *answer = read_all(ask(&fixture));
    const char *line = strchr(body_of(answer), '\n');
    assert_non_null(line);
    assert_non_null(strstr(line, ",refund,"));
    assert_null(strchr(line + 1, '\n'));
    free(answer);
    fixture.filter = (struct bh_audit_filter){.account = store->account + 1};
    answer = read_all(ask(&fixture));
    assert_string_equal(body_of(answer), HEAD);
    free(answer);
    tear_down(&fixture);
}

static int status_of(int fd)
{
    char head[512] = "";
    assert_true(recv(fd, head, sizeof(head) - 1, 0) > 12);
    return (int)strtol(head + 9, NULL, 10);
}

/* A thread may need a moment to take what was asked before, or to notice that nobody reads it any more. */
static int ask_until_taken(const struct fixture *fixture)
{
    for (int i = 0; i < 400; i++) {
        int fd = ask(fixture);
        if (status_of(fd) == 200)
            return fd;
        close(fd);
        usleep(25000);
    }
    fail_msg("no export was taken in 10 seconds");
    return -1;
}

/* While its threads and its queue are taken, one more export is refused; later there is room again. */
static void test_exports_are_few(void **state)
{
    struct store_fixture *store = *state;
    struct fixture fixture;
    int fds[3];
    set_up(&fixture, store);
    for (int i = 0; i < 40; i++)
        fixture_append(store, 3000, NOON + i * 3000);
    for (int i = 0; i < 2; i++) /* nobody reads on, so the first one stays at work */
        fds[i] = ask_until_taken(&fixture);
    fixture.filter.account++; /* an account has a share of its own, which is not what refuses it */
    fds[2] = ask(&fixture);
    char *refused = read_all(fds[2]);
    assert_non_null(strstr(refused, " 503 "));
    assert_non_null(strstr(refused, "Retry-After: 5\r\n"));
    assert_non_null(strstr(refused, "Too many exports are running."));
    free(refused);
    fixture.filter.account--;
    close(fds[0]);
    close(fds[1]);
    close(ask_until_taken(&fixture));
    tear_down(&fixture);
}

/* ---- while the log changes ------------------------------------------------------------------------------
 */

enum { FIRST_ROWS = 24000, MOST_ROWS = 40000 };
enum change { UNTOUCHED = 0, TAKEN_BEFORE, TAKEN_MEANWHILE, TAKEN_EARLY };

/* A log of our own making, and what has happened to each of its rows. */
struct changing {
    struct store_fixture *store;
    int64_t last, removed_through;
    enum change changes[MOST_ROWS + 1];
    bool exported[MOST_ROWS + 1];
    uint64_t random;
};

static int64_t random_below(struct changing *log, int64_t limit)
{
    log->random ^= log->random << 13;
    log->random ^= log->random >> 7;
    log->random ^= log->random << 17;
    return (int64_t)(log->random % (uint64_t)limit);
}

/* Long, so that far more of an export is still to come than sockets hold. */
static struct bh_audit_row row_of(const struct changing *log, int64_t id)
{
    static char vendor[400];
    memset(vendor, 'v', sizeof(vendor));
    struct bh_audit_row row = fixture_row(log->store, (int)(id % AGENTS), NOON + id);
    row.vendor = (struct bh_span){vendor, sizeof(vendor)};
    return row;
}

static void add_rows(struct changing *log, int count)
{
    fixture_begin(log->store);
    for (int i = 0; i < count && log->last < MOST_ROWS; i++) {
        struct bh_audit_row row = row_of(log, ++log->last);
        ok(bh_audit_append(log->store->log, &row));
        assert_int_equal(row.id, log->last);
    }
    fixture_commit(log->store);
}

static void erase_row(struct changing *log, int64_t id, enum change change)
{
    char request_id[BH_REQUEST_ID_TEXT];
    if (id <= log->removed_through || log->changes[id] != UNTOUCHED)
        return;
    bh_request_id_encode(id, row_of(log, id).salt, request_id);
    fixture_begin(log->store);
    ok(bh_audit_erase(log->store->log, log->store->account, bh_span_from(request_id), BH_SPAN("u"), NOON));
    fixture_commit(log->store);
    log->changes[id] = change;
}

static void remove_rows(struct changing *log, int64_t through)
{
    size_t removed;
    fixture_begin(log->store);
    ok(bh_audit_retain(log->store->log, NOON + through + 1, 512, &removed));
    fixture_commit(log->store);
    for (; removed > 0; removed--) {
        int64_t id = ++log->removed_through;
        if (log->changes[id] == UNTOUCHED)
            log->changes[id] = TAKEN_MEANWHILE;
    }
}

/* One step of what goes on while somebody exports. */
static void change(struct changing *log)
{
    switch (random_below(log, 3)) {
    case 0:
        add_rows(log, (int)random_below(log, 300));
        break;
    case 1:
        erase_row(log, 1 + random_below(log, log->last), TAKEN_MEANWHILE);
        break;
    default:
        if (random_below(log, 4) == 0)
            remove_rows(log, log->removed_through + random_below(log, 600));
    }
}

/* The rest of an answer, with a change of the log before every so many bytes. */
static char *read_changing(int fd, struct changing *log)
{
    size_t size = 0;
    size_t capacity = 32 << 20;
    size_t next = 0;
    char *text = malloc(capacity);
    ssize_t got;
    assert_non_null(text);
    while ((got = recv(fd, text + size, capacity - size - 1, 0)) > 0) {
        size += (size_t)got;
        for (; next < size; next += 100000)
            change(log);
    }
    assert_int_equal(got, 0);
    text[size] = '\0';
    close(fd);
    return text;
}

/* Each line's row: newer first, so that none comes twice. */
static void note_exported(struct changing *log, const char *body)
{
    int64_t previous = INT64_MAX;
    const char *end = body + strlen(body); /* measured once: the sanitizer measures at each strchr() */
    memset(log->exported, 0, sizeof(log->exported));
    for (const char *line = memchr(body, '\n', (size_t)(end - body)); line != NULL && line + 1 < end;
         line = memchr(line + 1, '\n', (size_t)(end - line - 1))) {
        int64_t id;
        uint64_t salt;
        const char *request_id = memmem(line, (size_t)(end - line), ",req_", 5);
        assert_non_null(request_id);
        assert_true(
            bh_request_id_decode((struct bh_span){request_id + 1, BH_REQUEST_ID_TEXT - 1}, &id, &salt));
        assert_true(id >= 1 && id < previous);
        assert_true(salt == row_of(log, id).salt);
        log->exported[id] = true;
        previous = id;
    }
}

static void export_while_it_changes(struct changing *log, struct fixture *fixture)
{
    int64_t last = log->last;
    int64_t early = log->removed_through + 1;
    for (int64_t id = 1; id <= last; id++) {
        if (log->changes[id] != UNTOUCHED)
            log->changes[id] = TAKEN_BEFORE;
    }
    int fd = ask(fixture);
    char first;
    assert_int_equal(recv(fd, &first, 1, MSG_PEEK), 1); /* it has begun, hence read its first page */
    for (int64_t id = early; id < early + 20; id++)     /* the export comes to them last */
        erase_row(log, id, TAKEN_EARLY);
    char *answer = read_changing(fd, log);
    note_exported(log, body_of(answer));
    free(answer);
    for (int64_t id = 1; id <= last; id++) {
        if (log->changes[id] == UNTOUCHED)
            assert_true(log->exported[id]);
        if (log->changes[id] == TAKEN_BEFORE || log->changes[id] == TAKEN_EARLY)
            assert_false(log->exported[id]);
    }
}

/*
 * While rows come, are erased and removed, an export has each row that is there throughout exactly once, and
 * none that was erased before the export came near it.
 */
static void test_export_of_a_log_that_changes(void **state)
{
    struct fixture fixture;
    struct changing *log = calloc(1, sizeof(*log));
    assert_non_null(log);
    log->store = *state;
    log->random = UINT64_C(0x2545F4914F6CDD1D);
    set_up(&fixture, log->store);
    while (log->last < FIRST_ROWS)
        add_rows(log, 3000);
    for (int i = 0; i < 3; i++)
        export_while_it_changes(log, &fixture);
    tear_down(&fixture);
    free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_empty_log_is_the_heading_alone),
        store_test(test_columns_are_in_order),
        store_test(test_cells_are_harmless),
        store_test(test_all_rows_over_many_pages),
        store_test(test_filter_holds),
        store_test(test_exports_are_few),
        store_test(test_export_of_a_log_that_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
