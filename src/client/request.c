// SPDX-License-Identifier: Apache-2.0
#include "client/client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "client/output.h"
#include "lib/digest.h"
#include "lib/json.h"
#include "lib/version.h"

#define CONNECT_TIMEOUT_MS 5000L
#define TOTAL_TIMEOUT_MS 10000L
#define SILENCE_S 45L
#define ANSWER_LIMIT ((size_t)16 << 20)
#define TEXT_LIMIT 65536

struct exchange {
    struct bh_client *client;
    CURL *curl; /* the client's: its connection stays open for the next request */
    struct curl_slist *headers;
    struct bh_buf url, body, answer;
    char error[CURL_ERROR_SIZE];
    long status, patience_ms;
    const char *problem; /* why the request cannot be made */
    char new_session[64];
    const struct bh_follower *follower; /* NULL: the answer is collected */
    bool stopped;
};

struct url_parts {
    CURLU *url;
    char *scheme, *host, *port;
};

static void free_parts(struct url_parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
    curl_free(parts->port);
    curl_url_cleanup(parts->url);
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool there = curl_url_get(url, part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return there;
}

static bool parse_url(const char *text, struct url_parts *ret_parts)
{
    struct url_parts parts = {.url = curl_url()};
    bool usable = parts.url != NULL && curl_url_set(parts.url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                  curl_url_get(parts.url, CURLUPART_SCHEME, &parts.scheme, 0) == CURLUE_OK &&
                  curl_url_get(parts.url, CURLUPART_HOST, &parts.host, 0) == CURLUE_OK &&
                  (strcmp(parts.scheme, "http") == 0 || strcmp(parts.scheme, "https") == 0) &&
                  !has_part(parts.url, CURLUPART_USER) && !has_part(parts.url, CURLUPART_PASSWORD) &&
                  !has_part(parts.url, CURLUPART_QUERY) && !has_part(parts.url, CURLUPART_FRAGMENT);
    if (!usable) {
        free_parts(&parts);
        return false;
    }
    if (curl_url_get(parts.url, CURLUPART_PORT, &parts.port, 0) != CURLUE_OK)
        parts.port = NULL;
    *ret_parts = parts;
    return true;
}

bool bh_client_url_is_usable(const char *url)
{
    struct url_parts parts;
    if (!parse_url(url, &parts))
        return false;
    free_parts(&parts);
    return true;
}

/* A proxy from the environment must not carry a key that was meant for this machine. */
static bool is_loopback(const char *host)
{
    bool numeric = host[strspn(host, "0123456789.")] == 0;
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (numeric && strncmp(host, "127.", 4) == 0);
}

/* Line breaks in a value would start a header of their own. */
static bool is_printable(const char *text)
{
    for (; *text != 0; text++) {
        if (*text <= ' ' || *text > '~')
            return false;
    }
    return true;
}

static void add_header(struct exchange *exchange, const char *name, const char *prefix, const char *value)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0};
    bh_buf_init(&line, TEXT_LIMIT);
    bh_buf_addf(&line, "%s: %s%s", name, prefix, value);
    bh_buf_add_char(&line, 0);
    struct curl_slist *longer = line.failed ? NULL : curl_slist_append(exchange->headers, line.data);
    if (longer == NULL)
        exchange->problem = "The headers of the request are too large.";
    else
        exchange->headers = longer;
}

static void add_credentials(struct exchange *exchange, const struct bh_client *client)
{
    const struct {
        const char *name, *prefix, *value, *problem;
    } rows[] = {
        {"Authorization", "Bearer ", client->api_key,
            "The agent key holds characters that cannot be sent, such as a line break at its end."},
        {"X-Developer-Token", "", client->developer_token,
            "The developer token holds characters that cannot be sent, such as a line break at its end."},
        {"Cookie", "behalfid_developer=", client->session,
            "The session in ~/.behalf/session holds characters that cannot be sent."},
        {"Idempotency-Key", "", client->idempotency_key,
            "The idempotency key holds characters that cannot be sent."},
    };
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        if (rows[i].value == NULL)
            continue;
        if (is_printable(rows[i].value))
            add_header(exchange, rows[i].name, rows[i].prefix, rows[i].value);
        else
            exchange->problem = rows[i].problem;
    }
}

