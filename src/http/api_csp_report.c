// SPDX-License-Identifier: Apache-2.0
/*
 * What browsers tell when a page breaks its Content-Security-Policy. Anybody can send anything here: few
 * lines are logged, and of what was sent only what cannot mislead who reads them.
 */
#include "http/handlers.h"

#include <string.h>

#include "app/app.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/log.h"

#define REPORT_LIMIT 8192
#define LINES_PER_MINUTE 10
#define MINUTE_MS 60000
#define SHOWN_TEXT 201

struct report {
    struct bh_span directive, blocked, page;
};

static bool is_a_report_type(struct bh_span content_type)
{
    static const char *const types[] = {"application/csp-report", "application/reports+json"};
    const char *end = content_type.len > 0 ? memchr(content_type.data, ';', content_type.len) : NULL;
    if (end != NULL)
        content_type.len = (size_t)(end - content_type.data);
    content_type = bh_span_trim(content_type);
    for (size_t i = 0; i < BH_COUNT(types); i++) {
        if (bh_span_equal_ascii_nocase(content_type, bh_span_from(types[i])))
            return true;
    }
    return false;
}

/* Of several reports in one body the first. False when there is none in it. */
static bool find_report(const json_t *json, struct report *ret_report)
{
    const json_t *old = json_object_get(json, "csp-report");
    const json_t *body = json_object_get(json_array_get(json, 0), "body");
    if (json_is_object(old)) {
        *ret_report = (struct report){bh_json_member_text(old, "violated-directive"),
            bh_json_member_text(old, "blocked-uri"), bh_json_member_text(old, "document-uri")};
        return true;
    }
    if (json_is_object(body)) {
        *ret_report = (struct report){bh_json_member_text(body, "effectiveDirective"),
            bh_json_member_text(body, "blockedURL"), bh_json_member_text(body, "documentURL")};
        return true;
    }
    return false;
}

/* Without query and fragment, which may hold secrets, and without what a terminal would obey. */
static void show(struct bh_span text, char ret_shown[static SHOWN_TEXT])
{
    size_t length = 0;
    while (length < text.len && length < SHOWN_TEXT - 1 && text.data[length] != '?' &&
           text.data[length] != '#') {
        char c = text.data[length];
        ret_shown[length++] = c >= ' ' && c <= '~' ? c : '?';
    }
    ret_shown[length] = 0;
}

static void log_report(struct bh_app *app, const struct report *report)
{
    char directive[SHOWN_TEXT];
    char blocked[SHOWN_TEXT];
    char page[SHOWN_TEXT];
    struct bh_ratelimit_state state = bh_ratelimit_hit(
        app->ratelimit, "csp-log", BH_SPAN("all"), LINES_PER_MINUTE, MINUTE_MS, bh_clock_steady_ms());
    if (state.limited)
        return;
    show(report->directive, directive);
    show(report->blocked, blocked);
    show(report->page, page);
    bh_log(BH_LOG_WARN, "a browser reports a broken content security policy", "directive", directive,
        "blocked", blocked, "page", page, NULL);
}

void bh_api_csp_report(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    struct report report;
    struct bh_span content_type = bh_exchange_header(exchange, "content-type");
    enum bh_err err = BH_OK;
    if (exchange->body.len > REPORT_LIMIT)
        err = BH_ERR_BODY_TOO_LARGE;
    else if (!bh_span_is_absent(content_type) && !is_a_report_type(content_type))
        err = BH_ERR_REPORT_TYPE;
    else
        err = bh_json_parse(exchange->body, &json);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    if (find_report(json, &report))
        log_report(app, &report);
    bh_reply_json(exchange, 204);
    exchange->reply.no_body = true;
}
