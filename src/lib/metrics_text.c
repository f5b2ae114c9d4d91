// SPDX-License-Identifier: Apache-2.0
#include "lib/metrics_text.h"

#include <stdlib.h>
#include <string.h>

#define TOTAL "_total"

bool bh_metrics_wants_open(struct bh_span accept)
{
    const struct bh_span wanted = BH_SPAN("application/openmetrics-text");
    for (size_t i = 0; i + wanted.len <= accept.len; i++) {
        if (bh_span_equal_ascii_nocase((struct bh_span){accept.data + i, wanted.len}, wanted))
            return true;
    }
    return false;
}

const char *bh_metrics_content_type(bool open_metrics)
{
    return open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                        : "text/plain; version=0.0.4; charset=utf-8";
}

static const char *kind_text(enum bh_metric_kind kind)
{
    switch (kind) {
    case BH_METRIC_COUNTER:
        return "counter";
    case BH_METRIC_HISTOGRAM:
        return "histogram";
    case BH_METRIC_GAUGE:
    default:
        return "gauge";
    }
}

/* In OpenMetrics the family of a counter is called without the ending of its samples. */
static struct bh_span family_name(const struct bh_metrics_text *text, enum bh_metric_kind kind)
{
    struct bh_span name = bh_span_from(text->family);
    const size_t ending = strlen(TOTAL);
    if (text->open_metrics && kind == BH_METRIC_COUNTER && name.len > ending &&
        bh_span_equal(bh_span_from_index(name, name.len - ending), BH_SPAN(TOTAL)))
        name.len -= ending;
    return name;
}

/* Backslash and line feed, and in a label's value the quote, must not be taken for the format's own. */
static void add_escaped(struct bh_buf *out, const char *value, bool quotes)
{
    for (const char *at = value; *at != 0; at++) {
        if (*at == '\n') {
            bh_buf_add_text(out, "\\n");
            continue;
        }
        if (*at == '\\' || (quotes && *at == '"'))
            bh_buf_add_char(out, '\\');
        bh_buf_add_char(out, *at);
    }
}

void bh_metrics_family(
    struct bh_metrics_text *text, const char *family, enum bh_metric_kind kind, const char *help)
{
    struct bh_buf *out = text->out;
    text->family = family;
    bh_buf_add_text(out, "# HELP ");
    bh_buf_add(out, family_name(text, kind));
    bh_buf_add_char(out, ' ');
    add_escaped(out, help, text->open_metrics);
    bh_buf_add_text(out, "\n# TYPE ");
    bh_buf_add(out, family_name(text, kind));
    bh_buf_addf(out, " %s\n", kind_text(kind));
}

void bh_metrics_sample(
    struct bh_metrics_text *text, const char *label, const char *label_value, int64_t value)
{
    struct bh_buf *out = text->out;
    bh_buf_add_text(out, text->family);
    if (label != NULL) {
        bh_buf_addf(out, "{%s=\"", label);
        add_escaped(out, label_value, true);
        bh_buf_add_text(out, "\"}");
    }
    bh_buf_addf(out, " %lld\n", (long long)value);
}

/* value / unit as a decimal fraction, exactly, without zeros at its end. */
static void add_fraction(struct bh_buf *out, int64_t value, int64_t unit)
{
    if (value < 0)
        bh_buf_add_char(out, '-');
    bh_buf_addf(out, "%lld", llabs((long long)(value / unit)));
    int64_t rest = llabs((long long)(value % unit));
    if (rest != 0)
        bh_buf_add_char(out, '.');
    while (rest != 0) {
        unit /= 10;
        bh_buf_add_char(out, (char)('0' + rest / unit));
        rest %= unit;
    }
}

void bh_metrics_seconds(struct bh_metrics_text *text, int64_t value, int64_t unit)
{
    bh_buf_addf(text->out, "%s ", text->family);
    add_fraction(text->out, value, unit);
    bh_buf_add_char(text->out, '\n');
}

void bh_metrics_histogram(struct bh_metrics_text *text, const struct bh_histogram_view *view)
{
    struct bh_buf *out = text->out;
    int64_t count = 0;
    for (size_t i = 0; i <= view->scale->count; i++) {
        count += view->buckets[i];
        bh_buf_addf(out, "%s_bucket{le=\"", text->family);
        if (i < view->scale->count)
            add_fraction(out, view->scale->bounds[i], view->scale->unit);
        else
            bh_buf_add_text(out, "+Inf");
        bh_buf_addf(out, "\"} %lld\n", (long long)count);
    }
    bh_buf_addf(out, "%s_sum ", text->family);
    add_fraction(out, view->sum, view->scale->unit);
    bh_buf_addf(out, "\n%s_count %lld\n", text->family, (long long)count);
}

void bh_metrics_end(struct bh_metrics_text *text)
{
    if (text->open_metrics)
        bh_buf_add_text(text->out, "# EOF\n");
}