static void add_headers(
    struct exchange *exchange, const struct bh_client *client, const struct url_parts *parts)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf origin = {0};
    bh_buf_init(&origin, TEXT_LIMIT);
    bh_buf_addf(&origin, "%s://%s%s%s", parts->scheme, parts->host, parts->port == NULL ? "" : ":",
        parts->port == NULL ? "" : parts->port);
    bh_buf_add_char(&origin, 0);
    add_header(exchange, "Accept", "", exchange->follower == NULL ? "application/json" : "text/event-stream");
    add_header(exchange, "Origin", "", origin.failed ? "null" : origin.data);
    /* Without a value libcurl sends none of its own either. */
    add_header(exchange, "Content-Type", "", exchange->body.len > 0 ? "application/json" : "");
    add_credentials(exchange, client);
}

static size_t collect(char *data, size_t size, size_t count, void *to)
{
    struct bh_buf *answer = to;
    bh_buf_add(answer, (struct bh_span){data, size * count});
    return answer->failed ? 0 : size * count;
}

/* Notes the secret of a Set-Cookie header that brings a session. */
static size_t read_header(char *data, size_t size, size_t count, void *to)
{
    const struct bh_span name = BH_SPAN("set-cookie:");
    const struct bh_span cookie = BH_SPAN("behalfid_developer=");
    struct exchange *exchange = to;
    struct bh_span line = {data, size * count};
    if (line.len < name.len || !bh_span_equal_ascii_nocase((struct bh_span){line.data, name.len}, name))
        return size * count;
    struct bh_span value = bh_span_trim(bh_span_from_index(line, name.len));
    const char *end = value.len == 0 ? NULL : memchr(value.data, ';', value.len);
    if (end != NULL)
        value.len = (size_t)(end - value.data);
    value = bh_span_trim(value);
    if (bh_span_starts_with(value, cookie) && value.len - cookie.len < sizeof(exchange->new_session)) {
        memcpy(exchange->new_session, value.data + cookie.len, value.len - cookie.len);
        exchange->new_session[value.len - cookie.len] = 0;
    }
    return size * count;
}

static size_t hand_over(char *data, size_t size, size_t count, void *to)
{
    struct exchange *exchange = to;
    const struct bh_follower *follower = exchange->follower;
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &exchange->status);
    if (exchange->status != 200)
        return collect(data, size, count, &exchange->answer);
    exchange->stopped = !follower->take(follower->context, (struct bh_span){data, size * count});
    return exchange->stopped ? 0 : size * count;
}

static int check_stop(void *context, curl_off_t total_in, curl_off_t in, curl_off_t total_out, curl_off_t out)
{
    (void)total_in, (void)in, (void)total_out, (void)out;
    struct exchange *exchange = context;
    const struct bh_follower *follower = exchange->follower;
    exchange->stopped = follower->stopped != NULL && follower->stopped(follower->context);
    return exchange->stopped;
}

/* The same for a request with one answer. */
static int check_giving_up(
    void *context, curl_off_t total_in, curl_off_t in, curl_off_t total_out, curl_off_t out)
{
    (void)total_in, (void)in, (void)total_out, (void)out;
    const struct bh_client *client = context;
    return client->stopped(client->stopped_context);
}

static bool set_stop(CURL *curl, struct bh_client *client)
{
    return client->stopped == NULL ||
           (curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_giving_up) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_XFERINFODATA, client) == CURLE_OK);
}

static bool set_follow_options(struct exchange *exchange)
{
    CURL *curl = exchange->curl;
    return curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SILENCE_S) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_stop) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, hand_over) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange) == CURLE_OK;
}

static bool set_options(struct exchange *exchange, const char *method, const struct url_parts *parts)
{
    CURL *curl = exchange->curl;
    bool done = curl_easy_setopt(curl, CURLOPT_URL, exchange->url.data) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, exchange->patience_ms) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_USERAGENT, "behalf/" BH_VERSION) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->error) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, read_header) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange->answer) == CURLE_OK &&
                set_stop(curl, exchange->client);
    if (is_loopback(parts->host))
        done = done && curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK;
    if (strcmp(method, "GET") == 0)
        return done;
    return done && curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body.len) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, exchange->body.len > 0 ? exchange->body.data : "") ==
               CURLE_OK;
}

static void keep(char *ret_text, size_t size, struct bh_span text)
{
    size_t length = text.len < size ? text.len : size - 1;
    if (length > 0)
        memcpy(ret_text, text.data, length);
    ret_text[length] = 0;
}

void bh_client_fail(
    struct bh_client *client, struct bh_span code, struct bh_span message, struct bh_span hint)
{
    struct bh_client_error *error = &client->error;
    keep(error->code, sizeof(error->code), code);
    keep(error->message, sizeof(error->message), message);
    keep(error->hint, sizeof(error->hint), hint);
    if (!client->quiet)
        bh_output_error(code, message, hint);
}

