// SPDX-License-Identifier: Apache-2.0
#include "webhooks/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/version.h"
#include "webhooks/schedule.h"

#define PAYLOAD_ARENA 8192
#define PAYLOAD_MAX (1 << 20)

/* ---- what libcurl asks ----------------------------------------------------------------------------------
 */

/* Once one answer of the name was refused, none is taken any more. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct bh_attempt *attempt = context;
    struct bh_address real;
    (void)purpose;
    if (!bh_address_from_socket(&address->addr, &real) || !bh_reach_allows(&attempt->options->reach, &real))
        attempt->was_private = true;
    if (attempt->was_private)
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t drop_body(char *data, size_t size, size_t count, void *context)
{
    struct bh_attempt *attempt = context;
    (void)data;
    attempt->body_length += size * count;
    attempt->was_long = attempt->body_length > BH_ATTEMPT_BODY_MAX;
    return attempt->was_long ? 0 : size * count;
}

static size_t drop_header(char *data, size_t size, size_t count, void *context)
{
    struct bh_attempt *attempt = context;
    (void)data;
    attempt->header_length += size * count;
    return attempt->header_length > BH_ATTEMPT_HEADER_MAX ? 0 : size * count;
}

/* ---- the place ------------------------------------------------------------------------------------------
 */

static bool set_limits(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)BH_ATTEMPT_CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)BH_ATTEMPT_TOTAL_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L) == CURLE_OK && /* answers are thrown away */
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           /* Else a name server that does not answer would hold up the thread after the deadline. */
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK;
}

/* In place of the system's, of which there is a file and a folder. */
static bool set_authorities(CURL *easy, const char *ca_file)
{
    return curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
}

static bool set_functions(CURL *easy, struct bh_attempt *attempt)
{
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, attempt) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, attempt) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, drop_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, attempt) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, attempt) == CURLE_OK;
}

void bh_attempt_prepare_library(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

enum bh_err bh_attempt_init(struct bh_attempt *attempt, const struct bh_attempt_options *options)
{
    *attempt = (struct bh_attempt){.options = options, .easy = curl_easy_init()};
    bh_arena_init(&attempt->arena, PAYLOAD_ARENA, PAYLOAD_MAX);
    CURL *easy = attempt->easy;
    if (easy == NULL || !set_limits(easy) || !set_functions(easy, attempt) ||
        curl_easy_setopt(
            easy, CURLOPT_PROTOCOLS_STR, options->reach.allow_private ? "https,http" : "https") != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_USERAGENT, "BehalfID-Webhooks/" BH_VERSION) != CURLE_OK ||
        (options->ca_file != NULL && !set_authorities(easy, options->ca_file))) {
        bh_attempt_finish(attempt);
        return BH_ERR_NO_MEMORY;
    }
    return BH_OK;
}

void bh_attempt_finish(struct bh_attempt *attempt)
{
    curl_slist_free_all(attempt->headers);
    curl_easy_cleanup(attempt->easy);
    bh_arena_finish(&attempt->arena);
    *attempt = (struct bh_attempt){0};
}

void bh_attempt_release(struct bh_attempt *attempt)
{
    curl_slist_free_all(attempt->headers);
    attempt->headers = NULL;
    attempt->item = NULL;
    bh_arena_reset(&attempt->arena);
}

/* ---- the request ----------------------------------------------------------------------------------------
 */

struct message {
    struct bh_span event_id, body;
    int64_t timestamp;
};

static bool add_header(struct bh_attempt *attempt, const char *name, const char *value)
{
    char line[512];
    int length = snprintf(line, sizeof(line), "%s: %s", name, value);
    if (length < 0 || (size_t)length >= sizeof(line))
        return false;
    struct curl_slist *list = curl_slist_append(attempt->headers, line);
    if (list == NULL)
        return false;
    attempt->headers = list;
    return true;
}

/* Both families of names carry the same value. */
static bool add_pair(struct bh_attempt *attempt, const char *x_name, const char *value)
{
    return add_header(attempt, x_name + 2, value) && add_header(attempt, x_name, value);
}

/* Receivers compare the whole value of this header, so a second signature has one of its own. */
static bool add_signatures(struct bh_attempt *attempt, const struct message *message, const char *previous)
{
    char value[BH_SIGNATURE_TEXT];
    const struct bh_endpoint *endpoint = attempt->item->endpoint;
    bh_webhook_sign(
        bh_span_from(endpoint->secret), attempt->options->pepper, message->timestamp, message->body, value);
    if (!add_pair(attempt, "X-BehalfID-Signature", value))
        return false;
    if (previous == NULL)
        return true;
    bh_webhook_sign(
        bh_span_from(previous), attempt->options->pepper, message->timestamp, message->body, value);
    return add_pair(attempt, "X-BehalfID-Signature-Previous", value);
}

static bool add_standard_signatures(
    struct bh_attempt *attempt, const struct message *message, const char *previous)
{
    char values[2 * BH_STANDARD_TEXT] = "";
    const struct bh_endpoint *endpoint = attempt->item->endpoint;
    if (!bh_webhook_sign_standard(
            bh_span_from(endpoint->secret), message->event_id, message->timestamp, message->body, values))
        return false;
    if (previous != NULL) {
        size_t length = strlen(values);
        values[length] = ' ';
        if (!bh_webhook_sign_standard(bh_span_from(previous), message->event_id, message->timestamp,
                message->body, values + length + 1))
            values[length] = 0;
    }
    return add_header(attempt, "webhook-signature", values);
}

