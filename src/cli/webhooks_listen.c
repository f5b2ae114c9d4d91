// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf webhooks listen`: asks for new events again and again, prints them, and passes them on to an
 * address of the developer's, without a signature.
 */
#include "cli/webhooks.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/output.h"
#include "lib/json.h"

#define PATH_LIMIT 4096
#define LINE_LIMIT ((size_t)1 << 20)
#define OLD_EVENTS 5 /* shown at the start */
#define PAGE_EVENTS 100
#define PAGES_MAX 20 /* more than that between two looks is not caught up with */
#define FORWARD_TIMEOUT_MS 10000L
#define CONNECT_TIMEOUT_MS 5000L

static volatile sig_atomic_t is_stopping;

static void stop(int signal_number)
{
    (void)signal_number;
    is_stopping = 1;
}

/* They may come more than once: some senders signal the process and then its group. */
static void stop_on_signals(void)
{
    const struct sigaction action = {.sa_handler = stop};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

struct listener {
    struct bh_client *client;
    const char *forward_to; /* NULL = only print */
    const char *events;     /* separated by commas; NULL = all */
    long interval_s;
    bool json;
    char *last; /* the newest event that was seen; NULL = none yet */
};

/* ---- one event ---- */

/* Is the type one of the list "a, b"? */
static bool is_wanted(const struct listener *listener, struct bh_span type)
{
    struct bh_span rest = bh_span_from(listener->events);
    if (listener->events == NULL)
        return true;
    while (rest.len > 0) {
        const char *comma = memchr(rest.data, ',', rest.len);
        size_t length = comma == NULL ? rest.len : (size_t)(comma - rest.data);
        if (bh_span_equal(bh_span_trim((struct bh_span){rest.data, length}), type))
            return true;
        rest = bh_span_from_index(rest, length + 1);
    }
    return false;
}

static void print_event(const struct listener *listener, const json_t *event)
{
    static const char *const keys[] = {"createdAt", "eventId", "type", "status", "agentId"};
    BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0};
    bh_buf_init(&line, LINE_LIMIT);
    if (listener->json)
        bh_json_add_value(&line, event);
    for (size_t i = 0; i < BH_COUNT(keys) && !listener->json; i++) {
        if (i > 0)
            bh_buf_add_text(&line, "  ");
        bh_output_add_value(json_object_get(event, keys[i]), &line);
    }
    bh_buf_add_char(&line, '\n');
    bh_output_write_buf(&line);
    fflush(stdout);
}

static size_t ignore(char *data, size_t size, size_t count, void *to)
{
    (void)data;
    (void)to;
    return size * count;
}

/* One POST. None of our credentials goes along. */
static CURLcode post(CURL *curl, const char *url, const struct bh_buf *body, long *ret_status)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    bool done = headers != NULL && curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, FORWARD_TIMEOUT_MS) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data) == CURLE_OK;
    CURLcode code = done ? curl_easy_perform(curl) : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    curl_slist_free_all(headers);
    return code;
}

static void forward(const struct listener *listener, const json_t *event)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf body = {0};
    long status = 0;
    CURL *curl = curl_easy_init();
    bh_buf_init(&body, LINE_LIMIT);
    bh_json_add_value(&body, json_object_get(event, "payload"));
    CURLcode code =
        curl == NULL || body.failed ? CURLE_OUT_OF_MEMORY : post(curl, listener->forward_to, &body, &status);
    if (code == CURLE_OK)
        bh_output_note("  -> %s answered %ld", listener->forward_to, status);
    else
        bh_output_note("  -> %s: %s", listener->forward_to, curl_easy_strerror(code));
    curl_easy_cleanup(curl);
}

/* ---- the new ones ---- */

static json_t *fetch_page(struct listener *listener, const char *before)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    bh_buf_add_text(&path, BH_WEBHOOK_EVENTS_PATH "?limit=100");
    bh_client_add_query(&path, "before", before);
    return bh_client_call(listener->client, "GET", &path, NULL);
}

/* Adds the events of the page that are newer than the last one seen; true when that one was reached. */
static bool take_new(const struct listener *listener, const json_t *page, json_t *events)
{
    const json_t *rows = json_object_get(page, "events");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *event = json_array_get(rows, i);
        const char *id = json_string_value(json_object_get(event, "eventId"));
        if (id == NULL || (listener->last != NULL && strcmp(id, listener->last) == 0))
            return true;
        if (json_array_append(events, event) != 0)
            return true;
    }
    return false;
}

