// SPDX-License-Identifier: Apache-2.0
/*
 * The text that Prometheus reads: format 0.0.4, or OpenMetrics 1.0.0 for who asks for it. Pure.
 *
 * A family is begun, then its samples are written, then the next family. Names, label names and help texts
 * are constants of ours; values of labels may be any text.
 */
#ifndef BH_LIB_METRICS_TEXT_H
#define BH_LIB_METRICS_TEXT_H

#include "lib/buf.h"
#include "lib/metrics.h"

enum bh_metric_kind { BH_METRIC_GAUGE = 0, BH_METRIC_COUNTER, BH_METRIC_HISTOGRAM };

struct bh_metrics_text {
    struct bh_buf *out;
    bool open_metrics;
    const char *family; /* the one that was begun */
};

/* True when the value of an Accept header (or absent) names OpenMetrics. */
bool bh_metrics_wants_open(struct bh_span accept);
/* A constant. */
const char *bh_metrics_content_type(bool open_metrics);

/* `family` is the name of its samples; a counter's ends in "_total". `help` is one line. */
void bh_metrics_family(
    struct bh_metrics_text *text, const char *family, enum bh_metric_kind kind, const char *help);
/* One sample of the family; `label` NULL = without a label. */
void bh_metrics_sample(
    struct bh_metrics_text *text, const char *label, const char *label_value, int64_t value);
/* The same for seconds given in a finer unit, of which `unit` (a power of ten) make one. */
void bh_metrics_seconds(struct bh_metrics_text *text, int64_t value, int64_t unit);
void bh_metrics_histogram(struct bh_metrics_text *text, const struct bh_histogram_view *view);
/* After the last family. */
void bh_metrics_end(struct bh_metrics_text *text);

#endif