static bool add_headers(struct bh_attempt *attempt, const struct message *message)
{
    char timestamp[24];
    const struct bh_endpoint *endpoint = attempt->item->endpoint;
    const char *previous = NULL;
    if (endpoint->previous_secret[0] != 0 && message->timestamp * 1000 < endpoint->previous_until)
        previous = endpoint->previous_secret;
    snprintf(timestamp, sizeof(timestamp), "%lld", (long long)message->timestamp);
    return add_header(attempt, "Content-Type", "application/json") && add_header(attempt, "Expect", "") &&
           add_pair(attempt, "X-BehalfID-Event-ID", message->event_id.data) &&
           add_pair(attempt, "X-BehalfID-Timestamp", timestamp) &&
           add_header(attempt, "webhook-id", message->event_id.data) &&
           add_header(attempt, "webhook-timestamp", timestamp) &&
           add_signatures(attempt, message, previous) && add_standard_signatures(attempt, message, previous);
}

static bool set_request(struct bh_attempt *attempt, const struct message *message)
{
    CURL *easy = attempt->easy;
    return add_headers(attempt, message) &&
           curl_easy_setopt(easy, CURLOPT_URL, attempt->item->endpoint->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, message->body.data) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)message->body.len) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, attempt->headers) == CURLE_OK;
}

enum bh_err bh_attempt_prepare(
    struct bh_attempt *attempt, struct bh_item *item, struct bh_db *db, int64_t now_ms)
{
    struct bh_event_record event;
    char event_id[BH_RECORD_ID_TEXT];
    enum bh_err err = bh_event_load(db, item->is.event, &attempt->arena, &event);
    if (err == BH_OK && event.payload.len == 0) /* erased */
        err = BH_ERR_WEBHOOK_EVENT_NOT_FOUND;
    if (err != BH_OK)
        return err;
    bh_event_id_encode(event.id, event.salt, event_id);
    const struct message message = {
        .event_id = bh_span_from(event_id), .body = event.payload, .timestamp = now_ms / 1000};
    attempt->item = item;
    attempt->was_private = attempt->was_long = false;
    attempt->body_length = attempt->header_length = 0;
    attempt->jitter = event.salt + (uint64_t)now_ms; /* what retries together now, need not do so again */
    if (set_request(attempt, &message))
        return BH_OK;
    bh_attempt_release(attempt);
    return BH_ERR_NO_MEMORY;
}

/* ---- the outcome ----------------------------------------------------------------------------------------
 */

/* Constants and numbers only: nothing that an endpoint sent ever gets into these texts. */
static void describe(
    const struct bh_attempt *attempt, CURLcode code, long status, char *ret_text, size_t size)
{
    if (attempt->was_private)
        snprintf(ret_text, size, "Webhook URL resolved to a private or reserved address.");
    else if (code == CURLE_OPERATION_TIMEDOUT)
        snprintf(ret_text, size, "Webhook delivery timed out.");
    else if (code == CURLE_COULDNT_RESOLVE_HOST)
        snprintf(ret_text, size, "Webhook URL host could not be resolved.");
    else if (code != CURLE_OK)
        snprintf(ret_text, size, "Delivery failed.");
    else if (status >= 300 && status < 400)
        snprintf(ret_text, size, "Endpoint returned a redirect, which is not followed for webhook delivery.");
    else
        snprintf(ret_text, size, "Endpoint returned HTTP %ld.", status);
}

static struct bh_delivery_result start_result(const struct bh_item *item, int64_t now_ms)
{
    return (struct bh_delivery_result){.webhook = item->endpoint->target.webhook,
        .event = item->is.event,
        .attempt = item->is.attempts + 1,
        .has_row = item->is.has_row,
        .ended_at = now_ms};
}

void bh_attempt_conclude(struct bh_attempt *attempt, CURLcode code, int64_t now_ms)
{
    long status = 0;
    curl_off_t retry_after = 0;
    curl_off_t took_us = 0;
    struct bh_item *item = attempt->item;
    (void)curl_easy_getinfo(attempt->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(attempt->easy, CURLINFO_RETRY_AFTER, &retry_after);
    (void)curl_easy_getinfo(attempt->easy, CURLINFO_TOTAL_TIME_T, &took_us);
    if (code == CURLE_WRITE_ERROR && attempt->was_long)
        code = CURLE_OK; /* the endpoint has answered; what else it has to say does not matter */
    item->result = start_result(item, now_ms);
    item->result.http_status = status;
    item->took_ms = took_us / 1000;
    item->result.succeeded = code == CURLE_OK && status >= 200 && status < 300;
    if (!item->result.succeeded) {
        describe(attempt, code, status, item->error, sizeof(item->error));
        item->result.error = bh_span_from(item->error);
        item->result.next_retry_at =
            bh_schedule_next(item->result.attempt, now_ms, retry_after, attempt->jitter);
    }
    bh_attempt_release(attempt);
}

void bh_attempt_fail(struct bh_item *item, const char *error, uint64_t jitter, int64_t now_ms)
{
    snprintf(item->error, sizeof(item->error), "%s", error);
    item->result = start_result(item, now_ms);
    item->result.error = bh_span_from(item->error);
    item->result.next_retry_at = bh_schedule_next(item->result.attempt, now_ms, 0, jitter);
}