/* What came since the last look, newest first; NULL with the error printed. At the start one page will do. */
static json_t *fetch_new(struct listener *listener)
{
    bool is_complete = false;
    json_t *events = json_array();
    BH_CLEANUP(bh_buf_finish) struct bh_buf before = {0};
    bh_buf_init(&before, PATH_LIMIT);
    for (size_t page_number = 0; page_number < PAGES_MAX && !is_complete; page_number++) {
        BH_CLEANUP(bh_json_release)
        json_t *page = fetch_page(listener, page_number == 0 ? NULL : before.data);
        if (page == NULL) {
            json_decref(events);
            return NULL;
        }
        struct bh_span next = bh_json_member_text(page, "nextBefore");
        is_complete = take_new(listener, page, events) || listener->last == NULL || next.len == 0;
        bh_buf_clear(&before);
        bh_buf_add(&before, next);
        bh_buf_add_char(&before, 0);
        if (before.failed)
            break;
    }
    if (!is_complete)
        bh_output_note("More than %d events came since the last look: only the newest are shown.",
            PAGES_MAX * PAGE_EVENTS);
    return events;
}

static bool remember(struct listener *listener, const json_t *events)
{
    const char *newest = json_string_value(json_object_get(json_array_get(events, 0), "eventId"));
    char *copy = newest == NULL ? NULL : strdup(newest);
    if (newest == NULL)
        return true;
    if (copy == NULL)
        return false;
    free(listener->last);
    listener->last = copy;
    return true;
}

/* Oldest first. */
static void show(const struct listener *listener, const json_t *events, size_t count, bool is_new)
{
    for (size_t i = count; i > 0; i--) {
        const json_t *event = json_array_get(events, i - 1);
        if (is_new && !is_wanted(listener, bh_json_member_text(event, "type")))
            continue;
        print_event(listener, event);
        bool is_whole = json_is_object(json_object_get(event, "payload")); /* else its content was erased */
        if (is_new && is_whole && listener->forward_to != NULL)
            forward(listener, event);
    }
}

static void pause_for(long seconds)
{
    struct timespec rest = {.tv_sec = seconds};
    nanosleep(&rest, NULL);
}

/* Until a signal comes or stdout ends; an error of a later look is printed, and the next one may succeed. */
static int listen_on(struct listener *listener)
{
    BH_CLEANUP(bh_json_release) json_t *old = fetch_new(listener);
    if (old == NULL || !remember(listener, old))
        return 1;
    size_t count = json_array_size(old);
    show(listener, old, count < OLD_EVENTS ? count : OLD_EVENTS, false);
    bh_output_note("Listening. Ctrl-C ends it.");
    stop_on_signals();
    while (!ferror(stdout)) {
        pause_for(listener->interval_s);
        if (is_stopping)
            return 0;
        BH_CLEANUP(bh_json_release) json_t *events = fetch_new(listener);
        if (events == NULL)
            continue;
        show(listener, events, json_array_size(events), true);
        if (!remember(listener, events))
            return bh_output_no_memory();
    }
    return 1;
}

/* ---- the command ---- */

static bool read_interval(const char *text, long *ret_seconds)
{
    char *end;
    long seconds = strtol(text, &end, 10);
    if (*end != 0 || end == text || seconds < 2 || seconds > 3600)
        return false;
    *ret_seconds = seconds;
    return true;
}

static bool is_address(const char *url)
{
    CURLU *parsed = curl_url();
    char *scheme = NULL;
    bool good = parsed != NULL && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
                curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    curl_free(scheme);
    curl_url_cleanup(parsed);
    return good;
}

/* Nothing is stored that nobody wants: without an endpoint there is nothing to hear. */
static void warn_without_endpoints(struct bh_client *client)
{
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(client, "GET", NULL, BH_WEBHOOKS_PATH);
    if (answer != NULL && json_array_size(json_object_get(answer, "webhooks")) == 0)
        bh_output_note("The account has no endpoint, so no events are recorded: `behalf webhooks create`.");
}

int bh_webhooks_run_listen(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *interval = "3";
    struct listener listener = {0};
    const struct bh_option options[] = {
        BH_OPTION_VALUE("interval", 'i', interval, "SECONDS", "between two looks, 2 or more (default: 3)"),
        BH_OPTION_VALUE("forward-to", 0, listener.forward_to, "URL",
            "send each new event there by POST, without a signature"),
        BH_OPTION_VALUE("events", 'e', listener.events, "LIST",
            "only these types of new events, separated by commas (default: all)"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "webhooks listen",
        .summary = "Print events as they happen; pass them on to an address of yours",
        .details =
            "Starts with up to five old events, which are not passed on. With --json one line for each "
            "event.\n"
            "Only events that an endpoint of the account wants exist.",
        .examples = "webhooks listen\n"
                    "webhooks listen --events verification.denied --forward-to http://127.0.0.1:3000/hook",
        .exits = "0 ended by Ctrl-C or SIGTERM, 1 error at the start",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    listener.client = &client;
    listener.json = arguments.json;
    if (!read_interval(interval, &listener.interval_s)) {
        status = bh_options_fail(&usage, "--interval must be a whole number from 2 to 3600.");
    } else if (listener.forward_to != NULL && !is_address(listener.forward_to)) {
        status = bh_options_fail(&usage, "--forward-to must be an http or https URL.");
    } else {
        warn_without_endpoints(&client);
        status = listen_on(&listener);
    }
    free(listener.last);
    return status;
}
