// SPDX-License-Identifier: Apache-2.0
#include "lib/metrics.h"
#include "lib/metrics_text.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/process.h"

#define THREADS 24
#define TIMES 5000

static const struct bh_histogram_scale scale = {.unit = 1000, .count = 3, .bounds = {1, 2500, 10000}};

static void check_text(struct bh_buf *out, const char *wanted)
{
    assert_false(out->failed);
    assert_int_equal(out->len, bh_span_from(wanted).len);
    assert_memory_equal(out->data, wanted, out->len);
    bh_buf_finish(out);
}

static struct bh_metrics_text begin(struct bh_buf *out, bool open_metrics)
{
    bh_buf_init(out, 65536);
    return (struct bh_metrics_text){.out = out, .open_metrics = open_metrics};
}

/* A bucket holds what is not greater than its bound, and the last one all the rest. */
static void test_bucket_by_bound(void **state)
{
    (void)state;
    assert_int_equal(bh_histogram_bucket(&scale, 0), 0);
    assert_int_equal(bh_histogram_bucket(&scale, 1), 0);
    assert_int_equal(bh_histogram_bucket(&scale, 2), 1);
    assert_int_equal(bh_histogram_bucket(&scale, 2500), 1);
    assert_int_equal(bh_histogram_bucket(&scale, 2501), 2);
    assert_int_equal(bh_histogram_bucket(&scale, 10000), 2);
    assert_int_equal(bh_histogram_bucket(&scale, 10001), 3);
    assert_int_equal(bh_histogram_bucket(&scale, INT64_MAX), 3);
}

/* The bounds of every histogram grow and are above nothing, so that no bucket is out of reach. */
static void test_bounds_grow(void **state)
{
    (void)state;
    for (int i = 0; i < BH_HISTOGRAMS; i++) {
        struct bh_histogram_view view;
        bh_histogram_read((enum bh_histogram)i, &view);
        assert_in_range(view.scale->count, 1, BH_HISTOGRAM_BOUNDS);
        assert_true(view.scale->bounds[0] > 0);
        for (size_t j = 1; j < view.scale->count; j++)
            assert_true(view.scale->bounds[j] > view.scale->bounds[j - 1]);
    }
}

static void *add_many(void *argument)
{
    (void)argument;
    for (int i = 0; i < TIMES; i++) {
        bh_counter_add(BH_COUNTER_RATE_LIMITED, 2);
        bh_histogram_add(BH_HISTOGRAM_COMMIT_JOBS, 3);
    }
    return NULL;
}

/* More threads than there are shards lose nothing, and a counter touches no other. */
static void test_threads_lose_nothing(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct bh_histogram_view before, after;
    int64_t counted = bh_counter_read(BH_COUNTER_RATE_LIMITED);
    int64_t other = bh_counter_read(BH_COUNTER_COMMIT_FAILED);
    bh_histogram_read(BH_HISTOGRAM_COMMIT_JOBS, &before);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    bh_histogram_read(BH_HISTOGRAM_COMMIT_JOBS, &after);
    assert_int_equal(bh_counter_read(BH_COUNTER_RATE_LIMITED) - counted, 2 * THREADS * TIMES);
    assert_int_equal(bh_counter_read(BH_COUNTER_COMMIT_FAILED), other);
    size_t bucket = bh_histogram_bucket(after.scale, 3);
    assert_int_equal(after.buckets[bucket] - before.buckets[bucket], THREADS * TIMES);
    assert_int_equal(after.sum - before.sum, 3 * THREADS * TIMES);
    assert_int_equal(after.buckets[0], before.buckets[0]);
}

/* Values of labels and helps keep the format whole whatever is in them. */
static void test_text_is_escaped(void **state)
{
    (void)state;
    struct bh_buf out;
    struct bh_metrics_text text = begin(&out, false);
    bh_metrics_family(&text, "x_total", BH_METRIC_COUNTER, "a \\ and\na \"line\"");
    bh_metrics_sample(&text, "kind", "q\"b\\n\n\xC3\xA9", 7);
    bh_metrics_sample(&text, NULL, NULL, -1);
    bh_metrics_end(&text);
    check_text(&out, "# HELP x_total a \\\\ and\\na \"line\"\n# TYPE x_total counter\n"
                     "x_total{kind=\"q\\\"b\\\\n\\n\xC3\xA9\"} 7\nx_total -1\n");
}

