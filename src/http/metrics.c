// SPDX-License-Identifier: Apache-2.0
#include "http/metrics.h"

#include <sys/stat.h>

#include "app/app.h"
#include "app/chain_check.h"
#include "http/metrics_store.h"
#include "http/reply.h"
#include "lib/cache.h"
#include "lib/clock.h"
#include "lib/metrics_text.h"
#include "lib/process.h"
#include "lib/version.h"
#include "store/data_dir.h"

#define MS_PER_SECOND 1000
#define US_PER_SECOND 1000000
#define ROWS 5

/* ---- what was counted ---- */

struct row {
    const char *value; /* of the label; NULL = it has none */
    enum bh_counter counter;
};

static const struct counted {
    const char *family, *help, *label;
    size_t count;
    struct row rows[ROWS];
} counted[] = {
    {"behalfid_decisions_total",
        "Decisions of verify calls and of the action gateway, by what the caller was told; failed: none "
        "could "
        "be recorded, so the answer was an error.",
        "outcome", 5,
        {{"allowed", BH_COUNTER_DECISION_ALLOWED}, {"denied", BH_COUNTER_DECISION_DENIED},
            {"approval_required", BH_COUNTER_DECISION_APPROVAL}, {"shadow", BH_COUNTER_DECISION_SHADOW},
            {"failed", BH_COUNTER_DECISION_FAILED}}},
    {"behalfid_decision_replays_total", "Verify calls answered from the record of an earlier call.", NULL, 1,
        {{NULL, BH_COUNTER_DECISION_REPLAY}}},
    {"behalfid_gateway_executions_total",
        "Actions that the gateway ran, by how they ended; unrecorded: how it ended could not be recorded; "
        "busy: not run, because too many were.",
        "outcome", 4,
        {{"succeeded", BH_COUNTER_EXECUTION_SUCCEEDED}, {"failed", BH_COUNTER_EXECUTION_FAILED},
            {"unrecorded", BH_COUNTER_EXECUTION_UNRECORDED}, {"busy", BH_COUNTER_EXECUTION_BUSY}}},
    {"behalfid_site_guard_checks_total", "Checks of visitors of guarded sites, by outcome.", "outcome", 3,
        {{"allowed", BH_COUNTER_SITE_ALLOWED}, {"denied", BH_COUNTER_SITE_DENIED},
            {"failed", BH_COUNTER_SITE_FAILED}}},
    {"behalfid_webhook_deliveries_total",
        "Attempts to deliver an event to an endpoint that are recorded, by result; retried: it failed and "
        "will "
        "be tried again; dead: it failed for the last time.",
        "result", 3,
        {{"succeeded", BH_COUNTER_DELIVERY_SUCCEEDED}, {"retried", BH_COUNTER_DELIVERY_RETRIED},
            {"dead", BH_COUNTER_DELIVERY_DEAD}}},
    {"behalfid_rate_limited_total", "Requests refused because too many came.", NULL, 1,
        {{NULL, BH_COUNTER_RATE_LIMITED}}},
    {"behalfid_commit_failures_total", "Transactions that the database could not commit.", NULL, 1,
        {{NULL, BH_COUNTER_COMMIT_FAILED}}},
};

static const struct {
    const char *family, *help;
    enum bh_histogram histogram;
} measured[] = {
    {"behalfid_decision_duration_seconds",
        "Time of a verify call that was answered with a decision, from the end of its headers to the answer.",
        BH_HISTOGRAM_DECISION_NS},
    {"behalfid_commit_duration_seconds", "Time of a transaction that was committed.", BH_HISTOGRAM_COMMIT_NS},
    {"behalfid_commit_batch_size", "Jobs in a transaction that was committed.", BH_HISTOGRAM_COMMIT_JOBS},
};

static void add_counted(struct bh_metrics_text *text)
{
    for (size_t i = 0; i < BH_COUNT(counted); i++) {
        bh_metrics_family(text, counted[i].family, BH_METRIC_COUNTER, counted[i].help);
        for (size_t j = 0; j < counted[i].count; j++)
            bh_metrics_sample(text, counted[i].label, counted[i].rows[j].value,
                bh_counter_read(counted[i].rows[j].counter));
    }
}

static void add_measured(struct bh_metrics_text *text)
{
    for (size_t i = 0; i < BH_COUNT(measured); i++) {
        struct bh_histogram_view view;
        bh_histogram_read(measured[i].histogram, &view);
        bh_metrics_family(text, measured[i].family, BH_METRIC_HISTOGRAM, measured[i].help);
        bh_metrics_histogram(text, &view);
    }
}

/* ---- how it stands ---- */

static void add_gauge(struct bh_metrics_text *text, const char *family, const char *help, int64_t value)
{
    bh_metrics_family(text, family, BH_METRIC_GAUGE, help);
    bh_metrics_sample(text, NULL, NULL, value);
}

static void add_counter(struct bh_metrics_text *text, const char *family, const char *help, int64_t value)
{
    bh_metrics_family(text, family, BH_METRIC_COUNTER, help);
    bh_metrics_sample(text, NULL, NULL, value);
}

