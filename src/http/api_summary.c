// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include <time.h>

#include "app/app.h"
#include "http/credentials.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/timefmt.h"
#include "store/audit.h"
#include "store/reader.h"
#include "store/summary.h"

#define DAYS 14
#define DAYS_MAX 90
#define AGENTS 10
#define WEBHOOKS 10

struct overview {
    struct bh_account_summary summary;
    size_t day_count;
    int64_t first_day; /* when the first of `days` begins */
    struct bh_audit_counts days[DAYS_MAX];
    struct bh_busy_agent *agents;
    size_t agent_count;
    struct bh_webhook_health *webhooks;
    size_t webhook_count;
    int64_t pending_approvals;
    int64_t period_start, period_end; /* the present month */
    struct bh_audit_counts period;
};

/* The present month in UTC, and when the next one begins. */
static void find_month(int64_t now_ms, int64_t *ret_start, int64_t *ret_end)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm month;
    gmtime_r(&seconds, &month);
    month.tm_mday = 1;
    month.tm_hour = month.tm_min = month.tm_sec = 0;
    *ret_start = (int64_t)timegm(&month) * 1000;
    month.tm_mon++;
    *ret_end = (int64_t)timegm(&month) * 1000;
}

/* How many days are asked for. */
static enum bh_err read_days(const struct bh_exchange *exchange, size_t *ret_days)
{
    struct bh_span text = bh_exchange_query(exchange, "days");
    size_t days = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || days > DAYS_MAX)
            return BH_ERR_SUMMARY_DAYS;
        days = days * 10 + (size_t)(text.data[i] - '0');
    }
    if (text.len == 0)
        days = DAYS;
    if (days < 1 || days > DAYS_MAX)
        return BH_ERR_SUMMARY_DAYS;
    *ret_days = days;
    return BH_OK;
}

static enum bh_err load_days(const struct bh_app *app, const struct bh_exchange *exchange, struct bh_db *db,
    int64_t account, int64_t now_ms, struct overview *overview)
{
    int64_t kept = app->config->retention_days; /* 0: for ever */
    enum bh_err err = read_days(exchange, &overview->day_count);
    if (err != BH_OK)
        return err;
    if (kept > 0 && overview->day_count > (size_t)kept)
        overview->day_count = (size_t)kept;
    overview->first_day = (now_ms / BH_MS_PER_DAY - ((int64_t)overview->day_count - 1)) * BH_MS_PER_DAY;
    return bh_audit_day_series(db, account, overview->first_day, overview->day_count, overview->days);
}

static enum bh_err load_lists(
    struct bh_db *db, int64_t account, int64_t now_ms, struct bh_arena *arena, struct overview *overview)
{
    enum bh_err err = bh_approval_count_pending(db, account, now_ms, &overview->pending_approvals);
    if (err == BH_OK)
        err = bh_account_busiest_agents(
            db, account, overview->first_day, AGENTS, arena, &overview->agents, &overview->agent_count);
    if (err == BH_OK)
        err = bh_account_webhook_health(
            db, account, WEBHOOKS, arena, &overview->webhooks, &overview->webhook_count);
    return err;
}

static enum bh_err load(struct bh_app *app, struct bh_exchange *exchange, struct overview *overview)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    int64_t now_ms = bh_clock_wall_ms();
    find_month(now_ms, &overview->period_start, &overview->period_end);
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = bh_account_summarize(reader.db, principal.account, &overview->summary);
    if (err == BH_OK)
        err = load_days(app, exchange, reader.db, principal.account, now_ms, overview);
    if (err == BH_OK)
        err = load_lists(reader.db, principal.account, now_ms, &exchange->arena, overview);
    if (err == BH_OK)
        err = bh_audit_count_days(
            reader.db, principal.account, 0, overview->period_start, now_ms, false, &overview->period);
    return err;
}

static long long all_of(const struct bh_audit_counts *counts)
{
    int64_t all = counts->allowed + counts->denied + counts->shadow;
    return (long long)all;
}