static json_t *fail_transfer(const struct exchange *exchange, CURLcode code)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, TEXT_LIMIT);
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        bh_client_fail(exchange->client, BH_SPAN("stopped"), BH_SPAN("The request was given up."), BH_ABSENT);
        return NULL;
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        bh_buf_addf(&message, "%s did not answer in time.", exchange->client->base_url);
        bh_client_fail(exchange->client, BH_SPAN("timeout"), bh_buf_span(&message),
            BH_SPAN("Try again, or check the server's load."));
        return NULL;
    }
    if (exchange->answer.failed) {
        bh_client_fail(exchange->client, BH_SPAN("bad_response"),
            BH_SPAN("The answer of the server is too large."), BH_ABSENT);
        return NULL;
    }
    bh_buf_addf(&message, "Could not reach %s: %s.", exchange->client->base_url,
        exchange->error[0] != 0 ? exchange->error : curl_easy_strerror(code));
    bh_client_fail(exchange->client, BH_SPAN("network"), bh_buf_span(&message),
        BH_SPAN("Start the server with `behalf serve`, or name another with --base-url."));
    return NULL;
}

static struct bh_span default_code(long status)
{
    return status == 401 || status == 403 ? BH_SPAN("auth") : BH_SPAN("http_error");
}

static struct bh_span first_text(const json_t *json, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bh_span text = bh_json_member_text(json, keys[i]);
        if (text.len > 0)
            return text;
    }
    return BH_ABSENT;
}

static json_t *fail_status(const struct exchange *exchange)
{
    static const char *const hints[] = {"hint", "upgradeHint", "remediation"};
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, TEXT_LIMIT);
    if (bh_json_parse_object(bh_buf_span(&exchange->answer), &json) != BH_OK)
        json = NULL;
    struct bh_span text = bh_json_member_text(json, "error");
    struct bh_span code = bh_json_member_text(json, "code");
    struct bh_span hint = first_text(json, hints, BH_COUNT(hints));
    if (hint.len == 0)
        hint = bh_span_from(exchange->client->hint);
    bh_buf_addf(&message, "The server answered with status %ld.", exchange->status);
    BH_CLEANUP(bh_buf_finish) struct bh_buf later = {0};
    bh_buf_init(&later, TEXT_LIMIT);
    curl_off_t seconds = 0;
    bool told = curl_easy_getinfo(exchange->curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0;
    if (exchange->status == 429 && told) {
        bh_buf_addf(&later, "Try again in %lld second%s.", (long long)seconds, seconds == 1 ? "" : "s");
        hint = bh_buf_span(&later);
    }
    if (exchange->status >= 300 && exchange->status < 400)
        hint = BH_SPAN("Redirects are not followed: set the base URL to the final address.");
    bh_client_fail(exchange->client, code.len > 0 ? code : default_code(exchange->status),
        text.len > 0 ? text : bh_buf_span(&message), hint);
    return NULL;
}

static json_t *read_answer(const struct exchange *exchange)
{
    json_t *json;
    if (exchange->status == 400 && exchange->client->outcome != NULL &&
        bh_json_parse(bh_buf_span(&exchange->answer), &json) == BH_OK) {
        if (json_object_get(json, exchange->client->outcome) != NULL)
            return json;
        json_decref(json);
    }
    if (exchange->status < 200 || exchange->status > 299)
        return fail_status(exchange);
    if (exchange->status == 204)
        return json_object();
    if (bh_json_parse(bh_buf_span(&exchange->answer), &json) == BH_OK)
        return json;
    bh_client_fail(exchange->client, BH_SPAN("bad_response"),
        BH_SPAN("The answer of the server is not JSON."),
        BH_SPAN("Check the base URL: is a BehalfID server behind it?"));
    return NULL;
}

static json_t *perform(struct exchange *exchange, const struct bh_client *client, const char *method,
    const struct url_parts *parts)
{
    add_headers(exchange, client, parts);
    if (exchange->problem == NULL && !set_options(exchange, method, parts))
        exchange->problem = "The HTTP client could not be set up.";
    if (exchange->problem != NULL) {
        bh_client_fail(exchange->client, BH_ABSENT, bh_span_from(exchange->problem), BH_ABSENT);
        return NULL;
    }
    CURLcode code = curl_easy_perform(exchange->curl);
    if (code != CURLE_OK)
        return fail_transfer(exchange, code);
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &exchange->status);
    return read_answer(exchange);
}

/* The client's handle, with nothing left in it of the request before but the open connection. */
static CURL *take_handle(struct bh_client *client)
{
    if (client->handle == NULL)
        client->handle = curl_easy_init();
    else
        curl_easy_reset(client->handle);
    return client->handle;
}