static void add_server(struct bh_metrics_text *text, const struct bh_server *server)
{
    static const char *const classes[BH_STATUS_CLASSES] = {NULL, NULL, "2xx", "3xx", "4xx", "5xx"};
    struct bh_server_counts counts;
    bh_server_count(server, &counts);
    bh_metrics_family(text, "behalfid_http_requests_total", BH_METRIC_COUNTER,
        "Requests answered, by the class of the answer's status.");
    for (size_t i = 2; i < BH_STATUS_CLASSES; i++)
        bh_metrics_sample(text, "code", classes[i], counts.answers[i]);
    add_gauge(text, "behalfid_http_connections", "Connections that are open.", counts.connections);
    add_counter(text, "behalfid_http_refused_total",
        "Connections above the caps, and requests that were malformed or too large.", counts.refused);
    add_counter(
        text, "behalfid_http_reaped_total", "Connections closed for being too slow or idle.", counts.reaped);
}

static void add_parts(struct bh_metrics_text *text, struct bh_app *app)
{
    bh_metrics_family(text, "behalfid_build_info", BH_METRIC_GAUGE, "The version that runs; always 1.");
    bh_metrics_sample(text, "version", BH_VERSION, 1);
    bh_metrics_family(text, "behalfid_start_time_seconds", BH_METRIC_GAUGE,
        "When the server was started, in seconds since 1970.");
    bh_metrics_seconds(text, app->started_at, MS_PER_SECOND);
    add_gauge(text, "behalfid_commit_queue_length", "Jobs that wait for the commit thread.",
        (int64_t)bh_committer_queue_length(app->committer));
    add_gauge(text, "behalfid_snapshots", "Agents whose policy is held in memory.",
        (int64_t)bh_cache_count(app->snapshots));
}

static void add_chain(struct bh_metrics_text *text, const struct bh_app *app)
{
    static const char *const states[] = {[BH_CHAIN_UNKNOWN] = "unknown",
        [BH_CHAIN_VERIFYING] = "verifying",
        [BH_CHAIN_VERIFIED] = "verified",
        [BH_CHAIN_BROKEN] = "broken"};
    struct bh_chain_status status = bh_chain_check_status(app->chain_check);
    bh_metrics_family(text, "behalfid_audit_chain_state", BH_METRIC_GAUGE,
        "What the background check of the audit log says: 1 for the state that it is in.");
    for (size_t i = 0; i < BH_COUNT(states); i++)
        bh_metrics_sample(text, "state", states[i], status.state == (enum bh_chain_state)i);
}

static void add_file(
    struct bh_metrics_text *text, const struct bh_app *app, const char *name, const char *label)
{
    char path[BH_DATA_PATH];
    struct stat file;
    if (bh_data_dir_path(app->config->data_dir, name, path) == BH_OK && stat(path, &file) == 0)
        bh_metrics_sample(text, "file", label, file.st_size);
}

static void add_files(struct bh_metrics_text *text, const struct bh_app *app)
{
    bh_metrics_family(text, "behalfid_database_bytes", BH_METRIC_GAUGE,
        "Sizes of the files of the database: itself, and its write-ahead log.");
    add_file(text, app, "behalf.db", "main");
    add_file(text, app, "behalf.db-wal", "wal");
}

static void add_stored(struct bh_metrics_text *text, struct bh_app *app)
{
    struct bh_metrics_stored stored;
    bh_metrics_ask(app, &stored);
    add_gauge(text, "behalfid_database_up",
        "1 when the database could be read for this; 0, and what is read from it is missing, when it could "
        "not.",
        stored.readable);
    if (!stored.readable)
        return;
    int64_t now_ms = bh_clock_wall_ms();
    int64_t age_ms = stored.oldest_due < now_ms ? now_ms - stored.oldest_due : 0;
    add_gauge(text, "behalfid_approvals_pending", "Requests that wait for a person, counted up to 10000.",
        stored.waiting.pending_approvals);
    add_gauge(text, "behalfid_outbox_pending",
        "Deliveries of events that are still to be made, counted up to 10000.",
        stored.waiting.pending_events);
    bh_metrics_family(text, "behalfid_outbox_oldest_age_seconds", BH_METRIC_GAUGE,
        "For how long the delivery has been due that is due for longest; 0 when none is.");
    bh_metrics_seconds(text, age_ms, MS_PER_SECOND);
    add_gauge(text, "behalfid_webhook_dead_letters",
        "Deliveries given up that nobody has replayed, counted up to 10000.", stored.waiting.dead_events);
}

static void add_process(struct bh_metrics_text *text)
{
    struct bh_process_usage usage;
    bh_process_read(&usage);
    bh_metrics_family(text, "process_cpu_seconds_total", BH_METRIC_COUNTER, "Processor time of the process.");
    bh_metrics_seconds(text, usage.cpu_us, US_PER_SECOND);
    if (usage.resident_bytes >= 0)
        add_gauge(text, "process_resident_memory_bytes", "Memory of the process.", usage.resident_bytes);
    if (usage.open_fds >= 0)
        add_gauge(text, "process_open_fds", "Descriptors that the process has open.", usage.open_fds);
    if (usage.max_fds >= 0)
        add_gauge(text, "process_max_fds", "Descriptors that the process may have open.", usage.max_fds);
}

void bh_metrics_answer(struct bh_app *app, const struct bh_server *server, struct bh_exchange *exchange)
{
    bool open = bh_metrics_wants_open(bh_exchange_header(exchange, "accept"));
    struct bh_metrics_text text = {
        .out = bh_reply_text(exchange, 200, bh_metrics_content_type(open)), .open_metrics = open};
    bh_exchange_add_header(exchange, "Vary", "Accept");
    add_parts(&text, app);
    add_counted(&text);
    add_measured(&text);
    add_server(&text, server);
    add_chain(&text, app);
    add_files(&text, app);
    add_stored(&text, app);
    add_process(&text);
    bh_metrics_end(&text);
}
