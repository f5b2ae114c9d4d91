// SPDX-License-Identifier: Apache-2.0
#include "cli/logs_filter.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/timefmt.h"

static bool is_one_of(const char *value, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(value, known[i]) == 0)
            return true;
    }
    return false;
}

static bool is_limit(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 3 || text[digits] != 0)
        return false;
    long limit = strtol(text, NULL, 10);
    return limit >= 1 && limit <= 500;
}

/* "30m", "24h", "7d", or a time as it is written. */
static bool read_since(const char *text, char ret_time[static BH_TIME_TEXT])
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"m", 60000}, {"h", 3600000}, {"d", BH_MS_PER_DAY}};
    int64_t ms;
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < BH_COUNT(units) && digits >= 1 && digits <= 6; i++) {
        if (strcmp(text + digits, units[i].unit) == 0) {
            bh_time_format(bh_clock_wall_ms() - strtoll(text, NULL, 10) * units[i].ms, ret_time);
            return true;
        }
    }
    if (!bh_time_parse(bh_span_from(text), &ms))
        return false;
    bh_time_format(ms, ret_time);
    return true;
}

int bh_logs_filter_check(const struct bh_usage *usage, const struct bh_logs_filter *filter)
{
    char since[BH_TIME_TEXT];
    static const char *const risks[] = {"low", "medium", "high"};
    static const char *const decisions[] = {"allowed", "denied", "approval_required"};
    if (filter->allowed && filter->denied)
        return bh_options_fail(usage, "Use either --allowed or --denied, not both.");
    if (filter->decision != NULL && (filter->allowed || filter->denied))
        return bh_options_fail(usage, "Use either --decision or --allowed and --denied.");
    if (filter->decision != NULL && !is_one_of(filter->decision, decisions, BH_COUNT(decisions)))
        return bh_options_fail(usage, "--decision must be one of: allowed, denied, approval_required.");
    if (filter->risk != NULL && !is_one_of(filter->risk, risks, BH_COUNT(risks)))
        return bh_options_fail(usage, "--risk must be one of: low, medium, high.");
    if (filter->limit != NULL && !is_limit(filter->limit))
        return bh_options_fail(usage, "--limit must be a whole number from 1 to 500.");
    if (filter->since != NULL && !read_since(filter->since, since))
        return bh_options_fail(usage, "--since must be like 30m, 24h or 7d, or a date like 2026-05-02.");
    return 0;
}

void bh_logs_filter_add(const struct bh_logs_filter *filter, struct bh_buf *path)
{
    char since[BH_TIME_TEXT];
    bh_client_add_query(path, "allowed", filter->allowed ? "true" : filter->denied ? "false" : NULL);
    bh_client_add_query(path, "decision", filter->decision);
    bh_client_add_query(path, "risk", filter->risk);
    bh_client_add_query(path, "action", filter->action);
    bh_client_add_query(path, "search", filter->search);
    if (filter->since != NULL && read_since(filter->since, since))
        bh_client_add_query(path, "from", since);
    bh_client_add_query(path, "limit", filter->limit);
    bh_client_add_query(path, "cursor", filter->cursor);
}

static bool is_text(const json_t *row, const char *key, const char *wanted)
{
    return wanted == NULL || bh_span_equal(bh_json_member_text(row, key), bh_span_from(wanted));
}

bool bh_logs_filter_matches(const struct bh_logs_filter *filter, const json_t *row)
{
    bool allowed = json_is_true(json_object_get(row, "allowed"));
    if ((filter->allowed && !allowed) || (filter->denied && allowed))
        return false;
    return is_text(row, "agentId", filter->agent) && is_text(row, "action", filter->action) &&
           is_text(row, "risk", filter->risk);
}

bool bh_logs_is_account_wide(const struct bh_client *client, const char *agent)
{
    return bh_client_acts_as_developer(client) && (agent == NULL || client->api_key == NULL);
}
