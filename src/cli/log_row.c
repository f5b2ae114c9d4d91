// SPDX-License-Identifier: Apache-2.0
#include "cli/log_row.h"

#include "client/output.h"
#include "lib/json.h"

/* The heading is also the name of the row's member, unless one is given. */
static const struct {
    const char *heading, *member;
} texts[BH_LOG_COLUMNS] = {
    [BH_LOG_WHEN] = {"when", "createdAt"},
    [BH_LOG_DECISION] = {"decision", NULL},
    [BH_LOG_REQUEST] = {"requestId", NULL},
    [BH_LOG_AGENT] = {"agent", "agentName"},
    [BH_LOG_ACTION] = {"action", NULL},
    [BH_LOG_VENDOR] = {"vendor", NULL},
    [BH_LOG_AMOUNT] = {"amount", NULL},
    [BH_LOG_RISK] = {"risk", NULL},
    [BH_LOG_APPROVAL] = {"approval", "approvalId"},
    [BH_LOG_EXECUTION] = {"execution", NULL},
    [BH_LOG_REASON] = {"reason", NULL},
};

size_t bh_log_choose(
    bool agent, bool approval, bool execution, enum bh_log_column ret_columns[static BH_LOG_COLUMNS])
{
    size_t count = 0;
    for (enum bh_log_column column = BH_LOG_WHEN; column < BH_LOG_COLUMNS; column++) {
        if ((column == BH_LOG_AGENT && !agent) || (column == BH_LOG_APPROVAL && !approval) ||
            (column == BH_LOG_EXECUTION && !execution))
            continue;
        ret_columns[count++] = column;
    }
    return count;
}

bool bh_log_has_approval(const json_t *row)
{
    return bh_json_member_text(row, "approvalId").len > 0;
}

bool bh_log_has_execution(const json_t *row)
{
    return json_is_object(json_object_get(row, "execution"));
}

const char *bh_log_heading(enum bh_log_column column)
{
    return texts[column].heading;
}

static void add_decision(const json_t *row, struct bh_buf *out)
{
    struct bh_span decision = bh_json_member_text(row, "decision");
    if (decision.len == 0)
        decision = json_is_true(json_object_get(row, "allowed"))            ? BH_SPAN("allowed")
                   : json_is_true(json_object_get(row, "approvalRequired")) ? BH_SPAN("approval_required")
                                                                            : BH_SPAN("denied");
    bh_output_add_neutral(decision, out);
    if (json_is_true(json_object_get(row, "shadow")))
        bh_buf_add_text(out, " (shadow)");
}

/* "succeeded 200 https://example.com/", "failed: Gateway fetch timed out." */
static void add_execution(const json_t *row, struct bh_buf *out)
{
    const json_t *execution = json_object_get(row, "execution");
    struct bh_span error = bh_json_member_text(execution, "error");
    if (!json_is_object(execution)) {
        bh_output_add_value(NULL, out);
        return;
    }
    bh_output_add_neutral(bh_json_member_text(execution, "state"), out);
    if (error.len > 0) {
        bh_buf_add_text(out, ": ");
        bh_output_add_neutral(error, out);
        return;
    }
    struct bh_span url = bh_json_member_text(execution, "finalUrl");
    if (json_is_number(json_object_get(execution, "status"))) {
        bh_buf_add_char(out, ' ');
        bh_output_add_value(json_object_get(execution, "status"), out);
    }
    bh_buf_add_char(out, ' ');
    bh_output_add_neutral(url.len > 0 ? url : bh_json_member_text(execution, "url"), out);
}

void bh_log_add_cell(const json_t *row, enum bh_log_column column, struct bh_buf *out)
{
    if (column == BH_LOG_DECISION) {
        add_decision(row, out);
        return;
    }
    if (column == BH_LOG_EXECUTION) {
        add_execution(row, out);
        return;
    }
    const char *member = texts[column].member == NULL ? texts[column].heading : texts[column].member;
    if (column == BH_LOG_AGENT && bh_json_member_text(row, member).len == 0)
        member = "agentId";
    bh_output_add_value(json_object_get(row, member), out);
}
