// SPDX-License-Identifier: Apache-2.0
#include "http/present.h"

#include "lib/clock.h"
#include "store/executions.h"

#define LONGEST_MS 60000 /* no action takes so long: one that still has not ended was cut short */

static int64_t server_started_at; /* written before the threads start */

void bh_present_executions_since(int64_t started_at)
{
    server_started_at = started_at;
}

static const char *state_text(const struct bh_execution *execution, bool is_old)
{
    switch (execution->state) {
    case BH_EXECUTION_SUCCEEDED:
        return "succeeded";
    case BH_EXECUTION_FAILED:
        return "failed";
    case BH_EXECUTION_STARTED:
        return is_old ? "unknown" : "started";
    default:
        return "unknown";
    }
}

static void add_number_or_null(struct bh_buf *out, const char *key, bool is_known, int64_t value)
{
    bh_json_add_key(out, key);
    if (is_known)
        bh_buf_add_int(out, value);
    else
        bh_buf_add_text(out, "null");
}

void bh_present_execution(const struct bh_audit_row *row, struct bh_buf *out)
{
    const struct bh_execution *execution = row->execution;
    bh_json_add_key(out, "execution");
    if (execution == NULL) {
        bh_buf_add_text(out, "null");
        return;
    }
    bool has_ended = execution->state != BH_EXECUTION_STARTED;
    bool is_old = row->created_at < server_started_at || bh_clock_wall_ms() - row->created_at >= LONGEST_MS;
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "executor", execution->executor);
    bh_json_add_text_member(out, "state", bh_span_from(state_text(execution, is_old)));
    bh_present_redacted(out, "url", execution->target);
    bh_present_redacted(out, "finalUrl", execution->final_target);
    add_number_or_null(out, "status", execution->http_status != 0, execution->http_status);
    add_number_or_null(out, "bytes", has_ended, execution->bytes);
    bh_present_redacted(out, "error", execution->error);
    add_number_or_null(out, "durationMs", has_ended, execution->duration_ms);
    bh_json_add_time_member(out, "endedAt", execution->ended_at);
    bh_buf_add_char(out, '}');
}