/* OpenMetrics names a counter's family without its ending, and says where the text ends. */
static void test_open_metrics(void **state)
{
    (void)state;
    struct bh_buf out;
    struct bh_metrics_text text = begin(&out, true);
    bh_metrics_family(&text, "x_total", BH_METRIC_COUNTER, "A \"help\".");
    bh_metrics_sample(&text, NULL, NULL, 1);
    bh_metrics_family(&text, "y_total", BH_METRIC_GAUGE, "No counter.");
    bh_metrics_sample(&text, NULL, NULL, 2);
    bh_metrics_end(&text);
    check_text(&out, "# HELP x A \\\"help\\\".\n# TYPE x counter\nx_total 1\n"
                     "# HELP y_total No counter.\n# TYPE y_total gauge\ny_total 2\n# EOF\n");
}

/* The buckets of a histogram add up, its last one is its count, and its bounds are in the shown unit. */
static void test_histogram_is_cumulative(void **state)
{
    (void)state;
    struct bh_buf out;
    struct bh_metrics_text text = begin(&out, false);
    const struct bh_histogram_view view = {.scale = &scale, .buckets = {1, 0, 2, 4}, .sum = 1234050};
    bh_metrics_family(&text, "h_seconds", BH_METRIC_HISTOGRAM, "H.");
    bh_metrics_histogram(&text, &view);
    check_text(&out, "# HELP h_seconds H.\n# TYPE h_seconds histogram\n"
                     "h_seconds_bucket{le=\"0.001\"} 1\nh_seconds_bucket{le=\"2.5\"} 1\n"
                     "h_seconds_bucket{le=\"10\"} 3\nh_seconds_bucket{le=\"+Inf\"} 7\n"
                     "h_seconds_sum 1234.05\nh_seconds_count 7\n");
}

/* Seconds are written exactly, in as many digits as they need. */
static void test_seconds_are_exact(void **state)
{
    (void)state;
    struct bh_buf out;
    struct bh_metrics_text text = begin(&out, false);
    text.family = "s";
    bh_metrics_seconds(&text, 0, 1000);
    bh_metrics_seconds(&text, 1, 1000000000);
    bh_metrics_seconds(&text, 1795298613164, 1000);
    bh_metrics_seconds(&text, -1500, 1000);
    check_text(&out, "s 0\ns 0.000000001\ns 1795298613.164\ns -1.5\n");
}

/* OpenMetrics is for whoever names it. */
static void test_who_wants_open_metrics(void **state)
{
    (void)state;
    assert_true(bh_metrics_wants_open(
        BH_SPAN("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")));
    assert_true(bh_metrics_wants_open(BH_SPAN("text/plain, Application/OpenMetrics-Text")));
    assert_false(bh_metrics_wants_open(BH_SPAN("text/plain;version=0.0.4")));
    assert_false(bh_metrics_wants_open(BH_SPAN("*/*")));
    assert_false(bh_metrics_wants_open(BH_SPAN("")));
    assert_false(bh_metrics_wants_open(BH_ABSENT));
}

/* What the process uses is what the system says of it. */
static void test_process_usage(void **state)
{
    (void)state;
    struct bh_process_usage before, after;
    bh_process_read(&before);
    int copy = dup(1);
    bh_process_read(&after);
    close(copy);
    assert_int_equal(after.open_fds, before.open_fds + 1);
    assert_true(after.max_fds > after.open_fds);
    assert_true(after.resident_bytes > 4096);
    assert_true(after.cpu_us >= before.cpu_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bucket_by_bound),
        cmocka_unit_test(test_bounds_grow),
        cmocka_unit_test(test_threads_lose_nothing),
        cmocka_unit_test(test_text_is_escaped),
        cmocka_unit_test(test_open_metrics),
        cmocka_unit_test(test_histogram_is_cumulative),
        cmocka_unit_test(test_seconds_are_exact),
        cmocka_unit_test(test_who_wants_open_metrics),
        cmocka_unit_test(test_process_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
