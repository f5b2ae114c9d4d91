// SPDX-License-Identifier: Apache-2.0
#include "lib/log.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/timefmt.h"

#define LINE_LIMIT 8192

static enum bh_log_level lowest_level = BH_LOG_INFO;
static bool as_json = true;
static bh_log_redactor *redact;

void bh_log_setup(enum bh_log_level lowest, enum bh_log_format format, bh_log_redactor *redactor)
{
    lowest_level = lowest;
    redact = redactor;
    as_json = format == BH_LOG_JSON || (format == BH_LOG_AUTO && !isatty(STDERR_FILENO));
}

static void add_json_line(struct bh_buf *line, const char *level, const char *message, va_list pairs)
{
    bh_buf_add_char(line, '{');
    bh_json_add_key(line, "time");
    bh_json_add_time_or_null(line, bh_clock_wall_ms());
    bh_json_add_key(line, "level");
    bh_json_add_string(line, bh_span_from(level));
    bh_json_add_key(line, "message");
    bh_json_add_string(line, bh_span_from(message));
    for (const char *name = va_arg(pairs, const char *); name != NULL; name = va_arg(pairs, const char *)) {
        bh_json_add_key(line, name);
        bh_json_add_string_or_null(line, bh_span_from(va_arg(pairs, const char *)));
    }
    bh_buf_add_char(line, '}');
}

static void add_human_line(struct bh_buf *line, const char *level, const char *message, va_list pairs)
{
    char time[BH_TIME_TEXT];
    bh_time_format(bh_clock_wall_ms(), time);
    bh_buf_addf(line, "%.8s %-5s %s", time + 11, level, message);
    for (const char *name = va_arg(pairs, const char *); name != NULL; name = va_arg(pairs, const char *)) {
        const char *value = va_arg(pairs, const char *);
        bh_buf_addf(line, "  %s=%s", name, value == NULL ? "-" : value);
    }
}

void bh_log(enum bh_log_level level, const char *message, ...)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (level < lowest_level || redact == NULL)
        return;
    BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&line, LINE_LIMIT);
    bh_buf_init(&clean, 2 * LINE_LIMIT);
    va_list pairs;
    va_start(pairs, message);
    if (as_json)
        add_json_line(&line, names[level], message, pairs);
    else
        add_human_line(&line, names[level], message, pairs);
    va_end(pairs);
    redact(bh_buf_span(&line), &clean);
    bh_buf_add_char(&clean, '\n');
    ssize_t ignored = write(STDERR_FILENO, clean.data, clean.len);
    (void)ignored;
}