static void write_usage(const struct bh_app *app, const struct overview *overview, struct bh_buf *body)
{
    bh_buf_addf(body,
        "{\"plan\":\"self-hosted\",\"seatCount\":%lld,\"seatLimit\":null,\"agentCount\":%lld,"
        "\"agentLimit\":null,\"verificationCount\":%lld,\"verificationLimit\":null",
        (long long)overview->summary.members, (long long)overview->summary.agents, all_of(&overview->period));
    bh_json_add_time_member(body, "periodStart", overview->period_start);
    bh_json_add_time_member(body, "periodResetAt", overview->period_end);
    bh_buf_add_text(body, ",\"webhooksEnabled\":true,\"logRetentionDays\":");
    if (app->config->retention_days == 0)
        bh_buf_add_text(body, "null}");
    else
        bh_buf_addf(body, "%lld}", (long long)app->config->retention_days);
}

static void write_counts(const struct bh_audit_counts *counts, struct bh_buf *body)
{
    bh_buf_addf(body, "\"allowed\":%lld,\"denied\":%lld,\"approvalRequired\":%lld",
        (long long)counts->allowed, (long long)counts->denied, (long long)counts->approval_required);
}

static void write_days(const struct overview *overview, struct bh_buf *body)
{
    bh_buf_add_char(body, '[');
    for (size_t i = 0; i < overview->day_count; i++) {
        char day[BH_TIME_TEXT];
        bh_time_format(overview->first_day + (int64_t)i * BH_MS_PER_DAY, day);
        bh_json_add_separator(body);
        bh_buf_addf(body, "{\"day\":\"%.10s\",", day);
        write_counts(&overview->days[i], body);
        bh_buf_add_char(body, '}');
    }
    bh_buf_add_char(body, ']');
}

static void write_agents(const struct overview *overview, struct bh_buf *body)
{
    bh_buf_add_char(body, '[');
    for (size_t i = 0; i < overview->agent_count; i++) {
        const struct bh_busy_agent *agent = &overview->agents[i];
        bh_json_add_separator(body);
        bh_buf_add_char(body, '{');
        bh_json_add_text_member(body, "agentId", agent->agent_id);
        bh_json_add_text_member(body, "name", agent->name);
        bh_buf_add_char(body, ',');
        write_counts(&agent->counts, body);
        bh_json_add_time_member(body, "lastUsedAt", agent->last_used_at);
        bh_buf_add_char(body, '}');
    }
    bh_buf_add_char(body, ']');
}

static void write_webhooks(const struct overview *overview, struct bh_buf *body)
{
    bh_buf_add_char(body, '[');
    for (size_t i = 0; i < overview->webhook_count; i++) {
        const struct bh_webhook_health *health = &overview->webhooks[i];
        bh_json_add_separator(body);
        bh_buf_add_char(body, '{');
        bh_json_add_text_member(body, "webhookId", health->webhook.webhook_id);
        bh_json_add_text_member(body, "url", health->webhook.url);
        bh_json_add_text_member(body, "status", health->webhook.status);
        bh_buf_addf(body, ",\"pendingEvents\":%lld,\"deadEvents\":%lld", (long long)health->pending_events,
            (long long)health->dead_events);
        bh_json_add_time_member(body, "lastTriggeredAt", health->webhook.last_triggered_at);
        bh_json_add_key(body, "lastStatus");
        if (health->last_status == 0)
            bh_buf_add_text(body, "null}");
        else
            bh_buf_addf(body, "%lld}", (long long)health->last_status);
    }
    bh_buf_add_char(body, ']');
}

void bh_api_dashboard_summary(struct bh_app *app, struct bh_exchange *exchange)
{
    struct overview overview = {.first_day = 0};
    enum bh_err err = load(app, exchange, &overview);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_addf(body,
        "{\"totalAgents\":%lld,\"activePermissions\":%lld,\"logsToday\":%lld,"
        "\"pendingApprovals\":%lld,\"pendingEvents\":%lld,\"failedEvents\":%lld,\"usage\":",
        (long long)overview.summary.agents, (long long)overview.summary.active_permissions,
        all_of(&overview.days[overview.day_count - 1]), (long long)overview.pending_approvals,
        (long long)overview.summary.pending_events, (long long)overview.summary.failed_events);
    write_usage(app, &overview, body);
    bh_buf_add_text(body, ",\"days\":");
    write_days(&overview, body);
    bh_buf_add_text(body, ",\"agents\":");
    write_agents(&overview, body);
    bh_buf_add_text(body, ",\"webhooks\":");
    write_webhooks(&overview, body);
    bh_buf_add_text(body, ",\"onboardingUseCase\":null,\"accountOnboarding\":null}");
}
