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

struct overview {
    struct bh_account_summary summary;
    int64_t first_day; /* when the first of `days` begins */
    struct bh_audit_counts days[DAYS];
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

static enum bh_err load(struct bh_app *app, struct bh_exchange *exchange, struct overview *overview)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    int64_t now_ms = bh_clock_wall_ms();
    overview->first_day = (now_ms / BH_MS_PER_DAY - (DAYS - 1)) * BH_MS_PER_DAY;
    find_month(now_ms, &overview->period_start, &overview->period_end);
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = bh_account_summarize(reader.db, principal.account, &overview->summary);
    if (err == BH_OK)
        err = bh_audit_day_series(reader.db, principal.account, overview->first_day, DAYS, overview->days);
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
    bh_json_add_key(body, "periodStart");
    bh_json_add_time_or_null(body, overview->period_start);
    bh_json_add_key(body, "periodResetAt");
    bh_json_add_time_or_null(body, overview->period_end);
    bh_buf_add_text(body, ",\"webhooksEnabled\":true,\"logRetentionDays\":");
    if (app->config->retention_days == 0)
        bh_buf_add_text(body, "null}");
    else
        bh_buf_addf(body, "%lld}", (long long)app->config->retention_days);
}

static void write_days(const struct overview *overview, struct bh_buf *body)
{
    bh_buf_add_char(body, '[');
    for (int i = 0; i < DAYS; i++) {
        char day[BH_TIME_TEXT];
        const struct bh_audit_counts *counts = &overview->days[i];
        bh_time_format(overview->first_day + i * BH_MS_PER_DAY, day);
        bh_json_add_separator(body);
        bh_buf_addf(body, "{\"day\":\"%.10s\",\"allowed\":%lld,\"denied\":%lld,\"approvalRequired\":%lld}",
            day, (long long)counts->allowed, (long long)counts->denied, (long long)counts->approval_required);
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
        "{\"totalAgents\":%lld,\"activePermissions\":%lld,\"logsToday\":%lld,\"pendingEvents\":%lld,"
        "\"failedEvents\":%lld,\"usage\":",
        (long long)overview.summary.agents, (long long)overview.summary.active_permissions,
        all_of(&overview.days[DAYS - 1]), (long long)overview.summary.pending_events,
        (long long)overview.summary.failed_events);
    write_usage(app, &overview, body);
    bh_buf_add_text(body, ",\"days\":");
    write_days(&overview, body);
    bh_buf_add_text(body, ",\"onboardingUseCase\":null,\"accountOnboarding\":null}");
}