static bool exchange_init(
    struct exchange *exchange, struct bh_client *client, const struct bh_buf *path, const json_t *body)
{
    *exchange = (struct exchange){.client = client, .curl = take_handle(client)};
    client->error = (struct bh_client_error){0};
    exchange->patience_ms = client->patience_ms > 0 ? client->patience_ms : TOTAL_TIMEOUT_MS;
    bh_buf_init(&exchange->url, TEXT_LIMIT);
    bh_buf_init(&exchange->body, ANSWER_LIMIT);
    bh_buf_init(&exchange->answer, ANSWER_LIMIT);
    bh_buf_add_text(&exchange->url, client->base_url);
    bh_buf_add(&exchange->url, bh_buf_span(path));
    bh_buf_add_char(&exchange->url, 0);
    if (body != NULL)
        bh_json_add_value(&exchange->body, body);
    return exchange->curl != NULL && !path->failed && !exchange->url.failed && !exchange->body.failed;
}

static void exchange_finish(struct exchange *exchange)
{
    curl_slist_free_all(exchange->headers);
    bh_buf_finish(&exchange->url);
    bh_buf_finish(&exchange->body);
    bh_buf_finish(&exchange->answer);
    bh_wipe(exchange->new_session, sizeof(exchange->new_session));
}

/* False, with the error printed, when the base URL is none. */
static bool parse_base_url(struct bh_client *client, struct url_parts *ret_parts)
{
    if (parse_url(client->base_url, ret_parts))
        return true;
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, TEXT_LIMIT);
    bh_buf_addf(&message, "\"%s\" is not a usable base URL.", client->base_url);
    bh_client_fail(client, BH_ABSENT, bh_buf_span(&message),
        BH_SPAN("It looks like http://127.0.0.1:8420: no user name, no query, no fragment."));
    return false;
}

static enum bh_follow_end follow(
    struct exchange *exchange, struct bh_client *client, const struct url_parts *parts)
{
    const struct bh_follower *follower = exchange->follower;
    add_headers(exchange, client, parts);
    if (follower->last_event_id != NULL)
        add_header(exchange, "Last-Event-ID", "", follower->last_event_id);
    if (exchange->problem == NULL && (!set_options(exchange, "GET", parts) || !set_follow_options(exchange)))
        exchange->problem = "The HTTP client could not be set up.";
    if (exchange->problem != NULL) {
        bh_client_fail(client, BH_ABSENT, bh_span_from(exchange->problem), BH_ABSENT);
        return BH_FOLLOW_FAILED;
    }
    CURLcode code = curl_easy_perform(exchange->curl);
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &exchange->status);
    if (exchange->stopped)
        return BH_FOLLOW_STOPPED;
    if (follower->finite && exchange->status == 200 && code == CURLE_OK)
        return BH_FOLLOW_ENDED;
    if ((exchange->status == 200 && !follower->finite) ||
        (follower->persistent && (exchange->status == 0 || exchange->status >= 500)))
        return BH_FOLLOW_LOST;
    if (exchange->status == 0 || exchange->status == 200)
        fail_transfer(exchange, code);
    else
        fail_status(exchange);
    return BH_FOLLOW_FAILED;
}

enum bh_follow_end bh_client_follow(
    struct bh_client *client, const struct bh_buf *path, const struct bh_follower *follower)
{
    struct url_parts parts;
    if (!parse_base_url(client, &parts))
        return BH_FOLLOW_FAILED;
    struct exchange exchange;
    enum bh_follow_end end = BH_FOLLOW_FAILED;
    if (exchange_init(&exchange, client, path, NULL)) {
        exchange.follower = follower;
        end = follow(&exchange, client, &parts);
    } else {
        bh_client_fail(client, BH_ABSENT, BH_SPAN("The request is too large."), BH_ABSENT);
    }
    exchange_finish(&exchange);
    free_parts(&parts);
    return end;
}

json_t *bh_client_call(
    struct bh_client *client, const char *method, const struct bh_buf *path, const json_t *body)
{
    struct url_parts parts;
    if (!parse_base_url(client, &parts))
        return NULL;
    struct exchange exchange;
    json_t *json = NULL;
    if (exchange_init(&exchange, client, path, body))
        json = perform(&exchange, client, method, &parts);
    else
        bh_client_fail(client, BH_ABSENT, BH_SPAN("The request is too large."), BH_ABSENT);
    client->status = exchange.status;
    memcpy(client->new_session, exchange.new_session, sizeof(client->new_session));
    exchange_finish(&exchange);
    free_parts(&parts);
    return json;
}
