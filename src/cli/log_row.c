// SPDX-License-Identifier: Apache-2.0
#include "cli/log_row.h"

#include "cli/output.h"
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
    [BH_LOG_REASON] = {"reason", NULL},
};

size_t bh_log_choose(bool agent, bool approval, enum bh_log_column ret_columns[static BH_LOG_COLUMNS])
{
    size_t count = 0;
    for (enum bh_log_column column = BH_LOG_WHEN; column < BH_LOG_COLUMNS; column++) {
        if ((column == BH_LOG_AGENT && !agent) || (column == BH_LOG_APPROVAL && !approval))
            continue;
        ret_columns[count++] = column;
    }
    return count;
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

void bh_log_add_cell(const json_t *row, enum bh_log_column column, struct bh_buf *out)
{
    if (column == BH_LOG_DECISION) {
        add_decision(row, out);
        return;
    }
    const char *member = texts[column].member == NULL ? texts[column].heading : texts[column].member;
    if (column == BH_LOG_AGENT && bh_json_member_text(row, member).len == 0)
        member = "agentId";
    bh_output_add_value(json_object_get(row, member), out);
}
